/** The link kind of a destination, in words. */
import type { ProfileView } from '../../../src-shared/profile.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import { isPractice } from '../../stores/profiles.ts';

type LinkProperties = Pick<ProfileView, 'visibility' | 'linkDays' | 'linkSentence'>;

const secondsPerDay = 86_400;
/** An override, described like the link settings of a destination. */
const overrideProperties = ({ kind, seconds }: LinkOverride): LinkProperties => ({
  visibility: kind,
  ...(seconds !== undefined && { linkDays: seconds / secondsPerDay }),
});

/** Shown next to the destination's name: "link works for 7 days", or "next: …" for an override. */
export function linkKindLabel(profile: ProfileView, linkOverride?: LinkOverride): string {
  if (linkOverride) return text('ui.link.next', { link: describeLink(overrideProperties(linkOverride)) });
  return isPractice(profile) ? text('ui.link.practice') : describeLink(profile);
}

function describeLink({ visibility, linkDays, linkSentence }: LinkProperties): string {
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.link.${visibility}`);
  return linkDays === undefined ? text('ui.link.expiring-unknown') : text('ui.link.expiring', { days: linkDays });
}

/** Shown in the drop overlay: "the link works for 7 days". */
export function linkKindInSentence(profile: ProfileView, linkOverride?: LinkOverride): string {
  const { visibility, linkDays, linkSentence } = linkOverride ? overrideProperties(linkOverride) : profile;
  if (!linkOverride && isPractice(profile)) return text('ui.drop.link.practice');
  if (linkSentence !== undefined) return text(linkSentence);
  if (visibility !== 'expiring') return text(`ui.drop.link.${visibility}`);
  return linkDays === undefined
    ? text('ui.drop.link.expiring-unknown')
    : text('ui.drop.link.expiring', { days: linkDays });
}
