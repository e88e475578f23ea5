/** Tests uploads that are resumed after Dropbox closed the session and before Hoist saved that the last part was sent. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tagged } from '../../../e2e/servers/dropbox/error-response.ts';
import type { Checkpoint } from '../../../src-shared/upload.ts';
import type { Driver } from '../contract/provider.ts';
import { FaultProxy } from '../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../testing/pattern-source.ts';
import { dropboxHostsAt, DropboxFixture, dropboxTestSizes } from './testing/dropbox-fixture.ts';
import type { SessionState } from './store.ts';

let fixture: DropboxFixture;
let proxy: FaultProxy;
const drivers: Driver[] = [];
const { partBytes } = dropboxTestSizes;
const large = 3 * partBytes + 11;

beforeEach(async () => {
  fixture = await DropboxFixture.start();
  proxy = await FaultProxy.start(fixture.server.url);
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) driver.close();
  await proxy.stop();
  await fixture.stop();
});

interface Attempt {
  checkpoints: Checkpoint[];
  restarts: string[];
  thrown: unknown;
}

/** One attempt to upload `a.bin`. Each attempt has a new driver, as after a restart of Hoist. */
async function attempt(minConcurrentParts: number, checkpoint?: Checkpoint): Promise<Attempt> {
  const driver = fixture.driver({}, { hosts: dropboxHostsAt(proxy.url), minConcurrentParts });
  drivers.push(driver);
  const result: Attempt = { checkpoints: [], restarts: [], thrown: undefined };
  try {
    await driver.upload({
      source: patternSource(large, { name: 'a.bin' }),
      keyBuilder: {
        isUnique: false,
        ifTaken: 'new-name',
        path: async (number) => (number === 1 ? 'a.bin' : `a-${number}.bin`),
      },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onCheckpoint: async (saved) => void result.checkpoints.push(saved),
      onRestart: (why) => void result.restarts.push(why),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
  } catch (cause) {
    result.thrown = cause;
  }
  return result;
}

const sessionOf = (checkpoint: Checkpoint): SessionState | undefined =>
  (checkpoint as { session?: SessionState }).session;
const fileBytesSent = (): number =>
  proxy.requests.reduce((sum, request) => sum + (request.hasFileBody ? request.bytesReceived : 0), 0);

test.each(['in any order', 'in order'])(
  'with parts %s, no byte is sent again after Dropbox closed the session and the commit failed twice',
  async (kind) => {
    const minConcurrentParts = kind === 'in order' ? Infinity : 2;
    const first = await attempt(minConcurrentParts);
    expect(first.thrown).toBeUndefined();
    // A kill after Dropbox received the last part and before Hoist saved that: the last part has no saved hash.
    const checkpoint = first.checkpoints.findLast((saved) => sessionOf(saved)?.sums.at(-1) === '')!;
    const { account } = fixture.server;
    account.entries.clear();
    account.sessions.set(sessionOf(checkpoint)!.id, {
      kind: kind === 'in order' ? 'sequential' : 'concurrent',
      chunks: [{ offset: 0, bytes: patternBytes(large) }],
      isClosed: true,
      at: Date.now(),
    });

    // Another client takes the name, so Hoist saves the session again with another name. Then the commit fails.
    let commits = 0;
    proxy.setRule((request) => {
      if (!request.target.endsWith('finish')) return undefined;
      if (++commits > 1) return { kind: 'answer', status: 403 };
      account.commit(
        { path: '/a.bin', mode: tagged('add'), autorename: false, strict: true, clientModified: undefined },
        [Buffer.from('theirs')],
      );
      return undefined;
    });
    const second = await attempt(minConcurrentParts, checkpoint);
    expect(second.thrown).toBeDefined();

    proxy.setRule();
    const third = await attempt(minConcurrentParts, second.checkpoints.at(-1));
    expect(third).toMatchObject({ thrown: undefined, restarts: [] });
    expect(fileBytesSent()).toBe(0);
    expect(account.files.map(({ path, size }) => [path, size])).toEqual([
      ['/a.bin', 6],
      ['/a-2.bin', large],
    ]);
  },
);
