/** The state of a link in one or two words: whether it works, and for whom or how long. */
import { text, type TextKey } from '../../../src-shared/text/text.ts';
import { practiceId } from '../../../src-shared/profile.ts';
import type { UploadView, Verification } from '../../../src-shared/upload.ts';
import { formatMoment } from '../../format/dates.ts';
import { readerLocale } from '../../format/locale.ts';

type LinkTone = 'ok' | 'calm' | 'warn';
export type LinkShape =
  | 'works'
  | 'this-computer'
  | 'this-network'
  | 'private'
  | 'closed'
  | 'unreachable'
  | 'expired'
  | 'revoked'
  | 'public'
  | 'no-expiry'
  | 'clock';

export interface LinkFact {
  label: string;
  title: string;
  tone: LinkTone;
  shape: LinkShape;
}

/** The fact with the label and title of its shape. */
const fact = (shape: Exclude<LinkShape, 'clock' | 'no-expiry'>, tone: LinkTone): LinkFact => ({
  shape,
  tone,
  label: text(`ui.chip.${shape}` satisfies TextKey),
  title: text(`ui.chip.${shape}-title` satisfies TextKey),
});

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * The remaining lifetime: "7 days", "5 hours", "12 min". In days from almost two days on, and in hours from almost two
 * hours on, so that a new link for two days shows "2 days", not "48 hours".
 */
export function formatRemaining(ms: number): string {
  if (ms >= 2 * dayMs - hourMs) return text('ui.chip.days', { count: Math.round(ms / dayMs) });
  if (ms >= 2 * hourMs - minuteMs) return text('ui.chip.hours', { count: Math.round(ms / hourMs) });
  return text('ui.chip.minutes', { count: Math.max(1, Math.round(ms / minuteMs)) });
}

/**
 * Where the link can be opened. Links of Practice work only on this computer, even if the check did not detect this.
 */
export function linkReach({ profileId, verification }: UploadView): Verification | undefined {
  return profileId === practiceId && verification !== 'unreachable' ? 'this-computer' : verification;
}

/** Whether others should be able to open the link, but could not, because the check was asked to sign in. */
export const isClosed = ({ link, verification, revokedAt }: UploadView): boolean =>
  verification === 'private' && link !== undefined && link.visibility !== 'private' && revokedAt === undefined;

/** Whether the check opened the link, at least on this computer or in this network. */
const hasOpened = (upload: UploadView): boolean =>
  upload.verification !== 'private' && upload.verification !== 'unreachable';

/** Whether and where the link works. Green only if the link was verified and has not expired. */
export function reachFact(upload: UploadView, now: number): LinkFact | undefined {
  const { link } = upload;
  const verification = linkReach(upload);
  if (upload.status !== 'done' || !link)
    return verification === 'this-computer'
      ? { ...fact(verification, 'warn'), title: text('ui.chip.practice-title') }
      : undefined;
  if (upload.imported) return undefined; // Hoist does not check imported links.
  // After a revocation, `verified` means that the link still opens.
  if (upload.revokedAt !== undefined) return fact('revoked', verification === 'verified' ? 'warn' : 'calm');
  if (link.expiresAt !== undefined && link.expiresAt <= now) return fact('expired', 'warn');
  return verificationFact(upload);
}

function verificationFact(upload: UploadView): LinkFact {
  const verification = linkReach(upload);
  if (verification === 'verified') return fact('works', 'ok');
  if (isClosed(upload)) return fact('closed', 'warn');
  if (verification === 'private') return fact('private', 'calm');
  if (verification === 'this-computer' || verification === 'this-network') return fact(verification, 'warn');
  return fact('unreachable', 'warn');
}

/**
 * Who can open the link, or for how long. Undefined if the link does not open, so that a row never shows "Public"
 * beside such a link. Before the upload is done, an expiring link shows `days`, the setting of the destination.
 */
export function visibilityFact(upload: UploadView, now: number, days?: number): LinkFact | undefined {
  if (upload.revokedAt !== undefined) return undefined;
  if (upload.status === 'done' && !hasOpened(upload)) return undefined;
  if (upload.visibility === 'public') return isLimited(upload) ? noExpiry() : fact('public', 'calm');
  if (upload.visibility === 'private') return fact('private', 'calm');
  return lifetimeFact(upload.link?.expiresAt, now, days);
}

/** How long the link works. `until`: when it expires; undefined before the upload has its link. */
function lifetimeFact(until: number | undefined, now: number, days: number | undefined): LinkFact | undefined {
  if (until === undefined) {
    const label = days === undefined ? text('ui.chip.expires') : text('ui.chip.days', { count: days });
    return { shape: 'clock', tone: 'calm', label, title: label };
  }
  if (until <= now) return undefined;
  const title = text('ui.chip.expires-title', { date: formatMoment(until, readerLocale) });
  return { shape: 'clock', tone: 'calm', label: formatRemaining(until - now), title };
}

/** Whether the link opens only on this computer or in this network. */
const isLimited = (upload: UploadView): boolean => {
  const reach = linkReach(upload);
  return reach === 'this-computer' || reach === 'this-network';
};

/** The lifetime of a public link that not everyone can open. */
const noExpiry = (): LinkFact => ({
  shape: 'no-expiry',
  tone: 'calm',
  label: text('ui.chip.no-expiry'),
  title: text('ui.chip.no-expiry-title'),
});

/** The displayed link: without the scheme and query, which do not help the user. */
export function displayUrl(url: string): string {
  const bare = url.replace(/^https?:\/\//, '').replace(/[?#].*$/s, '');
  try {
    return decodeURI(bare);
  } catch (cause) {
    // A percent sign that starts no valid escape sequence
    if (cause instanceof URIError) return bare;
    throw cause;
  }
}
