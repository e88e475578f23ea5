/** What kind of link a destination makes, in words. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import { isPractice } from '../../stores/profiles.ts';

/** Beside the destination's name: "link works for 7 days". */
export function linkKind(profile: ProfileView): string {
  const { visibility, linkDays, linkSentence } = profile;
  if (isPractice(profile)) return text('ui.link.practice');
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.link.${visibility}`);
  return linkDays === undefined ? text('ui.link.expiring-unknown') : text('ui.link.expiring', { days: linkDays });
}

/** In the sentence over the window while dragging: "the link works for 7 days". */
export function linkKindInSentence(profile: ProfileView): string {
  const { visibility, linkDays, linkSentence } = profile;
  if (isPractice(profile)) return text('ui.drop.link.practice');
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.drop.link.${visibility}`);
  return linkDays === undefined ? text('ui.drop.link.expiring-unknown') : text('ui.drop.link.expiring', { days: linkDays });
}
