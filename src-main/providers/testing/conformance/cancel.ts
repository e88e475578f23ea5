import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AppFailure } from '../../../../src-shared/errors.ts';
import type { Checkpoint, Ref } from '../../../../src-shared/upload.ts';
import { patternSource } from '../pattern-source.ts';
import { reloadCheckpoint, saveTo, type ConformanceContext } from './context.ts';

export function registerCancelTests(context: ConformanceContext): void {
  test('an already aborted signal sends no request', async () => {
    const aborted = AbortSignal.abort();
    const ref = await context.upload(patternSource(10));
    const { proxy } = context.subject;
    proxy?.setRule();
    const connectionsBefore = proxy?.connections.made;
    for (const operation of [
      () => context.upload(patternSource(10), { signal: aborted }),
      () => context.destination.check(aborted),
      () => context.destination.stat(ref, aborted),
      () => context.destination.link(ref, aborted),
      () => context.destination.discard({ ref }, aborted),
    ])
      expect((await context.failureOf(operation())).code).toBe('canceled');
    context.expectNoRequest();
    expect(proxy?.connections.made).toBe(connectionsBefore);
    await context.discard({ ref });
  });

  context.faultTest('a cancel during any request ends the upload at once and leaves nothing behind', async (proxy) => {
    for (const bytes of [100_000, context.subject.oneRequestBytes + 1]) {
      for (const number of context.requestNumbers(await context.requestsOf(bytes))) {
        for (const moment of ['while the request stalls', 'before the response'] as const) {
          const controller = new AbortController();
          const checkpoints: Checkpoint[] = [];
          proxy.setRule((request) =>
            request.number === number && moment === 'while the request stalls' ? { kind: 'stall' } : undefined,
          );
          const upload = context.upload(patternSource(bytes), {
            signal: controller.signal,
            onCheckpoint: saveTo(checkpoints),
          });
          const end = upload.then(
            () => 'stored' as const,
            (cause: unknown) => cause as AppFailure,
          );
          await proxy.waitUntil(() => proxy.requests.length >= number);
          controller.abort();
          // The upload must end before the next network event or timer.
          const outcome = await Promise.race([end, setImmediate('still running' as const)]);
          if (outcome === 'still running')
            throw new Error(`request ${number}, ${moment}: the upload did not end at once`);
          if (outcome !== 'stored') expect(outcome.error.code).toBe('canceled');
          await context.settle(outcome === 'stored' ? upload : Promise.reject(outcome), checkpoints, bytes);
        }
      }
    }
  });

  test('a cancel at any moment leaves nothing behind', async () => {
    const { oneRequestBytes, partBytes } = context.subject;
    for (const bytes of [100_000, oneRequestBytes + partBytes]) {
      for (const moment of momentsOf(bytes)) {
        const { checkpoints, upload } = await uploadUntil(context, bytes, moment);
        expect(await context.settle(upload, checkpoints, bytes), `${bytes} bytes, ${moment.what}`).toBe('canceled');
      }
    }
  });

  test('a new driver resumes a canceled upload from the checkpoint alone and creates one object', async () => {
    const { oneRequestBytes, partBytes } = context.subject;
    const bytes = oneRequestBytes + 2 * partBytes + 7;
    for (const moment of momentsOf(bytes)) {
      const { checkpoints } = await uploadUntil(context, bytes, moment);
      const secondDriver = await context.connectAgain();
      const restarts: string[] = [];
      const ref = await context.upload(
        patternSource(bytes),
        { checkpoint: reloadCheckpoint(checkpoints.at(-1)), onRestart: (why) => restarts.push(why) },
        secondDriver,
      );
      secondDriver.close();
      expect(restarts, moment.what).toEqual([]);
      await context.expectContent(ref, bytes);
      expect(await context.remaining(), moment.what).toEqual({ objects: 1, uploads: 0 });
      await context.discard({ ref });
      await context.expectNothingLeft({ what: moment.what });
    }
  });
}

/** A moment of an upload that its caller can observe. */
interface Moment {
  what: string;
  isReached(observed: { checkpoints: number; sent: number }): boolean;
}

const momentsOf = (bytes: number): Moment[] => [
  { what: 'at the first checkpoint', isReached: ({ checkpoints }) => checkpoints > 0 },
  { what: 'at the first byte', isReached: ({ sent }) => sent > 0 },
  { what: 'in the middle', isReached: ({ sent }) => sent >= bytes / 2 },
  { what: 'at the last byte', isReached: ({ sent }) => sent === bytes },
];

/** Uploads a file and cancels the upload at that moment. */
async function uploadUntil(
  context: ConformanceContext,
  bytes: number,
  { isReached }: Moment,
): Promise<{ checkpoints: Checkpoint[]; upload: Promise<Ref> }> {
  const controller = new AbortController();
  const checkpoints: Checkpoint[] = [];
  let sent = 0;
  const cancelIfReached = (): void => {
    if (isReached({ checkpoints: checkpoints.length, sent })) controller.abort();
  };
  const upload = context.upload(patternSource(bytes), {
    signal: controller.signal,
    onCheckpoint: async (checkpoint) => {
      checkpoints.push(checkpoint);
      cancelIfReached();
    },
    onProgress: (bytesSent) => {
      sent = bytesSent;
      cancelIfReached();
    },
  });
  await upload.catch(() => undefined); // The caller checks how the upload ended.
  return { checkpoints, upload };
}
