/** Problems of real accounts, one at a time: each ends with the expected error and without a second file. */
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
const open: ConnectedDestination[] = [];
const neverAborted = new AbortController().signal;
const large = 3 * dropboxTestSizes.partBytes + 11;

beforeEach(async () => {
  fixture = await DropboxFixture.start();
  proxy = await FaultProxy.start(fixture.server.url);
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await proxy.stop();
  await fixture.stop();
});

async function destination(
  values: FieldValues = {},
  tuning: Partial<DropboxDriverOptions> = {},
): Promise<ConnectedDestination> {
  const one = await connectDestination(
    dropboxProviderAt(proxy.url, tuning),
    { ...fixture.values, ...values },
    dropboxTestPorts,
  );
  open.push(one);
  return one;
}

interface Sent {
  ref: Ref;
  checkpoints: Checkpoint[];
  restarts: string[];
  slow: number;
}

async function send(
  to: ConnectedDestination,
  size: number,
  {
    checkpoint,
    name = 'file.bin',
    collision,
  }: { checkpoint?: Checkpoint; name?: string; collision?: 'ask' | 'replace' | 'new-name' } = {},
): Promise<Sent> {
  const sent: Omit<Sent, 'ref'> = { checkpoints: [], restarts: [], slow: 0 };
  const ref = await to.upload({
    source: patternSource(size, { name }),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async (one) => {
      sent.checkpoints.push(one);
    },
    onRestart: (why) => {
      sent.restarts.push(why);
    },
    onSlowDown: () => {
      sent.slow++;
    },
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(collision === undefined ? {} : { keyOptions: { createdAt: 0, folderName: '', collision } }),
  });
  return { ...sent, ref };
}

const failureOf = async (work: Promise<unknown>): Promise<AppError> => {
  const cause: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(cause instanceof AppFailure)) throw new Error(`no failure but ${String(cause)}`);
  return cause.error;
};
const sentence = (error: AppError): string => Object.values(errorText(error)).join(' ');
const stored = (): Buffer[] => fixture.server.account.files.map((file) => Buffer.concat(file.content));
/** A comparison byte by byte takes minutes for megabytes. */
const sumOf = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
const sums = (): string[] => stored().map(sumOf);
const routes = (): string[] => proxy.requests.map(({ target }) => target.replace(/^\/[^/]+\/(2\/)?/, ''));

// ---------------------------------------------------------------- signing in

test('an expired access token is renewed once for all waiting requests, and no file is sent twice', async () => {
  const to = await destination();
  await send(to, 10);
  fixture.server.oauth.expireAccessTokens();
  const before = fixture.server.oauth.refreshCount;
  await Promise.all([send(to, 100), send(to, 200), send(to, 300)]);
  expect(fixture.server.oauth.refreshCount - before).toBe(1);
  expect(fixture.server.account.files).toHaveLength(4);
});

test('a token from the App Console is reported as valid for four hours, before and after it expires', async () => {
  const { accessToken } = fixture.server.oauth.issue(fixture.app);
  const to = await destination({ account: accessToken, appKey: '' });
  expect(sentence((await to.check(neverAborted))!)).toMatch(/four hours after it was created.*Sign in/);
  fixture.server.oauth.expireAccessTokens();
  const error = await failureOf(send(to, 10));
  expect(error).toMatchObject({ code: 'session-expired', field: 'account' });
  expect(sentence(error)).toMatch(/last four hours/);
});

test('revoked access asks for a new sign-in, whether the token or its renewal is refused', async () => {
  const to = await destination();
  await send(to, 10);
  fixture.server.oauth.revokeAll();
  for (const one of [to, await destination()]) {
    const error = await failureOf(send(one, 10));
    expect(error).toMatchObject({ code: 'unauthorized', field: 'account' });
    expect(sentence(error)).toMatch(/Sign in again/);
  }
});

test('a missing scope is named at the step that needs it', async () => {
  const scopes = ['account_info.read', 'files.content.write', 'files.metadata.read'];
  const { refreshToken } = fixture.server.oauth.issue(fixture.app, { scopes });
  const report = await testDestination(
    dropboxProviderAt(proxy.url),
    { ...fixture.values, account: refreshToken },
    dropboxTestPorts,
  );
  const failed = report.results.find((one) => one.outcome === 'failed');
  expect(failed).toMatchObject({ step: 'link', error: { code: 'forbidden', field: 'account' } });
  expect(sentence(failed!.error!)).toMatch(/permission sharing\.write/);
  expect(fixture.server.leftovers().objects).toBe(0);
});

// ---------------------------------------------------------------- quota and rate limits

test('a full account is detected before a large upload, and reported by a small one', async () => {
  fixture.server.account.allocated = 5_000_000;
  const to = await destination();
  const error = await failureOf(send(to, large));
  expect(error.code).toBe('quota-exceeded');
  expect(sentence(error)).toMatch(/only 5 MB left/);
  expect(proxy.requests.reduce((sum, seen) => sum + (seen.hasFileBody ? seen.bytesReceived : 0), 0)).toBe(0);
  fixture.server.account.allocated = 5;
  expect(sentence(await failureOf(send(to, 10)))).toMatch(/is full/);
  await send(to, 5);
  expect((await failureOf(to.check(neverAborted))).code).toBe('quota-exceeded');
});

test('after a 429, the driver waits for a short Retry-After and leaves a long one to the engine', async () => {
  const to = await destination();
  await send(to, 10);
  fixture.server.throttled = 1;
  expect((await send(to, 10)).slow).toBe(1);
  fixture.server.throttled = 1;
  fixture.server.retryAfterSeconds = 300;
  expect(await failureOf(send(to, 10))).toMatchObject({ code: 'rate-limited', retryAfterMs: 300_000 });
});

test('a write that conflicts with another write is retried', async () => {
  const to = await destination();
  for (const size of [10, large]) {
    fixture.server.account.busyCommits = 2;
    const { slow } = await send(to, size);
    expect(slow).toBe(2);
  }
  fixture.server.account.busyCommits = 1000;
  expect((await failureOf(send(to, 10))).code).toBe('rate-limited');
});

// ---------------------------------------------------------------- sessions

test.each(['in any order', 'in order'])(
  '%s: after a lost response to finish the file is found, and no byte is sent again',
  async (kind) => {
    const to = await destination({}, { minConcurrentParts: kind === 'in order' ? Infinity : 2 });
    proxy.setRule((seen) =>
      seen.target.endsWith('finish') && routes().filter((one) => one.endsWith('finish')).length === 1
        ? { kind: 'lost-answer' }
        : undefined,
    );
    const { restarts } = await send(to, large);
    expect(restarts).toEqual([]);
    expect(sums()).toEqual([sumOf(patternBytes(large))]);
    expect(routes().filter((one) => one.endsWith('append_v2'))).toHaveLength(4);
  },
);

test('after a wrong offset it continues at Dropbox’s offset', async () => {
  const to = await destination({}, { minConcurrentParts: Infinity });
  const { checkpoints } = await send(to, large);
  const [session] = checkpoints
    .map((one) => (one as { session?: { id: string; offset: number } }).session)
    .filter((one) => one?.offset === dropboxTestSizes.partBytes);
  expect(session).toBeDefined();
  // As after a kill, when Dropbox has more bytes than the checkpoint says.
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
    (one) => (one as { session?: { offset: number } }).session?.offset === dropboxTestSizes.partBytes,
  )!;
  await send(await destination({}, { minConcurrentParts: Infinity }), large, { checkpoint });
  expect(sums()).toEqual([sumOf(patternBytes(large))]);
  expect(proxy.requests.reduce((sum, seen) => sum + (seen.hasFileBody ? seen.bytesReceived : 0), 0)).toBe(large - half);
});

test.each(['in any order', 'in order'])('%s: a lost or closed session restarts once from zero', async (kind) => {
  for (const what of ['gone', 'closed'] as const) {
    const to = await destination({}, { minConcurrentParts: kind === 'in order' ? Infinity : 2 });
    let count = 0;
    proxy.setRule((seen) => {
      if (!seen.target.endsWith('append_v2') || ++count !== 2) return undefined;
      const { sessions } = fixture.server.account;
      if (what === 'gone') sessions.clear();
      else for (const session of sessions.values()) session.isClosed = true;
      return undefined;
    });
    const { restarts, ref } = await send(to, large);
    expect(restarts, what).toEqual(['store-forgot']);
    expect(sums()).toEqual([sumOf(patternBytes(large))]);
    await to.discard({ ref }, neverAborted);
  }
});

test('sessions that are lost every time end as a retryable error, not in a loop', async () => {
  const to = await destination();
  proxy.setRule((seen) => {
    if (seen.target.endsWith('append_v2')) fixture.server.account.sessions.clear();
    return undefined;
  });
  expect(await failureOf(send(to, large))).toMatchObject({ code: 'unavailable' });
  expect(routes().filter((one) => one.endsWith('start'))).toHaveLength(2);
});

test('a session that expired after seven days restarts from zero', async () => {
  const to = await destination();
  proxy.setRule((seen) => (seen.target.endsWith('finish') ? { kind: 'answer', status: 403 } : undefined));
  const checkpoints: Checkpoint[] = [];
  await failureOf(
    to.upload({
      source: patternSource(large),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (one) => {
        checkpoints.push(one);
      },
    }),
  );
  proxy.setRule();
  for (const session of fixture.server.account.sessions.values()) session.at -= 8 * 24 * 3600 * 1000;
  const { restarts } = await send(await destination(), large, { checkpoint: checkpoints.at(-1)! });
  expect(restarts).toEqual(['store-forgot']);
  expect(sums()).toEqual([sumOf(patternBytes(large))]);
});

// ---------------------------------------------------------------- captive portals

test('a portal that answers every request with a page is not taken for Dropbox', async () => {
  const page = {
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Please sign in</html>',
  } as const;
  const to = await destination();
  const { ref } = await send(to, 10);
  proxy.setRule(() => page);
  const fresh = await destination();
  for (const act of [
    () => send(to, 10),
    () => send(to, large),
    () => to.check(neverAborted),
    () => to.stat(ref, neverAborted),
    () => to.link(ref, neverAborted),
    () => to.discard({ ref }, neverAborted),
    () => send(fresh, 10),
  ]) {
    const error = await failureOf(act());
    expect(error.code).toBe('wrong-service');
    expect(sentence(error)).toMatch(/doesn’t require a sign-in/);
  }
});

test('a portal that redirects every request is not taken for Dropbox', async () => {
  const to = await destination();
  proxy.setRule(() => ({ kind: 'answer', status: 302, headers: { location: 'http://portal.invalid/' } }));
  expect((await failureOf(to.check(neverAborted))).code).toBe('wrong-service');
});

// ---------------------------------------------------------------- names

test('a taken name: uses another name, fails with name-taken, or replaces the file, as the user chose', async () => {
  const to = await destination({ nameTemplate: '{name}', folder: 'Shared' });
  for (const size of [10, large]) {
    fixture.server.account.entries.clear();
    await send(to, size, { name: 'a.txt' });
    await send(to, size, { name: 'A.TXT' });
    expect(fixture.server.account.files.map(({ path }) => path)).toEqual(['/Shared/a.txt', '/Shared/A-2.TXT']);
    expect((await failureOf(send(to, size, { name: 'a.txt', collision: 'ask' }))).code).toBe('name-taken');
    const { ref } = await send(to, size + 1, { name: 'a.txt', collision: 'replace' });
    expect(fixture.server.account.files.map((file) => file.size).sort((a, b) => a - b)).toEqual([size, size + 1]);
    await to.discard({ ref }, neverAborted);
    expect(fixture.server.account.files.map(({ path }) => path)).toEqual(['/Shared/A-2.TXT']);
  }
});

test('if another client takes the name first, the stored bytes are kept under another name', async () => {
  const to = await destination({ nameTemplate: '{name}' });
  proxy.setRule((seen) => {
    if (seen.target.endsWith('finish') && fixture.server.account.files.length === 0)
      fixture.server.account.commit(
        { path: '/a.txt', mode: tagged('add'), autorename: false, strict: true, clientModified: undefined },
        [Buffer.from('theirs')],
      );
    return undefined;
  });
  await send(to, large, { name: 'a.txt' });
  expect(stored().map((bytes) => bytes.length)).toEqual([6, large]);
  expect(routes().filter((one) => one.endsWith('append_v2'))).toHaveLength(4);
});

test('does not delete a file that another client changed', async () => {
  const to = await destination();
  const { ref } = await send(to, 10);
  const [file] = fixture.server.account.files;
  fixture.server.account.commit(
    { path: file!.path, mode: tagged('overwrite'), autorename: false, strict: false, clientModified: undefined },
    [Buffer.from('theirs')],
  );
  await to.discard({ ref }, neverAborted);
  expect(stored().map(String)).toEqual(['theirs']);
});

test('the folder created for one file is deleted with it, and no other folder', async () => {
  const to = await destination();
  const [one, two] = [await send(to, 10), await send(to, 20)];
  const folders = (): number =>
    [...fixture.server.account.entries.values()].filter(({ kind }) => kind === 'folder').length;
  const before = folders();
  await to.discard({ ref: one.ref }, neverAborted);
  expect(folders()).toBe(before - 1);
  fixture.server.account.makeFolder(`${fixture.server.account.files[0]!.path.replace(/\/[^/]*$/, '')}/mine`, {
    autorename: false,
  });
  await to.discard({ ref: two.ref }, neverAborted);
  expect(folders()).toBe(before);
});

test('names that Dropbox does not accept are changed, and a file where a folder is expected is reported', async () => {
  const to = await destination({ nameTemplate: '{name}' });
  for (const name of ['desktop.ini', 'ends with a dot.', 'ends with a space ', 'a\u007fb']) await send(to, 5, { name });
  expect(fixture.server.account.files.map(({ path }) => path)).toEqual([
    '/_desktop.ini',
    '/ends with a dot_',
    '/ends with a space_',
    '/a_b',
  ]);
  fixture.server.account.scriptedErrors.push(tagged('conflict', tagged('file_ancestor')));
  expect(await failureOf(send(to, 5, { name: 'x' }))).toMatchObject({ code: 'rejected', field: 'folder' });
  fixture.server.account.scriptedErrors.push(tagged('no_write_permission'));
  expect(await failureOf(send(to, large, { name: 'y' }))).toMatchObject({ code: 'forbidden', field: 'folder' });
});

test('a piped upload is compared with the stored bytes, and found after a lost response', async () => {
  const to = await destination();
  proxy.setRule((seen) =>
    seen.target.endsWith('finish') && routes().filter((one) => one.endsWith('finish')).length === 1
      ? { kind: 'lost-answer' }
      : undefined,
  );
  await to.upload({
    source: patternStream(2 * dropboxTestSizes.partBytes + 3),
    signal: neverAborted,
    onProgress: () => undefined,
    onCheckpoint: async () => undefined,
  });
  expect(sums()).toEqual([sumOf(patternBytes(2 * dropboxTestSizes.partBytes + 3))]);
});

// ---------------------------------------------------------------- links

test('a link is created once, keeps its key, and has the chosen form', async () => {
  const seen = new Set<string>();
  const { ref } = await send(await destination(), 10);
  for (const [linkKind, query] of [
    ['direct', { raw: '1' }],
    ['download', { dl: '1' }],
    ['page', { dl: '0' }],
  ] as const) {
    const to = await destination({ linkKind });
    const link = await to.link(ref, neverAborted);
    const { searchParams, pathname } = new URL(link.url);
    const { rlkey, st, ...rest } = Object.fromEntries(searchParams);
    expect(rest).toEqual(query);
    expect([rlkey, st]).not.toContain(undefined);
    expect(await to.probe(link, 10, neverAborted)).toBe('this-computer');
    seen.add(`${pathname} ${rlkey}`);
  }
  expect(seen.size).toBe(1);
  expect(fixture.server.account.links.size).toBe(1);
});

test('links expire and need a password if the plan allows it; otherwise the field is named before any upload', async () => {
  const to = await destination({ linkDays: '7' });
  const { ref } = await send(to, 10);
  const link = await to.link(ref, neverAborted);
  expect(link.visibility).toBe('expiring');
  expect(link.expiresAt! - Date.now()).toBeGreaterThan(6.9 * 24 * 3600 * 1000);
  // An existing link is changed, even when Dropbox does not return its settings.
  const closed = await destination({ linkPassword: 'open sesame' });
  expect(await closed.link(ref, neverAborted)).toMatchObject({ visibility: 'private' });
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
  const error = await failureOf(to.check(neverAborted));
  expect(error).toMatchObject({ code: 'rejected', field: 'linkDays' });
  expect(sentence(error)).toMatch(/Your plan doesn’t support links that expire/);
  expect(await failureOf(to.link(ref, neverAborted))).toMatchObject({ code: 'rejected', field: 'linkDays' });
  // The override of a single upload is checked before any byte is sent.
  const files = fixture.server.account.files.length;
  const plain = await destination();
  expect(
    await failureOf(
      plain.upload({
        source: patternSource(10),
        linkOverride: { kind: 'expiring', seconds: 3600 },
        signal: neverAborted,
        onProgress: () => undefined,
        onCheckpoint: async () => undefined,
      }),
    ),
  ).toMatchObject({ code: 'rejected', field: 'linkDays' });
  expect(fixture.server.account.files.length).toBe(files);
});

test('reports the link as a team restricted it', async () => {
  fixture.server.account.widestAudience = 'team';
  const to = await destination();
  const { ref } = await send(to, 10);
  expect((await to.link(ref, neverAborted)).visibility).toBe('private');
});

test('reports an unconfirmed address and an account with disabled links', async () => {
  const to = await destination();
  const { ref } = await send(to, 10);
  fixture.server.account.isEmailVerified = false;
  expect(sentence(await failureOf(to.link(ref, neverAborted)))).toMatch(/confirm your email address/);
  fixture.server.account.isEmailVerified = true;
  fixture.server.account.isBanned = true;
  expect(sentence(await failureOf(to.link(ref, neverAborted)))).toMatch(/disabled the links/);
});

test('deleting a file revokes its links first', async () => {
  const to = await destination();
  const { ref } = await send(to, 10);
  const { url } = await to.link(ref, neverAborted);
  proxy.setRule();
  await to.discard({ ref }, neverAborted);
  expect(routes()).toContain('sharing/revoke_shared_link');
  expect(fixture.server.account.links.size).toBe(0);
  expect((await fetch(url)).status).toBe(403);
});

test('a hash mismatch is retried, and a changed file is reported as changed', async () => {
  const to = await destination();
  let flips = 0;
  proxy.setRule((seen) => (seen.hasFileBody && flips++ < 2 ? { kind: 'flip-bit' } : undefined));
  await send(to, 1000);
  expect(sums()).toEqual([sumOf(patternBytes(1000))]);
  expect(flips).toBe(3);
  proxy.setRule((seen) => (seen.hasFileBody ? { kind: 'flip-bit' } : undefined));
  expect((await failureOf(send(to, 1000))).code).toBe('corrupted');
  expect((await failureOf(send(to, large))).code).toBe('corrupted');
});

test('unknown tags count as refusals, not as bugs', async () => {
  const to = await destination();
  fixture.server.account.scriptedErrors.push(tagged('brand_new'));
  await expect(send(to, 10)).rejects.toMatchObject({ error: { code: 'rejected' } });
  fixture.messages.length = 0; // the specification does not contain this tag
  expect(taggedStruct('x', {})).toEqual({ '.tag': 'x' });
});
