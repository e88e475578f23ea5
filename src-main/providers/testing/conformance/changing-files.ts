import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure } from '../../../../src-shared/errors.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import { downloadUrl } from '../open-link.ts';
import { patternBytes, patternSource, rewrittenSource, truncatedSource } from '../pattern-source.ts';
import { saveTo, type ConformanceContext } from './context.ts';

export function registerChangingFileTests(context: ConformanceContext): void {
  test('a file that ends early never counts as stored and leaves nothing behind', async () => {
    const { oneRequestBytes, partBytes } = context.subject;
    for (const [size, endsAt] of [
      [1000, 999],
      [1000, 0],
      [oneRequestBytes, oneRequestBytes / 2],
      [oneRequestBytes + partBytes, oneRequestBytes + 1],
      [2 * partBytes + 5, 2 * partBytes + 4],
    ] as const) {
      for (const source of [patternSource(size, { endsAt }), truncatedSource(size, endsAt)]) {
        const checkpoints: Checkpoint[] = [];
        const upload = context.upload(source, { onCheckpoint: saveTo(checkpoints) });
        const outcome = await context.settle(upload, checkpoints, size);
        expect(outcome, `${endsAt} of ${size}`).toBe('source-changed');
      }
    }
  });

  test('a file that changes during its upload is never stored', async () => {
    for (const size of [500, context.subject.oneRequestBytes + 1]) {
      const source = patternSource(size, {
        check: async () => {
          throw new AppFailure({ code: 'source-changed' });
        },
      });
      const checkpoints: Checkpoint[] = [];
      const error = await context.failureOf(context.upload(source, { onCheckpoint: saveTo(checkpoints) }));
      expect(error.code).toBe('source-changed');
      expect((await context.remaining()).objects).toBe(0);
      await context.discard({ checkpoint: checkpoints.at(-1)! });
      await context.expectNothingLeft();
    }
  });

  test('of a file rewritten during its upload, no mix of old and new bytes is stored', async () => {
    const { partBytes } = context.subject;
    const size = 4 * partBytes + 7;
    const checkpoints: Checkpoint[] = [];
    const upload = context.upload(rewrittenSource(size, 3 * partBytes), { onCheckpoint: saveTo(checkpoints) });
    const [result] = await Promise.allSettled([upload]);
    // The upload may either fail or send the new content completely.
    if (result.status === 'rejected') {
      expect((await context.failureOf(upload)).code).toBe('source-changed');
      await context.discard({ checkpoint: checkpoints.at(-1)! });
    } else {
      const ref = result.value;
      const newContent = patternBytes(size);
      newContent[0]! ^= 1;
      const { url } = await context.destination.link(ref, neverAborted);
      expect((await downloadUrl(url, context.subject.values.ca)).equals(newContent)).toBe(true);
      await context.discard({ ref });
    }
    await context.expectNothingLeft();
  });

  test('a file larger than the limit sends no request', async () => {
    const { proxy, provider } = context.subject;
    proxy?.setRule();
    const error = await context.failureOf(context.upload(patternSource(provider.capabilities.maxBytes + 1024)));
    expect(error.code).toBe('too-large');
    context.expectNoRequest();
  });
}
