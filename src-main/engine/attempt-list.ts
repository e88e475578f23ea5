/** The attempts that an upload records. */
import type { AppError } from '../../src-shared/errors.ts';
import type { Attempt, Upload } from '../../src-shared/upload.ts';

/** Only the newest attempts are recorded. */
const maxRecordedAttempts = 50;

/** The attempts after the last one has ended. An attempt that has ended before keeps its end, but gets the error. */
export const endLastAttempt = (attempts: Attempt[], at: number, error?: AppError): Attempt[] =>
  attempts.map((attempt, index) =>
    index === attempts.length - 1 && (attempt.ended === undefined || error)
      ? { ...attempt, ended: attempt.ended ?? at, ...(error && { error }) }
      : attempt,
  );

export const withNewAttempt = (upload: Upload, at: number): Attempt[] => [
  ...upload.attempts.slice(1 - maxRecordedAttempts),
  {
    number: (upload.attempts.at(-1)?.number ?? 0) + 1,
    profileId: upload.chain[upload.step]?.profileId ?? '',
    started: at,
  },
];

/** ms since 1970 when the first attempt since the last progress failed; undefined when none has failed. */
export const failingSince = ({
  attempts,
  failures,
}: Pick<Upload, 'attempts'> & { failures: number }): number | undefined => {
  if (failures === 0) return undefined;
  // The last attempt is still running; those that failed since the last progress precede it.
  const failedAttempts = attempts.slice(-failures - 1, -1);
  return failedAttempts[0]?.ended;
};
