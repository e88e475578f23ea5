/**
 * Tests of error cases: each case is an error as it is thrown, and what the user sees: the error code, the field, the
 * button and the sentences, and whether Hoist retries.
 */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { actionFor, type ErrorAction } from '../../../../src-shared/error-action.ts';
import {
  AppFailure,
  errorTable,
  type AppError,
  type ErrorCode,
  type RetryPolicy,
} from '../../../../src-shared/errors.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import { networkErrorTable } from '../../network/network-errors.ts';
import { errorsByName } from '../error-table.ts';
import { mapS3Error } from '../errors.ts';
import { s3 } from '../index.ts';
import { s3SettingsSchema, type S3Settings } from '../settings.ts';

const formValues = {
  bucket: 'photos',
  accessKeyId: 'AKID',
  secretAccessKey: 's3cr3t-s3cr3t',
  endpoint: 'https://minio.example.com:9000',
  pathStyle: 'true',
};
export const parseTestSettings = (values: Record<string, string> = {}): S3Settings =>
  v.parse(s3SettingsSchema, { ...formValues, ...values });
/** Form values of a destination that uses an AWS profile. */
export const profileValues = { credentials: 'profile', awsProfile: 'work' };

// ---------------------------------------------------------------- errors as they are thrown

/** An error response of a service, as the SDK throws it. */
export const errorResponse = (
  name: string,
  status: number,
  message = `The store says something about ${status === 403 ? 'rights' : 'this'}.`,
  { elements = {}, headers = {} }: { elements?: object; headers?: Record<string, string> } = {},
): Error =>
  Object.assign(new Error(message), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: status, attempts: 1 },
    $response: { statusCode: status, headers },
    ...elements,
  });
/** A response without a body. */
export const emptyResponse = (status: number, headers: Record<string, string> = {}): Error =>
  errorResponse('Unknown', status, 'UnknownError', { headers });
export const namedError = (name: string, message: string): Error => Object.assign(new Error(message), { name });
export const systemError = (code: string, message = code): Error => Object.assign(new Error(message), { code });

// ---------------------------------------------------------------- cases

export interface ErrorCase {
  /** Cases with the same cause have the same number. The numbers show that no known cause is left out. */
  cause: number;
  description: string;
  thrown: unknown;
  code: ErrorCode;
  field: string | undefined;
  action: ErrorAction;
  retry: RetryPolicy;
  /** Form values that replace the usual ones. */
  values?: Record<string, string>;
  /** Text that the sentences must contain. */
  text?: RegExp;
}

export const errorCase = (
  cause: number,
  description: string,
  thrown: unknown,
  [code, field, action, retry]: [ErrorCode, string | undefined, ErrorAction, RetryPolicy],
  options: Pick<ErrorCase, 'values' | 'text'> = {},
): ErrorCase => ({ cause, description, thrown, code, field, action, retry, ...options });

/** Description and error of a service's response. */
export const storeError = (name: string, status: number, message?: string): [string, Error] => [
  name,
  errorResponse(name, status, message),
];
/** Description and error of a failed connection. */
export const networkError = (code: string, message?: string): [string, Error] => [code, systemError(code, message)];

// ---------------------------------------------------------------- tests

/** @param causes the numbers of the causes that the cases must cover */
export function testErrorCases(cases: readonly ErrorCase[], causes: readonly number[]): void {
  test('the cases cover all known causes', () => {
    expect([...new Set(cases.map(({ cause }) => cause))].sort((a, b) => a - b)).toEqual(causes);
  });

  describe.each(cases.map((errorCase) => [errorCase.description, errorCase.cause, errorCase] as const))(
    'the error for %s (cause %i)',
    (_, __, expected) => {
      test('has the expected code, field, button and retry policy', () => {
        const error = mapError(expected)!;
        expect([error?.code, error?.field]).toEqual([expected.code, expected.field]);
        expect(actionFor(error)).toBe(expected.action);
        expect(errorTable[error.code].retry).toBe(expected.retry);
        if (error.field !== undefined) expect(s3.fields.map(({ key }) => key)).toContain(error.field);
      });
      test('says briefly what happened and what to do, without technical names', () => {
        const error = mapError(expected)!;
        expectPlainSentences(error);
        const { what, remedy } = errorText(error);
        expect(`${what} ${remedy}`).toMatch(expected.text ?? /./);
      });
    },
  );
}

export const countFrom = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const mapError = ({ thrown, values }: ErrorCase): AppError | undefined =>
  thrown instanceof AppFailure ? thrown.error : mapS3Error(thrown, parseTestSettings(values));

/** Error names that no sentence may contain. `Unauthorized` and short names also occur in ordinary text. */
const technicalNames = [...Object.keys(errorsByName), ...Object.keys(networkErrorTable)].filter(
  (name) => name.length > 4 && name !== 'Unauthorized',
);

function expectPlainSentences(error: AppError): void {
  const { what, remedy } = errorText(withoutServerMessage(error));
  expect(countWords(`${what} ${remedy}`), `${what} ${remedy}`).toBeLessThanOrEqual(30);
  for (const sentence of [what, remedy]) {
    // The name of a host or a bucket is unchanged even at the beginning of a sentence.
    expect(sentence).toMatch(/^([\p{Lu}“]|minio\.example\.com:9000(’s)? |photos ).*\.$/u);
    // No braces, no exclamation marks, no status codes. 443 is a port.
    expect(sentence.replace('443', '')).not.toMatch(/[{}!]|undefined|successfully|\b[1-5]\d\d\b/);
    for (const name of technicalNames) expect(sentence).not.toContain(name);
  }
}

/** Removes or replaces the server's message, because Hoist does not control its wording. */
function withoutServerMessage(error: AppError): AppError {
  const { serverMessage, ...params } = error.params ?? {};
  return {
    ...error,
    params: {
      ...params,
      ...(serverMessage !== undefined && params['why'] === 'serverMessage' ? { serverMessage: 'so' } : {}),
    },
  };
}
const countWords = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
