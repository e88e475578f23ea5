/** What the options of a command say about the link, instead of what the destination says. */
import type { ChainStep, LinkKind, LinkOverride } from '../../src-shared/upload.ts';
import { text } from '../../src-shared/text/text.ts';
import type { Core } from '../core.ts';
import { UsageError } from './cli-errors.ts';

export interface LinkFlags {
  link?: LinkKind;
  expires?: string;
}

const units: Record<string, number> = { m: 60, h: 3600, d: 86_400 };
/** Signature Version 4 ends there. */
const maxSeconds = 7 * 86_400;

/**
 * `3d`, `12h`, `45m`. Whoever says how long wants a link that expires.
 * @throws Misunderstood
 */
export function parseLinkOptions({ link, expires }: LinkFlags): LinkOverride | undefined {
  if (expires === undefined) return link === undefined ? undefined : { kind: link };
  const { count = '', unit = '' } = /^(?<count>\d{1,5})(?<unit>[mhd])$/.exec(expires.trim())?.groups ?? {};
  const seconds = Number(count) * (units[unit] ?? 0);
  if (seconds < 60 || seconds > maxSeconds) throw new UsageError(text('cli.upload.bad-expires'));
  if (link === 'public') throw new UsageError(text('cli.upload.public-expires'));
  return { kind: 'expiring', seconds };
}

/** Who can open the links then: what goes on to another destination asks about that. @throws Misunderstood where there are no such links */
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
