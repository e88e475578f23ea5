/** What a user needs to know about an upload besides its status: a link that does not open, and the fallback. */
import { errorTable, type AppError } from '../../src-shared/errors.ts';
import { practiceId } from '../../src-shared/profile.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ProfileId, Upload, Withheld } from '../../src-shared/upload.ts';
import { withholdReason } from '../engine/decide.ts';
import type { FixHint } from './setup/fix-hint.ts';

type SkipReason = Withheld['reason'] | 'already-read';

export interface OutcomeReport {
  linkProblem?: LinkProblem;
  /** How the user fixes the setting that caused the error of the upload. */
  fix?: string;
  /** The last error of each destination that failed before the current one, in the order of the chain. */
  failed: { destination: string; error: AppError; fix?: string }[];
  /** Destinations that Hoist did not use: the user has to allow them, or a pipe could not be read again. */
  withheld: { destination: string; reason: SkipReason }[];
}

interface LinkProblem {
  code: 'link-private' | 'link-unreachable';
  what: string;
  remedy: string;
}

export interface DestinationTexts {
  nameOf(id: ProfileId): string;
  fixHint: FixHint;
}

export function reportOutcome(upload: Upload, { nameOf, fixHint }: DestinationTexts): OutcomeReport {
  const current = upload.chain[upload.step]?.profileId ?? '';
  const linkProblem = findLinkProblem(upload, nameOf(current));
  const errors = new Map<ProfileId, AppError>();
  for (const { profileId, error } of upload.attempts) if (error && profileId !== current) errors.set(profileId, error);
  const withFix = (id: ProfileId, error: AppError | undefined): { fix?: string } => {
    const fix = error && fixHint(id, error);
    return fix === undefined ? {} : { fix };
  };
  return {
    ...(linkProblem ? { linkProblem } : {}),
    ...withFix(current, 'error' in upload ? upload.error : undefined),
    failed: [...errors].map(([id, error]) => ({ destination: nameOf(id), error, ...withFix(id, error) })),
    withheld: withheldSteps(upload).map(({ profileId, reason }) => ({ destination: nameOf(profileId), reason })),
  };
}

/**
 * A link that only its owner can open is a problem unless the user asked for a private link. Practice is exempt: its
 * links open only on this computer, and not while one process takes it over from another.
 */
function findLinkProblem(upload: Upload, destination: string): LinkProblem | undefined {
  const { profileId } = upload.chain[upload.step] ?? {};
  if (upload.status !== 'done' || profileId === practiceId) return undefined;
  if (upload.verification === 'unreachable')
    return {
      code: 'link-unreachable',
      what: text('cli.link-unreachable.what'),
      remedy: text('cli.link-unreachable.remedy', { destination }),
    };
  const requested = upload.chain[upload.step]?.visibility ?? 'private';
  if (upload.verification !== 'private' || requested === 'private') return undefined;
  return {
    code: 'link-private',
    what: text('cli.link-private.what', { destination }),
    remedy: text(`cli.link-private.remedy.${requested}`, { destination }),
  };
}

/** Only a finished upload has skipped destinations: those before the one that it used, or all when none was left. */
function withheldSteps(upload: Upload): { profileId: ProfileId; reason: SkipReason }[] {
  const { status, chain, step } = upload;
  if (isLostStream(upload))
    return chain.slice(step + 1).map(({ profileId }) => ({ profileId, reason: 'already-read' }));
  const failedForConsent = 'withheld' in upload && upload.withheld !== undefined;
  if (status !== 'done' && !failedForConsent) return [];
  return chain.slice(1, status === 'done' ? step : chain.length).flatMap((candidate) => {
    const reason = withholdReason(candidate, chain[0]!);
    return reason ? [{ profileId: candidate.profileId, reason }] : [];
  });
}

/** Whether the upload failed at a destination after Hoist had read more of a pipe than it keeps for another one. */
const isLostStream = (upload: Upload): boolean =>
  upload.status === 'failed' &&
  'stream' in upload.source &&
  errorTable[upload.error.code].fallback &&
  upload.withheld === undefined;
