/** Formats names, errors and uploads for the output of the command line. */
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../src-shared/upload.ts';
import { StoreFailure } from '../store/store-failure.ts';

/** Escapes control characters: in a file name, they could move the cursor or forge another line. */
export const printable = (name: string): string =>
  name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);

/** The sentences of an error. The window marks an invalid field; the command line names its option instead. */
const shellErrorText = (error: AppError): { what: string; remedy: string } => {
  const { what, remedy } = errorText(error);
  return { what, remedy: remedy === text('error.invalid-input.remedy') ? text('cli.invalid.remedy') : remedy };
};

/** Both sentences; only the first where the context names the invalid setting. */
export function errorSentences(error: AppError): string {
  const { what, remedy } = shellErrorText(error);
  return remedy === text('cli.invalid.remedy') ? what : `${what} ${remedy}`;
}

export function formatProblem(about: string, error: AppError): string {
  const { what, remedy } = shellErrorText(error);
  const id = error.diagnosticId === undefined ? '' : ` (${error.diagnosticId})`;
  return `${printable(about)}: ${what} ${remedy}${id}`;
}

/** An error as JSON: the code for scripts, the sentences for the people who read their logs. */
export const errorJson = (error: AppError): object => ({
  code: error.code,
  ...shellErrorText(error),
  ...(error.diagnosticId === undefined ? {} : { diagnosticId: error.diagnosticId }),
});

/** The message for an error that ends the whole command. Undefined for a bug in Hoist. */
export function formatFailure(cause: unknown): string | undefined {
  if (cause instanceof StoreFailure) return text(`dialog.store.${cause.reason}`, { path: cause.path });
  if (!(cause instanceof AppFailure)) return undefined;
  const { what, remedy } = shellErrorText(cause.error);
  return `${what} ${remedy}`;
}

/** An upload as one JSON object; times are ISO 8601 in UTC, sizes in bytes. */
export function uploadJson(view: UploadView, extra: object = {}): object {
  const { id, name, size, status, destination, visibility, verification, link, error, sent, createdAt, endedAt } = view;
  return {
    ...extra,
    id,
    name,
    ...(view.imported ? { imported: true } : { size }),
    status,
    destination,
    visibility,
    created: isoDateTime(createdAt),
    ...(endedAt === undefined ? {} : { ended: isoDateTime(endedAt) }),
    ...(sent === undefined ? {} : { sent }),
    ...(link
      ? { url: link.url, ...(link.expiresAt === undefined ? {} : { expires: isoDateTime(link.expiresAt) }) }
      : {}),
    ...(verification ? { verification } : {}),
    ...(view.revokedAt === undefined ? {} : { revoked: isoDateTime(view.revokedAt) }),
    ...(error ? { error: errorJson(error) } : {}),
    ...(view.attempts ? { attempts: view.attempts.map(attemptJson) } : {}),
  };
}

const attemptJson = ({ destination, ended, error }: AttemptView): object => ({
  destination,
  ended: isoDateTime(ended),
  error: errorJson(error),
});

export const isoDateTime = (ms: number): string => new Date(ms).toISOString();
