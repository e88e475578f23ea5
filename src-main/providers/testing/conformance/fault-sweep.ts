/** Tests that inject each fault at each request of an upload. */
import { expect } from 'vitest';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import type { Fault } from '../fault-proxy.ts';
import { patternSource } from '../pattern-source.ts';
import { saveTo, type ConformanceContext } from './context.ts';

const faults: { name: string; fault: Fault }[] = [
  { name: 'status 500', fault: { kind: 'answer', status: 500 } },
  { name: 'a connection reset', fault: { kind: 'reset' } },
  { name: 'a lost response', fault: { kind: 'lost-answer' } },
  { name: 'a flipped bit', fault: { kind: 'flip-bit' } },
];

export function registerFaultSweepTests(context: ConformanceContext): void {
  for (const { name, fault } of faults) {
    const isCorruption = fault.kind === 'flip-bit';
    for (const transfer of ['one request', 'parts'] as const)
      context.faultTest(
        `an upload in ${transfer} with ${name} at a single request stores no damaged file and leaves nothing behind`,
        async (proxy) => {
          const size = transfer === 'one request' ? 1234 : context.subject.oneRequestBytes + 1;
          const outcomes: string[] = [];
          for (const number of context.requestNumbers(await context.requestsOf(size))) {
            const checkpoints: Checkpoint[] = [];
            proxy.setRule((request) => (request.number === number ? fault : undefined));
            const upload = context.upload(patternSource(size), { onCheckpoint: saveTo(checkpoints) });
            outcomes.push(await context.settle(upload, checkpoints, size));
          }
          expect(outcomes).not.toContain('bug');
          // The driver retries a single network fault.
          if (!isCorruption) expect(outcomes).toEqual(outcomes.map(() => 'stored'));
        },
      );

    context.faultTest(
      `an upload with ${name} at every request from any point on leaves nothing behind`,
      async (proxy) => {
        const size = context.subject.oneRequestBytes + 1;
        const total = await context.requestsOf(size);
        for (const number of context.requestNumbers(total)) {
          const checkpoints: Checkpoint[] = [];
          proxy.setRule((request) =>
            request.number >= number && (!isCorruption || request.hasFileBody) ? fault : undefined,
          );
          const upload = context.upload(patternSource(size), { onCheckpoint: saveTo(checkpoints) });
          const outcome = await context.settle(upload, checkpoints, size);
          expect(outcome, `from request ${number} of ${total} on`).not.toBe('bug');
          if (!isCorruption) expect(outcome).not.toBe('stored');
        }
      },
    );
  }

  context.faultTest('an upload that starts again cleans up its failed attempt', async (proxy) => {
    const size = context.subject.oneRequestBytes + 1;
    const checkpoints: Checkpoint[] = [];
    proxy.setRule((request) => (request.hasFileBody ? { kind: 'answer', status: 403 } : undefined));
    const failed = context.upload(patternSource(size), { onCheckpoint: saveTo(checkpoints) });
    expect((await context.failureOf(failed)).code).toBe('forbidden');
    proxy.setRule();
    const ref = await context.upload(patternSource(size), { checkpoint: checkpoints.at(-1)! });
    await context.expectContent(ref, size);
    expect(await context.remaining()).toEqual({ objects: 1, uploads: 0 });
    await context.discard({ ref });
  });
}
