import { describe, expect, test, vi } from 'vitest';
import { failure, type Result } from '../../src-shared/errors.ts';
import { contract, type Handlers } from '../../src-shared/ipc/contract.ts';
import { pathsPerMessage } from '../../src-shared/ipc/message-limits.ts';
import { serve } from './serve.ts';

vi.mock('electron', () => ({ ipcMain: {} }));

type Call = (event: { from?: number }, input?: unknown) => Promise<Result<unknown>>;

function serveWith(handle: (channel: string, input: unknown) => unknown) {
  const channels = new Map<string, Call>();
  const reported: unknown[] = [];
  const handlers = Object.fromEntries(
    Object.entries(contract).map(([group, entries]) => [
      group,
      Object.fromEntries(
        Object.keys(entries).map((name) => [name, (input: unknown) => handle(`${group}.${name}`, input)]),
      ),
    ]),
  );
  serve<{ from?: number }>(
    {
      handle: (channel, listener) => {
        channels.set(channel, listener);
      },
    },
    handlers as unknown as Handlers,
    {
      senderId: (event) => event.from,
      report: (_where, cause) => {
        reported.push(cause);
        return 'D1';
      },
    },
  );
  return {
    call: (channel: string, input?: unknown, from: number | undefined = 1) =>
      channels.get(`hoist:${channel}`)!({ from }, input),
    channels,
    reported,
  };
}

/** A valid id of an upload, and a valid token. */
const id = 'A'.repeat(22);
/** A valid id of a challenge. */
const challenge = 'A'.repeat(22);

describe('a command from the window', () => {
  test('returns a Result with the value', async () => {
    expect(await serveWith(() => ({ version: '1' })).call('app.info')).toEqual({ ok: true, value: { version: '1' } });
  });

  test('from an unknown sender does not reach its handler', async () => {
    let called = false;
    const { channels } = serveWith(() => {
      called = true;
    });
    for (const listener of channels.values())
      expect(await listener({}, undefined)).toEqual({ ok: false, error: { code: 'invalid-input' } });
    expect(called).toBe(false);
  });

  test('returns the error of an AppFailure, and hides every other error', async () => {
    expect(
      await serveWith(() => {
        throw failure('no-bucket', { params: { bucket: 'b' } });
      }).call('uploads.cancel', { ids: [id] }),
    ).toEqual({ ok: false, error: { code: 'no-bucket', params: { bucket: 'b' } } });
    const other = serveWith(() => {
      throw new Error('/home/someone secret=hunter2');
    });
    expect(await other.call('uploads.cancel', { ids: [id] })).toEqual({
      ok: false,
      error: { code: 'bug', diagnosticId: 'D1' },
    });
    expect(other.reported).toHaveLength(1);
  });

  test.each([
    ['files.accept', { challenge, files: [] }],
    ['files.accept', { challenge, files: '/etc/passwd' }],
    ['files.accept', { challenge, files: [{ path: '', proof: '' }] }],
    ['files.accept', { challenge, files: [{ path: 'x'.repeat(5000), proof: '' }] }],
    ['files.accept', undefined],
    ['uploads.enqueue', { tokens: ['/etc/passwd'], profileId: 'p' }],
    ['uploads.enqueue', { tokens: [id] }],
    ['uploads.enqueue', { tokens: [], profileId: 'p' }],
    ['uploads.enqueue', { tokens: [id], profileId: '../p' }],
    ['files.accept', { challenge, files: Array(pathsPerMessage + 1).fill('/') }],
    ['files.accept', { challenge, files: [{ path: '/etc/passwd' }] }],
    ['files.accept', { challenge, files: [{ path: '/etc/passwd', folder: false }] }],
    ['files.accept', { challenge, files: [{ path: '/etc/passwd', proof: 'x'.repeat(65) }] }],
    ['files.accept', { challenge, files: ['/etc/passwd'] }],
    ['files.accept', { challenge: '../x', files: [{ path: '/etc/passwd', proof: '' }] }],
    ['files.accept', { paths: ['/etc/passwd'] }],
    ['files.challenge', { paths: ['/etc/passwd'] }],
    ['uploads.enqueue', { paths: ['/etc/passwd'], profileId: 'p' }],
    ['uploads.cancel', {}],
    ['uploads.cancel', { ids: 7 }],
    ['uploads.reveal', { path: '/etc' }],
    ['uploads.open', { url: 'file:///etc/passwd' }],
    ['uploads.open', { id: { toString: 1 } }],
    ['history.query', { limit: 1e9 }],
    ['history.query', { limit: 10, text: 'x'.repeat(500) }],
    ['history.query', { limit: '10' }],
    ['profiles.save', { providerId: 'ftp', name: 'n', settings: {}, secrets: {} }],
    ['profiles.save', { providerId: 's3', name: 'n', settings: { '__proto__ x': 'y' }, secrets: {} }],
    ['profiles.save', { providerId: 's3', name: 'n', settings: { bucket: 7 }, secrets: {} }],
    ['profiles.use', { id: 'a/b' }],
    ['profiles.adopt', { discoveredId: '' }],
    ['app.info', { anything: 1 }],
  ] as [string, unknown][])('%s refuses %j', async (channel, input) => {
    let called = false;
    expect(
      await serveWith(() => {
        called = true;
      }).call(channel, input),
    ).toEqual({ ok: false, error: { code: 'invalid-input' } });
    expect(called).toBe(false);
  });
});
