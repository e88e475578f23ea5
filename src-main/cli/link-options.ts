/** What the options of a command say about the link, instead of what the destination says. */
import type { ChainStep, LinkKind, LinkWish } from '../../src-shared/upload.ts';
import { text } from '../../src-shared/text/text.ts';
import type { Core } from '../core.ts';
import { Misunderstood } from './misunderstood.ts';

export interface LinkOptions {
  link?: LinkKind;
  expires?: string;
}

const units: Record<string, number> = { m: 60, h: 3600, d: 86_400 };
/** Signature Version 4 ends there. */
const mostSeconds = 7 * 86_400;

/**
 * `3d`, `12h`, `45m`. Whoever says how long wants a link that expires.
 * @throws Misunderstood
 */
export function wishedLink({ link, expires }: LinkOptions): LinkWish | undefined {
  if (expires === undefined) return link === undefined ? undefined : { kind: link };
  const { count = '', unit = '' } = /^(?<count>\d{1,5})(?<unit>[mhd])$/.exec(expires.trim())?.groups ?? {};
  const seconds = Number(count) * (units[unit] ?? 0);
  if (seconds < 60 || seconds > mostSeconds) throw new Misunderstood(text('cli.upload.bad-expires'));
  if (link === 'public') throw new Misunderstood(text('cli.upload.public-expires'));
  return { kind: 'expiring', seconds };
}

/** Who can open the links then: what goes on to another destination asks about that. @throws Misunderstood where there are no such links */
export function chainWith(core: Core, chain: ChainStep[], wish: LinkWish | undefined): ChainStep[] {
  if (wish === undefined) return chain;
  return core.profiles.withWish(chain, wish).map((step, i) => {
    if (!step)
      throw new Misunderstood(
        text('cli.upload.no-such-link', { name: core.profiles.name(chain[i]!.profileId), kind: wish.kind }),
      );
    return step;
  });
}
