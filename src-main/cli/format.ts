/** Formats names, errors and uploads for the output of the command line. */
import { AppFailure, type AppError } from '../../src-shared/errors.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { AttemptView, UploadView } from '../../src-shared/upload.ts';
import { StoreFailure } from '../store/store-failure.ts';

/**
 * Escapes control characters, line separators and characters that change the text direction: in a file name, they could
 * move the cursor or forge another line.
 */
export const printable = (name: string): string =>
  name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);

/**
 * Quotes a name so that a shell reads it as one word. A name of letters, digits and `_ . / @ : + -` needs no quotes. A
 * quote in the name is replaced by the end of the quoted text, an escaped quote and a new start.
 */
export const shellQuoted = (name: string): string =>
  /^[\w./@:+-]+$/.test(name) ? name : `'${printable(name).replaceAll("'", "'\\''")}'`;

/** What happened and what to do. Omits the general advice for an invalid value: the line names the setting itself. */
export function errorSentences(error: AppError): string {
  const { what, remedy } = errorText(error, 'shell');
  return remedy === text('cli.error.invalid-input.remedy') ? what : `${what} ${remedy}`;
}

/** @param fix the command or the variable that changes the setting */
export const formatProblem = (about: string, error: AppError, fix?: string): string =>
  `${printable(about)}: ${sentencesWithId(error)}${fix === undefined ? '' : ` ${fix}`}`;

function sentencesWithId(error: AppError): string {
  const { what, remedy } = errorText(error, 'shell');
  return `${what} ${remedy}${error.diagnosticId === undefined ? '' : ` (${error.diagnosticId})`}`;
}

/**
 * An error as JSON: the code and the field for scripts, the sentences for the people who read their logs.
 * @param fix the command or the variable that changes the setting
 */
export const errorJson = (error: AppError, fix?: string): object => ({
  code: error.code,
  ...errorText(error, 'shell'),
  ...(error.field === undefined ? {} : { field: error.field }),
  ...(fix === undefined ? {} : { fix }),
  ...(error.diagnosticId === undefined ? {} : { diagnosticId: error.diagnosticId }),
});

/** The message for an error that ends the whole command. Undefined for a bug in Hoist. */
export function formatFailure(cause: unknown): string | undefined {
  if (cause instanceof StoreFailure) return text(`dialog.store.${cause.reason}`, { path: cause.path });
  return cause instanceof AppFailure ? sentencesWithId(cause.error) : undefined;
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
