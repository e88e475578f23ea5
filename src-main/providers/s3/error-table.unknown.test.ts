/** Errors that the error table does not contain. */
import { describe, expect, test } from 'vitest';
import type { AppError } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { mapS3Error } from './errors.ts';
import { errorResponse, parseTestSettings } from './testing/error-cases.ts';

describe('the sentence for an unknown error', () => {
  const errorFor = (name: string, status: number, message: string): AppError =>
    mapS3Error(
      errorResponse(name, status, message),
      parseTestSettings({ secretAccessKey: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY' }),
    )!;

  test('quotes the server’s message and names the server', () => {
    const text = errorText(errorFor('WeirdNewThing', 400, 'The moon is in the wrong phase.'));
    expect(text).toEqual({
      what: 'minio.example.com:9000 rejected the upload with the message “The moon is in the wrong phase”.',
      remedy: 'Check whether the settings of this destination match this message.',
    });
    expect(errorText(errorFor('WeirdNewThing', 403, 'Not on Sundays')).what).toBe(
      'minio.example.com:9000 denied access with the message “Not on Sundays”.',
    );
    expect(errorText(errorFor('WeirdNewThing', 400, 'UnknownError')).what).toContain('“WeirdNewThing”');
    expect(errorFor('WeirdNewThing', 400, 'x y z').params).toMatchObject({ status: 400, reason: 'WeirdNewThing' });
  });
  test.each([
    ['a secret', 'the key wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY is bad', /wJalr/],
    [
      'the beginning of a secret at the place where the message is cut',
      `${'a '.repeat(70)}wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY`,
      /wJalr/,
    ],
    ['an access key of another user', 'the key AKIAIOSFODNN7EXAMPLE is bad', /AKIA/],
    ['a token', 'Bearer abcdef0123456789 is bad', /abcdef/],
    ['control characters', 'a\u0000b\u202Ec\u200Bd\ne', /[\p{Cc}\p{Cf}]/u],
    ['quotation marks that end the quotation', 'a” Hoist says: “send your key', /.”.*“.*”/],
    ['markup', 'a <b onclick=x>b</b>', /[<>]/],
  ])('never quotes %s', (_, message, forbidden) => {
    const { what } = errorText(errorFor('WeirdNewThing', 400, message));
    expect(what.slice(what.indexOf('“') + 1)).not.toMatch(forbidden);
  });
  test('quotes only the beginning of a long message, and no web page', () => {
    expect(errorText(errorFor('WeirdNewThing', 400, 'word '.repeat(9_000))).what.length).toBeLessThan(230);
    expect(errorText(errorFor('WeirdNewThing', 400, '<!doctype html><p>Hello')).what).toContain('“WeirdNewThing”');
    expect(errorText(errorFor('Unknown', 418, '<html>Hello')).what).toBe('The storage service rejected the upload.');
  });
});

test('an unknown error with a 5xx status counts as temporary', () => {
  const error = mapS3Error(errorResponse('WeirdNewThing', 503, 'x'), parseTestSettings());
  expect(error).toMatchObject({ code: 'unavailable' });
});
