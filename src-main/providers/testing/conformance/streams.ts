/** Tests of uploads whose length is not known in advance. */
import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import { patternStream } from '../pattern-source.ts';
import { saveTo, type ConformanceContext } from './context.ts';

export function registerStreamTests(context: ConformanceContext): void {
  test('a downloaded file has the bytes of the uploaded stream, for every length', async () => {
    const { partBytes } = context.subject;
    for (const size of [0, 1, partBytes, 3 * partBytes]) {
      const ref = await context.upload(patternStream(size));
      expect(await context.destination.stat(ref, neverAborted), String(size)).toEqual({ size });
      await context.expectContent(ref, size);
      expect(await context.remaining(), String(size)).toEqual({ objects: 1, uploads: 0 });
      await context.discard({ ref });
    }
  });

  test('a stream that fails leaves nothing behind', async () => {
    const { partBytes } = context.subject;
    for (const breaksAt of [0, 1, partBytes, 2 * partBytes + 5]) {
      const checkpoints: Checkpoint[] = [];
      const source = patternStream(3 * partBytes, { breaksAt });
      const error = await context.failureOf(context.upload(source, { onCheckpoint: saveTo(checkpoints) }));
      expect(error.code).toBe('source-unreadable');
      if (checkpoints.length > 0) await context.discard({ checkpoint: checkpoints.at(-1)! });
      await context.expectNothingLeft({ what: `breaks at ${breaksAt}` });
    }
  });

  test('a stream that is canceled leaves nothing behind', async () => {
    const { partBytes } = context.subject;
    for (const cancelAfter of [1, partBytes, 2 * partBytes]) {
      const controller = new AbortController();
      const checkpoints: Checkpoint[] = [];
      const upload = context.upload(patternStream(3 * partBytes), {
        signal: controller.signal,
        onProgress: (sent) => {
          if (sent >= cancelAfter) controller.abort();
        },
        onCheckpoint: saveTo(checkpoints),
      });
      expect((await context.failureOf(upload)).code).toBe('canceled');
      await context.discard({ checkpoint: checkpoints.at(-1)! });
      await context.expectNothingLeft({ what: `canceled after ${cancelAfter} bytes` });
    }
  });

  context.faultTest('a stream that is canceled at any request leaves nothing behind', async (proxy) => {
    for (const number of [1, 2, 3]) {
      const controller = new AbortController();
      const checkpoints: Checkpoint[] = [];
      proxy.setRule();
      const failure = context.failureOf(
        context.upload(patternStream(3 * context.subject.partBytes), {
          signal: controller.signal,
          onCheckpoint: saveTo(checkpoints),
        }),
      );
      await proxy.waitUntil(() => proxy.requests.length >= number);
      controller.abort();
      expect((await failure).code).toBe('canceled');
      await context.discard({ checkpoint: checkpoints.at(-1)! });
      await context.expectNothingLeft({ what: `request ${number}` });
    }
  });
}
