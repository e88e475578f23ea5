/**
 * Verifies an upload before it is done: first the size of the stored object, then the link as an anonymous client
 * sees it. A wrong or missing object fails the attempt. An unreachable link does not: the row still shows the link,
 * because it may work for others, and shows that it could not be reached.
 */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Link, LinkOverride, Ref, Verification } from '../../src-shared/upload.ts';
import type { Destination, Links } from './ports.ts';

/**
 * @throws AppFailure corrupted when the stored object is missing or has another size; offline; the failures of `link`
 */
export async function verify(
  destination: Destination,
  links: Links,
  { ref, size, linkOverride }: { ref: Ref; size: number; linkOverride?: LinkOverride | undefined },
  signal: AbortSignal,
): Promise<{ link: Link; verification: Verification }> {
  const stored = await statOf(destination, ref, signal);
  const hasWrongSize = typeof stored === 'object' && stored.size !== size;
  if (stored === 'missing' || hasWrongSize) throw failure('corrupted');
  const link = await destination.link(ref, signal, linkOverride);
  if (link.visibility === 'private') return { link, verification: 'private' };
  const verification = await (destination.probe
    ? destination.probe(link, size, signal)
    : links.probe(link, size, signal));
  return { link, verification };
}

/**
 * `unknown` when the key may not read or the server is unreachable. Throws offline, because a later check can still
 * succeed.
 */
async function statOf(
  destination: Destination,
  ref: Ref,
  signal: AbortSignal,
): Promise<{ size: number } | 'missing' | 'unknown'> {
  try {
    return (await destination.stat(ref, signal)) ?? 'missing';
  } catch (cause) {
    if (!(cause instanceof AppFailure) || ['canceled', 'bug', 'offline'].includes(cause.error.code)) throw cause;
    return 'unknown';
  }
}
