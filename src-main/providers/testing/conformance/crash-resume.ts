/** Tests that simulate the crash of a process and resume its uploads with a new driver. */
import { expect } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import type { FileSource } from '../../../engine/ports.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import { downloadUrl } from '../open-link.ts';
import { patternSource } from '../pattern-source.ts';
import { reloadCheckpoint, type ConformanceContext } from './context.ts';

/** Whether the service handles the request at which the process crashes. */
type CrashedRequest = 'not served' | 'served';

export function registerCrashResumeTests(context: ConformanceContext): void {
  for (const transfer of ['one request', 'parts'] as const)
    context.crashTest(
      `after a crash at any request, an upload in ${transfer} resumes with few bytes sent twice and creates one object`,
      async (proxy) => {
        const { oneRequestBytes, partBytes, partsAtOnce } = context.subject;
        const size = transfer === 'one request' ? 1234 : oneRequestBytes + 4 * partBytes + 7;
        const total = await context.requestsOf(size);
        for (const crashedRequest of ['not served', 'served'] as const) {
          for (const number of context.requestNumbers(total)) {
            const what = `request ${number} of ${total}, ${crashedRequest}`;
            const checkpoint = await crashAt(context, { number, crashedRequest, source: patternSource(size) });
            expect(checkpoint, what).toBeDefined();
            const sentBeforeCrash = fileBytesReceived(proxy);
            proxy.setRule();
            const secondDriver = await context.connectAgain();
            const progress: number[] = [];
            const ref = await context.upload(
              patternSource(size),
              { checkpoint: reloadCheckpoint(checkpoint), onProgress: (sent) => progress.push(sent) },
              secondDriver,
            );
            secondDriver.close();
            const sentTwice = sentBeforeCrash + fileBytesReceived(proxy) - size;
            expect(sentTwice, `${what}: bytes sent twice`).toBeLessThanOrEqual(Math.min(size, partsAtOnce * partBytes));
            expect(progress.at(-1), what).toBe(size);
            await context.expectContent(ref, size);
            expect(await context.remaining(), what).toEqual({ objects: 1, uploads: 0 });
            await context.discard({ ref });
            await context.expectNothingLeft({ what });
          }
        }
      },
    );

  context.crashTest('a file that is replaced after a crash is sent completely', async (proxy) => {
    const { oneRequestBytes, partBytes } = context.subject;
    const size = oneRequestBytes + 3 * partBytes;
    for (const [what, replacement] of [
      ['longer', patternSource(size + 1)],
      ['shorter', patternSource(size - 1)],
      ['other bytes', invertedFrom(0, size)],
      ['other bytes at the end', invertedFrom(size - 1, size)],
    ] as const) {
      const total = await context.requestsOf(size);
      for (const number of context.sample([total - 1, total], 1)) {
        const checkpoint = await crashAt(context, { number, crashedRequest: 'served', source: patternSource(size) });
        proxy.setRule();
        const ref = await context.upload(replacement, { checkpoint: checkpoint! });
        const { url } = await context.destination.link(ref, neverAborted);
        const stored = await downloadUrl(url, context.subject.values.ca);
        expect(stored.equals(await readAll(replacement)), what).toBe(true);
        // If the first upload was complete before the crash, the old file was stored. The driver deletes the old file,
        // unless the service cannot delete.
        const { objects, uploads } = await context.remaining();
        expect(context.canDelete ? [1] : [1, 2], what).toContain(objects);
        expect(uploads, what).toBe(0);
        await context.discard({ ref });
        await context.expectNothingLeft({ allowUndeletable: 1, what });
      }
    }
  });
}

/**
 * Uploads until the request with this number, then stops like a killed process: no more requests and no more
 * checkpoints.
 * @returns the last saved checkpoint
 */
async function crashAt(
  context: ConformanceContext,
  { number, crashedRequest, source }: { number: number; crashedRequest: CrashedRequest; source: FileSource },
): Promise<Checkpoint | undefined> {
  const { proxy } = context;
  const driver = await context.connectAgain();
  const crash = new AbortController();
  let saved: Checkpoint | undefined;
  proxy.setRule((request) => {
    if (request.number < number) return undefined;
    return request.number === number && crashedRequest === 'served' ? { kind: 'lost-answer' } : { kind: 'stall' };
  });
  const upload = context.upload(
    source,
    {
      signal: crash.signal,
      onCheckpoint: async (checkpoint) => {
        if (!crash.signal.aborted) saved = checkpoint;
      },
    },
    driver,
  );
  const ended = upload.then(
    () => undefined,
    () => undefined,
  );
  await proxy.waitUntil(() => {
    const request = proxy.requests[number - 1];
    return request !== undefined && (crashedRequest === 'not served' || request.wasServed);
  });
  crash.abort();
  await ended;
  driver.close();
  return saved;
}

/** The bytes of the file that reached the proxy since the last `setRule`, with repetitions. */
const fileBytesReceived = (proxy: FaultProxy): number =>
  proxy.requests.reduce((sum, request) => sum + (request.hasFileBody ? request.bytesReceived : 0), 0);

/** The file of {@link patternSource} with every byte from `position` on inverted. */
function invertedFrom(position: number, size: number): FileSource {
  const source = patternSource(size);
  return {
    ...source,
    read: async (into, start) => {
      const count = await source.read(into, start);
      for (let i = Math.max(0, position - start); i < count; i++) into[i] = (into[i] ?? 0) ^ 0xff;
      return count;
    },
  };
}

async function readAll(source: FileSource): Promise<Buffer> {
  const bytes = Buffer.alloc(source.size);
  for (let done = 0; done < bytes.length;) done += await source.read(bytes.subarray(done), done);
  return bytes;
}
