/** What kind of link a destination makes, in words. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { LinkWish } from '../../../src-shared/upload.ts';
import { isPractice } from '../../stores/profiles.ts';

type Links = Pick<ProfileView, 'visibility' | 'linkDays' | 'linkSentence'>;

const dayS = 86_400;
const wished = ({ kind, seconds }: LinkWish): Links => ({
  visibility: kind,
  ...(seconds !== undefined && { linkDays: seconds / dayS }),
});

/** Beside the destination's name: "link works for 7 days"; of what the next files alone will have, that it is so. */
export function linkKind(profile: ProfileView, wish?: LinkWish): string {
  if (wish) return text('ui.link.next', { link: kindOf(wished(wish)) });
  return isPractice(profile) ? text('ui.link.practice') : kindOf(profile);
}

function kindOf({ visibility, linkDays, linkSentence }: Links): string {
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.link.${visibility}`);
  return linkDays === undefined ? text('ui.link.expiring-unknown') : text('ui.link.expiring', { days: linkDays });
}

/** In the sentence over the window while dragging: "the link works for 7 days". */
export function linkKindInSentence(profile: ProfileView, wish?: LinkWish): string {
  const { visibility, linkDays, linkSentence } = wish ? wished(wish) : profile;
  if (!wish && isPractice(profile)) return text('ui.drop.link.practice');
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.drop.link.${visibility}`);
  return linkDays === undefined
    ? text('ui.drop.link.expiring-unknown')
    : text('ui.drop.link.expiring', { days: linkDays });
}
