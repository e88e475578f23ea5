/** Tests one problem of real accounts at a time. No problem may make Hoist store a file twice. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { taggedStruct, tagged } from '../../../e2e/servers/dropbox/error-response.ts';
import { AppFailure, type AppError } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import type { Checkpoint, Ref } from '../../../src-shared/upload.ts';
import { connectDestination, type ConnectedDestination } from '../destination/connect.ts';
import { testDestination } from '../destination/test-destination.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource, patternStream } from '../testing/pattern-source.ts';
import { dropboxTestPorts, DropboxFixture, dropboxTestSizes, dropboxProviderAt } from './testing/dropbox-fixture.ts';
import type { DropboxDriverOptions } from './driver.ts';

let fixture: DropboxFixture;
let proxy: FaultProxy;
const connected: ConnectedDestination[] = [];
const neverAborted = new AbortController().signal;
const large = 3 * dropboxTestSizes.partBytes + 11;

beforeEach(async () => {
  fixture = await DropboxFixture.start();
  proxy = await FaultProxy.start(fixture.server.url);
});
afterEach(async () => {
  for (const destination of connected.splice(0)) destination.close();
  await proxy.stop();
  await fixture.stop();
});

async function connect(
  values: FieldValues = {},
  options: Partial<DropboxDriverOptions> = {},
): Promise<ConnectedDestination> {
  const destination = await connectDestination(
    dropboxProviderAt(proxy.url, options),
    { ...fixture.values, ...values },
    dropboxTestPorts,
  );
  connected.push(destination);
  return destination;
}

interface SendResult {
  ref: Ref;
  checkpoints: Checkpoint[];
  restarts: string[];
  slowDowns: number;
}

async function send(
  destination: ConnectedDestination,
  size: number,
  {
    checkpoint,
    name = 'file.bin',
    collision,
  }: { checkpoint?: Checkpoint; name?: string; collision?: 'ask' | 'replace' | 'new-name' } = {},
): Promise<SendResult> {
  const result: Omit<SendResult, 'ref'> = { checkpoints: [], restarts: [], slowDowns: 0 };
  const ref = await destination.upload({
    source: patternSource(size, { name }),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async (saved) => {
      result.checkpoints.push(saved);
    },
    onRestart: (why) => {
      result.restarts.push(why);
    },
    onSlowDown: () => {
      result.slowDowns++;
    },
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(collision === undefined ? {} : { keyOptions: { createdAt: 0, folderName: '', collision } }),
  });
  return { ...result, ref };
}

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const cause: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(cause instanceof AppFailure)) throw new Error(`expected a failure, but got ${String(cause)}`);
  return cause.error;
};
const sentence = (error: AppError): string => Object.values(errorText(error)).join(' ');
const storedFiles = (): Buffer[] => fixture.server.account.files.map((file) => Buffer.concat(file.content));
/** The length and hash of the bytes, for comparisons. Comparing megabytes with `toEqual` would take minutes. */
const sumOf = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
const sums = (): string[] => storedFiles().map(sumOf);
/** The API routes of the requests since the last `setRule`, such as `files/upload`, without host and version. */
const routes = (): string[] => proxy.requests.map(({ target }) => target.replace(/^\/[^/]+\/(2\/)?/, ''));

// ---------------------------------------------------------------- signing in

test('an expired access token is renewed once for all waiting requests, and no file is sent twice', async () => {
  const destination = await connect();
  await send(destination, 10);
  fixture.server.oauth.expireAccessTokens();
  const countBefore = fixture.server.oauth.refreshCount;
  await Promise.all([send(destination, 100), send(destination, 200), send(destination, 300)]);
  expect(fixture.server.oauth.refreshCount - countBefore).toBe(1);
  expect(fixture.server.account.files).toHaveLength(4);
});

test('a token from the App Console is reported as valid for four hours, before and after it expires', async () => {
  const { accessToken } = fixture.server.oauth.issue(fixture.app);
  const destination = await connect({ account: accessToken, appKey: '' });
  expect(sentence((await destination.check(neverAborted))!)).toMatch(/four hours after it was created.*Sign in/);
  fixture.server.oauth.expireAccessTokens();
  const error = await failureOf(send(destination, 10));
  expect(error).toMatchObject({ code: 'session-expired', field: 'account' });
  expect(sentence(error)).toMatch(/last four hours/);
});

test('revoked access is reported with a request to sign in, whether the token or its renewal is rejected', async () => {
  const destination = await connect();
  await send(destination, 10);
  fixture.server.oauth.revokeAll();
  for (const candidate of [destination, await connect()]) {
    const error = await failureOf(send(candidate, 10));
    expect(error).toMatchObject({ code: 'unauthorized', field: 'account' });
    expect(sentence(error)).toMatch(/Sign in again/);
  }
});

test('the test of a destination reports a missing scope at the step that needs it', async () => {
  const scopes = ['account_info.read', 'files.content.write', 'files.metadata.read'];
  const { refreshToken } = fixture.server.oauth.issue(fixture.app, { scopes });
  const report = await testDestination(
    dropboxProviderAt(proxy.url),
    { ...fixture.values, account: refreshToken },
    dropboxTestPorts,
  );
  const failed = report.results.find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ step: 'link', error: { code: 'forbidden', field: 'account' } });
  expect(sentence(failed!.error!)).toMatch(/permission sharing\.write/);
  expect(fixture.server.leftovers().objects).toBe(0);
});

// ---------------------------------------------------------------- quota and rate limits

test('a full account is detected before the first byte of a large upload, and by the request of a small one', async () => {
  fixture.server.account.allocated = 5_000_000;
  const destination = await connect();
  const error = await failureOf(send(destination, large));
  expect(error.code).toBe('quota-exceeded');
  expect(sentence(error)).toMatch(/only 5 MB left/);
  expect(proxy.requests.reduce((sum, request) => sum + (request.hasFileBody ? request.bytesReceived : 0), 0)).toBe(0);
  fixture.server.account.allocated = 5;
  expect(sentence(await failureOf(send(destination, 10)))).toMatch(/is full/);
  await send(destination, 5);
  expect((await failureOf(destination.check(neverAborted))).code).toBe('quota-exceeded');
});

test('a file that does not fit reports the space that is left, also a small file and a resumed session', async () => {
  const destination = await connect();
  fixture.server.account.allocated = 5_000_000;
  await send(destination, 3_000_000);
  expect(await failureOf(send(destination, 3_500_000))).toMatchObject({ code: 'quota-exceeded', params: { left: 2 } });
  await send(destination, 1_000_000);
  expect(storedFiles()).toHaveLength(2);

  // Other files take the space while a session is open.
  fixture.server.account.allocated = large + 5_000_000;
  proxy.setRule((request) => {
    if (request.target.endsWith('finish')) fixture.server.account.allocated = 7_000_000;
    return undefined;
  });
  expect(await failureOf(send(destination, large))).toMatchObject({ code: 'quota-exceeded', params: { left: 3 } });
});

test('after a 429, the driver waits for a short Retry-After and leaves a long one to the engine', async () => {
  const destination = await connect();
  await send(destination, 10);
  fixture.server.throttled = 1;
  expect((await send(destination, 10)).slowDowns).toBe(1);
  fixture.server.throttled = 1;
  fixture.server.retryAfterSeconds = 300;
  expect(await failureOf(send(destination, 10))).toMatchObject({ code: 'rate-limited', retryAfterMs: 300_000 });
});

test('a write that conflicts with another write is retried', async () => {
  const destination = await connect();
  for (const size of [10, large]) {
    fixture.server.account.busyCommits = 2;
    const { slowDowns } = await send(destination, size);
    expect(slowDowns).toBe(2);
  }
  fixture.server.account.busyCommits = 1000;
  expect((await failureOf(send(destination, 10))).code).toBe('rate-limited');
});

// ---------------------------------------------------------------- sessions

test.each(['in any order', 'in order'])(
  'with parts %s, the file is found after a lost response to the finish request, and no byte is sent again',
  async (kind) => {
    const destination = await connect({}, { minConcurrentParts: kind === 'in order' ? Infinity : 2 });
    proxy.setRule((request) =>
      request.target.endsWith('finish') && routes().filter((route) => route.endsWith('finish')).length === 1
        ? { kind: 'lost-answer' }
        : undefined,
    );
    const { restarts } = await send(destination, large);
    expect(restarts).toEqual([]);
    expect(sums()).toEqual([sumOf(patternBytes(large))]);
    expect(routes().filter((route) => route.endsWith('append_v2'))).toHaveLength(4);
  },
);

test('an upload resumes at Dropbox’s offset if the saved offset is wrong', async () => {
  const destination = await connect({}, { minConcurrentParts: Infinity });
  const { checkpoints } = await send(destination, large);
  const [session] = checkpoints
    .map((saved) => (saved as { session?: { id: string; offset: number } }).session)
    .filter((saved) => saved?.offset === dropboxTestSizes.partBytes);
  expect(session).toBeDefined();
  // After a kill, Dropbox may have more bytes than the checkpoint says.
  const half = dropboxTestSizes.partBytes + 1000;
  fixture.server.account.entries.clear();
  fixture.server.account.sessions.set(session!.id, {
    kind: 'sequential',
    chunks: [{ offset: 0, bytes: patternBytes(half) }],
    isClosed: false,
    at: Date.now(),
  });
  proxy.setRule();
  const checkpoint = checkpoints.find(
    (saved) => (saved as { session?: { offset: number } }).session?.offset === dropboxTestSizes.partBytes,
  )!;
  await send(await connect({}, { minConcurrentParts: Infinity }), large, { checkpoint });
  expect(sums()).toEqual([sumOf(patternBytes(large))]);
  expect(proxy.requests.reduce((sum, request) => sum + (request.hasFileBody ? request.bytesReceived : 0), 0)).toBe(
    large - half,
  );
});

test.each(['in any order', 'in order'])(
  'with parts %s, an upload restarts once from zero if its session is lost or closed',
  async (kind) => {
    for (const sessionState of ['lost', 'closed'] as const) {
      const destination = await connect({}, { minConcurrentParts: kind === 'in order' ? Infinity : 2 });
      let count = 0;
      proxy.setRule((request) => {
        if (!request.target.endsWith('append_v2') || ++count !== 2) return undefined;
        const { sessions } = fixture.server.account;
        if (sessionState === 'lost') sessions.clear();
        else for (const session of sessions.values()) session.isClosed = true;
        return undefined;
      });
      const { restarts, ref } = await send(destination, large);
      expect(restarts, sessionState).toEqual(['store-forgot']);
      expect(sums()).toEqual([sumOf(patternBytes(large))]);
      await destination.discard({ ref }, neverAborted);
    }
  },
);

test('an upload fails with a retryable error if its second session is lost too', async () => {
  const destination = await connect();
  proxy.setRule((request) => {
    if (request.target.endsWith('append_v2')) fixture.server.account.sessions.clear();
    return undefined;
  });
  expect(await failureOf(send(destination, large))).toMatchObject({ code: 'unavailable' });
  expect(routes().filter((route) => route.endsWith('start'))).toHaveLength(2);
});

test('an upload restarts from zero if its session has expired after seven days', async () => {
  const destination = await connect();
  proxy.setRule((request) => (request.target.endsWith('finish') ? { kind: 'answer', status: 403 } : undefined));
  const checkpoints: Checkpoint[] = [];
  await failureOf(
    destination.upload({
      source: patternSource(large),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        checkpoints.push(checkpoint);
      },
    }),
  );
  proxy.setRule();
  for (const session of fixture.server.account.sessions.values()) session.at -= 8 * 24 * 3600 * 1000;
  const { restarts } = await send(await connect(), large, { checkpoint: checkpoints.at(-1)! });
  expect(restarts).toEqual(['store-forgot']);
  expect(sums()).toEqual([sumOf(patternBytes(large))]);
});

// ---------------------------------------------------------------- captive portals

test('a captive portal that responds with a page is reported as wrong-service', async () => {
  const page = {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Please sign in</html>',
  } as const;
  const destination = await connect();
  const { ref } = await send(destination, 10);
  proxy.setRule(() => page);
  const newDestination = await connect();
  for (const operation of [
    () => send(destination, 10),
    () => send(destination, large),
    () => destination.check(neverAborted),
    () => destination.stat(ref, neverAborted),
    () => destination.link(ref, neverAborted),
    () => destination.discard({ ref }, neverAborted),
    () => send(newDestination, 10),
  ]) {
    const error = await failureOf(operation());
    expect(error.code).toBe('wrong-service');
    expect(sentence(error)).toMatch(/doesn’t require a sign-in/);
  }
});

test('a captive portal that redirects every request is reported as wrong-service', async () => {
  const destination = await connect();
  proxy.setRule(() => ({ kind: 'answer', status: 302, headers: { location: 'http://portal.invalid/' } }));
  expect((await failureOf(destination.check(neverAborted))).code).toBe('wrong-service');
});

// ---------------------------------------------------------------- names

test('for a taken name, an upload uses another name, fails or replaces the file, as the user chose', async () => {
  const destination = await connect({ nameTemplate: '{name}', folder: 'Shared' });
  for (const size of [10, large]) {
    fixture.server.account.entries.clear();
    await send(destination, size, { name: 'a.txt' });
    await send(destination, size, { name: 'A.TXT' });
    expect(fixture.server.account.files.map(({ path }) => path)).toEqual(['/Shared/a.txt', '/Shared/A-2.TXT']);
    expect((await failureOf(send(destination, size, { name: 'a.txt', collision: 'ask' }))).code).toBe('name-taken');
    const { ref } = await send(destination, size + 1, { name: 'a.txt', collision: 'replace' });
    expect(fixture.server.account.files.map((file) => file.size).sort((a, b) => a - b)).toEqual([size, size + 1]);
    await destination.discard({ ref }, neverAborted);
    expect(fixture.server.account.files.map(({ path }) => path)).toEqual(['/Shared/A-2.TXT']);
  }
});

test('if another client takes the name first, the stored bytes are kept under another name', async () => {
  const destination = await connect({ nameTemplate: '{name}' });
  proxy.setRule((request) => {
    if (request.target.endsWith('finish') && fixture.server.account.files.length === 0)
      fixture.server.account.commit(
        { path: '/a.txt', mode: tagged('add'), autorename: false, strict: true, clientModified: undefined },
        [Buffer.from('theirs')],
      );
    return undefined;
  });
  await send(destination, large, { name: 'a.txt' });
  expect(storedFiles().map((bytes) => bytes.length)).toEqual([6, large]);
  expect(routes().filter((route) => route.endsWith('append_v2'))).toHaveLength(4);
});

test('discard does not delete a file that another client changed', async () => {
  const destination = await connect();
  const { ref } = await send(destination, 10);
  const [file] = fixture.server.account.files;
  fixture.server.account.commit(
    { path: file!.path, mode: tagged('overwrite'), autorename: false, strict: false, clientModified: undefined },
    [Buffer.from('theirs')],
  );
  await destination.discard({ ref }, neverAborted);
  expect(storedFiles().map(String)).toEqual(['theirs']);
});

test('deleting a file also deletes the folder that was created for it, but no other folder', async () => {
  const destination = await connect();
  const [first, second] = [await send(destination, 10), await send(destination, 20)];
  const folderCount = (): number =>
    [...fixture.server.account.entries.values()].filter(({ kind }) => kind === 'folder').length;
  const countBefore = folderCount();
  await destination.discard({ ref: first.ref }, neverAborted);
  expect(folderCount()).toBe(countBefore - 1);
  fixture.server.account.makeFolder(`${fixture.server.account.files[0]!.path.replace(/\/[^/]*$/, '')}/mine`, {
    autorename: false,
  });
  await destination.discard({ ref: second.ref }, neverAborted);
  expect(folderCount()).toBe(countBefore);
});

test('names that Dropbox does not accept are changed, and a file where a folder is expected is reported', async () => {
  const destination = await connect({ nameTemplate: '{name}' });
  for (const name of ['desktop.ini', 'ends with a dot.', 'ends with a space ', 'a\u007fb'])
    await send(destination, 5, { name });
  expect(fixture.server.account.files.map(({ path }) => path)).toEqual([
    '/_desktop.ini',
    '/ends with a dot_',
    '/ends with a space_',
    '/a_b',
  ]);
  fixture.server.account.scriptedErrors.push(tagged('conflict', tagged('file_ancestor')));
  expect(await failureOf(send(destination, 5, { name: 'x' }))).toMatchObject({ code: 'rejected', field: 'folder' });
  fixture.server.account.scriptedErrors.push(tagged('no_write_permission'));
  expect(await failureOf(send(destination, large, { name: 'y' }))).toMatchObject({
    code: 'forbidden',
    field: 'folder',
  });
});

test('a piped upload is found after a lost response to the finish request', async () => {
  const destination = await connect();
  proxy.setRule((request) =>
    request.target.endsWith('finish') && routes().filter((route) => route.endsWith('finish')).length === 1
      ? { kind: 'lost-answer' }
      : undefined,
  );
  await destination.upload({
    source: patternStream(2 * dropboxTestSizes.partBytes + 3),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async () => undefined,
  });
  expect(sums()).toEqual([sumOf(patternBytes(2 * dropboxTestSizes.partBytes + 3))]);
});

// ---------------------------------------------------------------- links

test('a link is created once, keeps its key, and has the chosen form', async () => {
  const linkKeys = new Set<string>();
  const { ref } = await send(await connect(), 10);
  for (const [linkKind, query] of [
    ['direct', { raw: '1' }],
    ['download', { dl: '1' }],
    ['page', { dl: '0' }],
  ] as const) {
    const destination = await connect({ linkKind });
    const link = await destination.link(ref, neverAborted);
    const { searchParams, pathname } = new URL(link.url);
    // `rlkey` and `st` are Dropbox's access parameters.
    const { rlkey, st, ...formParams } = Object.fromEntries(searchParams);
    expect(formParams).toEqual(query);
    expect([rlkey, st]).not.toContain(undefined);
    expect(await destination.probe(link, 10, neverAborted)).toBe('this-computer');
    linkKeys.add(`${pathname} ${rlkey}`);
  }
  expect(linkKeys.size).toBe(1);
  expect(fixture.server.account.links.size).toBe(1);
});

test('links that expire or need a password require a paid plan; without it, the check names the setting', async () => {
  const destination = await connect({ linkDays: '7' });
  const { ref } = await send(destination, 10);
  const link = await destination.link(ref, neverAborted);
  expect(link.visibility).toBe('expiring');
  expect(link.expiresAt! - Date.now()).toBeGreaterThan(6.9 * 24 * 3600 * 1000);
  // An existing link is changed, even when Dropbox does not return its settings.
  const withPassword = await connect({ linkPassword: 'open sesame' });
  expect(await withPassword.link(ref, neverAborted)).toMatchObject({ visibility: 'private' });
  expect(fixture.server.account.links.size).toBe(1);
  expect(
    (
      await testDestination(
        dropboxProviderAt(proxy.url),
        { ...fixture.values, linkPassword: 'open sesame' },
        dropboxTestPorts,
      )
    ).ok,
  ).toBe(true);
  fixture.server.account.plan = 'basic';
  const error = await failureOf(destination.check(neverAborted));
  expect(error).toMatchObject({ code: 'rejected', field: 'linkDays' });
  expect(sentence(error)).toMatch(/Your plan doesn’t support links that expire/);
  expect(await failureOf(destination.link(ref, neverAborted))).toMatchObject({ code: 'rejected', field: 'linkDays' });
  // The override of a single upload is checked before any byte is sent.
  const fileCount = fixture.server.account.files.length;
  const withoutLinkOptions = await connect();
  expect(
    await failureOf(
      withoutLinkOptions.upload({
        source: patternSource(10),
        linkOverride: { kind: 'expiring', seconds: 3600 },
        signal: neverAborted,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
      }),
    ),
  ).toEqual({ code: 'rejected', params: expect.objectContaining({ of: 'dropbox', why: 'plan' }) as unknown });
  expect(fixture.server.account.files.length).toBe(fileCount);
});

test('a link that a team restricts is reported as private', async () => {
  fixture.server.account.widestAudience = 'team';
  const destination = await connect();
  const { ref } = await send(destination, 10);
  expect((await destination.link(ref, neverAborted)).visibility).toBe('private');
});

test('an unconfirmed email address and an account with disabled links are reported', async () => {
  const destination = await connect();
  const { ref } = await send(destination, 10);
  fixture.server.account.isEmailVerified = false;
  expect(sentence(await failureOf(destination.link(ref, neverAborted)))).toMatch(/confirm your email address/);
  fixture.server.account.isEmailVerified = true;
  fixture.server.account.isBanned = true;
  expect(sentence(await failureOf(destination.link(ref, neverAborted)))).toMatch(/disabled the links/);
});

test('deleting a file revokes its links first', async () => {
  const destination = await connect();
  const { ref } = await send(destination, 10);
  const { url } = await destination.link(ref, neverAborted);
  proxy.setRule();
  await destination.discard({ ref }, neverAborted);
  expect(routes()).toContain('sharing/revoke_shared_link');
  expect(fixture.server.account.links.size).toBe(0);
  expect((await fetch(url)).status).toBe(403);
});

test('a hash mismatch is retried, and reported as corrupted if it remains', async () => {
  const destination = await connect();
  let flips = 0;
  proxy.setRule((request) => (request.hasFileBody && flips++ < 2 ? { kind: 'flip-bit' } : undefined));
  await send(destination, 1000);
  expect(sums()).toEqual([sumOf(patternBytes(1000))]);
  expect(flips).toBe(3);
  proxy.setRule((request) => (request.hasFileBody ? { kind: 'flip-bit' } : undefined));
  expect((await failureOf(send(destination, 1000))).code).toBe('corrupted');
  expect((await failureOf(send(destination, large))).code).toBe('corrupted');
});

test('an unknown error tag is reported as rejected, not as a bug', async () => {
  const destination = await connect();
  fixture.server.account.scriptedErrors.push(tagged('brand_new'));
  await expect(send(destination, 10)).rejects.toMatchObject({ error: { code: 'rejected' } });
  // Dropbox's specification does not contain this tag, so the check of the messages at the end would fail.
  fixture.messages.length = 0;
  expect(taggedStruct('x', {})).toEqual({ '.tag': 'x' });
});
