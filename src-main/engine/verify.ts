/**
 * "Done" means that the link was seen to work. Size first, then the link as a stranger sees it. A wrong or missing object
 * is a failed attempt; a link that was not reached is an outcome on the row, because a good URL is never hidden.
 */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Link, LinkOverride, Ref, Verification } from '../../src-shared/upload.ts';
import type { Destination, Links } from './ports.ts';

/** @throws AppFailure corrupted when the stored object is missing or has another size; offline; whatever `link` throws */
export async function verify(
  destination: Destination,
  links: Links,
  { ref, size, linkOverride }: { ref: Ref; size: number; linkOverride?: LinkOverride | undefined },
  signal: AbortSignal,
): Promise<{ link: Link; verification: Verification }> {
  const stored = await statOf(destination, ref, signal);
  if (stored === 'missing' || (stored !== 'unknown' && stored.size !== size)) throw failure('corrupted');
  const link = await destination.link(ref, signal, linkOverride);
  const verification =
    link.visibility === 'private'
      ? 'private'
      : await (destination.probe ? destination.probe(link, size, signal) : links.probe(link, size, signal));
  return { link, verification };
}

/** A key that may write but not read, or a server that just went away, says nothing about the object. Without a network nothing can be said yet. */
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
