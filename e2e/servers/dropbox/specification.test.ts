/**
 * Tests specification.ts: it must find errors in messages that are written here, and in responses of the emulated server
 * that the test changes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DropboxServer, type RecordedCall } from './server.ts';
import { specification } from './specification.ts';

const spec = specification();
const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const metadata = {
  name: 'a',
  path_lower: '/a',
  path_display: '/a',
  id: 'id:x',
  client_modified: '2026-11-28T20:15:37Z',
  server_modified: '2026-11-28T20:15:37Z',
  rev: '0123456789a',
  size: 0,
  is_downloadable: true,
  content_hash: hash,
};
const upload = (answer: unknown, more: Partial<RecordedCall> = {}): RecordedCall => ({
  host: 'content',
  path: '/2/files/upload',
  status: 200,
  arg: { path: '/a' },
  answer,
  ...more,
});
const refused = (path: string, error: unknown): RecordedCall => ({
  host: 'content',
  path,
  status: 409,
  arg: undefined,
  answer: { error_summary: 'x/', error },
});
const writeFailed = { reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } }, upload_session_id: 's' };

describe.skipIf(!spec)('Dropbox’s own specification', () => {
  test.each<[string, RecordedCall]>([
    ['the metadata of a file', upload(metadata)],
    ['the error of a refused upload', refused('/2/files/upload', { '.tag': 'path', ...writeFailed })],
    [
      'the error of a wrong offset',
      refused('/2/files/upload_session/append_v2', { '.tag': 'incorrect_offset', correct_offset: 4 }),
    ],
    [
      'the error of an unknown session',
      refused('/2/files/upload_session/finish', { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'not_found' } }),
    ],
    ['a request with a tag as a string', upload(metadata, { arg: { path: '/a', mode: 'overwrite' } })],
    [
      'a call without a result',
      {
        host: 'content',
        path: '/2/files/upload_session/append_v2',
        status: 200,
        arg: { cursor: { session_id: 's', offset: 0 } },
        answer: null,
      },
    ],
    [
      'the error of too many requests',
      {
        host: 'api',
        path: '/2/check/user',
        status: 429,
        arg: undefined,
        answer: { error_summary: 'x/', error: { reason: { '.tag': 'too_many_requests' }, retry_after: 3 } },
      },
    ],
  ])('accepts %s', (_, message) => {
    expect(() => spec!.check(message)).not.toThrow();
  });

  test.each<[string, RecordedCall, RegExp]>([
    ['a time with milliseconds', upload({ ...metadata, client_modified: '2026-11-28T20:15:37.123Z' }), /is not a time/],
    ['a missing field', upload({ ...metadata, rev: undefined }), /missing field rev/],
    ['an unknown field', upload({ ...metadata, colour: 'red' }), /unknown field colour/],
    ['an unexpected tag', upload({ '.tag': 'file', ...metadata }), /unknown field .tag/],
    [
      'a missing tag',
      { host: 'api', path: '/2/files/get_metadata', status: 200, arg: { path: '/a' }, answer: metadata },
      /has no .tag/,
    ],
    [
      'UploadError.path nested in itself',
      refused('/2/files/upload', { '.tag': 'path', path: writeFailed }),
      /unknown field path/,
    ],
    [
      'UploadSessionFinishError.path next to its tag',
      refused('/2/files/upload_session/finish', { '.tag': 'path', conflict: { '.tag': 'file' } }),
      /unknown field conflict/,
    ],
    [
      'a wrong offset nested in itself',
      refused('/2/files/upload_session/append_v2', {
        '.tag': 'incorrect_offset',
        incorrect_offset: { correct_offset: 4 },
      }),
      /unknown field incorrect_offset/,
    ],
    ['a path without a slash', upload(metadata, { arg: { path: 'a' } }), /does not match/],
    ['a short revision', upload({ ...metadata, rev: '12' }), /wrong length/],
    ['an unknown tag', refused('/2/files/upload', { '.tag': 'surprise' }), /surprise is not a tag/],
    ['the wrong host', upload(metadata, { host: 'api' }), /belongs to content/],
    [
      'an error without a summary',
      { host: 'content', path: '/2/files/upload', status: 409, arg: undefined, answer: { error: { '.tag': 'other' } } },
      /no error_summary/,
    ],
  ])('refuses %s', (_, message, problem) => {
    expect(() => spec!.check(message)).toThrow(problem);
  });

  describe('in responses of the server', () => {
    let server: DropboxServer;
    const messages: RecordedCall[] = [];
    let token: string;
    beforeAll(async () => {
      server = await DropboxServer.start({ onMessage: (message) => messages.push(message) });
      token = server.oauth.issue(server.oauth.addApp()).accessToken;
    });
    afterAll(() => server.stop());

    const call = (host: string, route: string, arg: unknown): Promise<Response> =>
      fetch(`${server.url}/${host}.dropboxapi.com/2/${route}`, {
        method: 'POST',
        ...(host === 'content'
          ? {
              headers: {
                authorization: `Bearer ${token}`,
                'content-type': 'application/octet-stream',
                'dropbox-api-arg': JSON.stringify(arg),
              },
              body: 'bytes',
            }
          : {
              headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
              body: JSON.stringify(arg),
            }),
      });

    test.each<[string, [string, string, unknown], (answer: Record<string, unknown>) => unknown, RegExp]>([
      [
        'a time with milliseconds',
        ['content', 'files/upload', { path: '/ms.txt' }],
        (answer) => ({ ...answer, server_modified: new Date(0).toISOString() }),
        /is not a time/,
      ],
      [
        'a nested UploadError.path',
        ['content', 'files/upload', { path: '/ms.txt/below.txt' }],
        ({ error, ...rest }) => ({
          ...rest,
          error: { '.tag': 'path', path: { ...(error as object), '.tag': undefined } },
        }),
        /unknown field path/,
      ],
      [
        'a missing .tag',
        ['api', 'files/get_metadata', { path: '/ms.txt' }],
        (answer) => ({ ...answer, '.tag': undefined }),
        /has no .tag/,
      ],
    ])('finds %s', async (_, [host, route, arg], change, problem) => {
      messages.length = 0;
      await call(host, route, arg);
      expect(() => spec!.check(messages[0]!)).not.toThrow();
      server.tamper = (_path, answer) => change(answer as Record<string, unknown>);
      await call(
        host,
        route,
        route === 'files/upload' && arg && (arg as { path: string }).path === '/ms.txt' ? { path: '/other.txt' } : arg,
      );
      server.tamper = undefined;
      expect(() => spec!.check(messages[1]!)).toThrow(problem);
    });
  });
});
