/** The link options of a command (`--link`, `--expires`). They override the link settings of the destination. */
import type { ChainStep, LinkKind, LinkOverride } from '../../src-shared/upload.ts';
import { text } from '../../src-shared/text/text.ts';
import type { Core } from '../core.ts';
import { UsageError } from './cli-errors.ts';

export interface LinkFlags {
  link?: LinkKind;
  expires?: string;
}

const units: Record<string, number> = { m: 60, h: 3600, d: 86_400 };
/** The longest expiry that AWS Signature Version 4 allows. */
const maxSeconds = 7 * 86_400;

/**
 * Accepts `3d`, `12h` or `45m`. `--expires` alone implies an expiring link.
 * @throws UsageError
 */
export function parseLinkOptions({ link, expires }: LinkFlags): LinkOverride | undefined {
  if (expires === undefined) return link === undefined ? undefined : { kind: link };
  const { count = '', unit = '' } = /^(?<count>\d{1,5})(?<unit>[mhd])$/.exec(expires.trim())?.groups ?? {};
  const seconds = Number(count) * (units[unit] ?? 0);
  if (seconds < 60 || seconds > maxSeconds) throw new UsageError(text('cli.upload.bad-expires'));
  if (link === 'public') throw new UsageError(text('cli.upload.public-expires'));
  return { kind: 'expiring', seconds };
}

/**
 * Sets the visibility of each step of the chain for this override. Fallback compares these visibilities.
 * @throws UsageError when a destination does not support this kind of link
 */
export function applyLinkOverride(core: Core, chain: ChainStep[], linkOverride: LinkOverride | undefined): ChainStep[] {
  if (linkOverride === undefined) return chain;
  return core.profiles.chains.withLinkOverride(chain, linkOverride).map((step, i) => {
    if (!step)
      throw new UsageError(
        text('cli.upload.no-such-link', {
          name: core.profiles.catalog.name(chain[i]!.profileId),
          kind: linkOverride.kind,
        }),
      );
    return step;
  });
}
