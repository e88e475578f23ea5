/** The last request of an upload, and the number of requests before it. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestKind, s3Faults } from '../../../e2e/servers/s3-fault-plan.ts';
import { patternSource } from '../testing/pattern-source.ts';
import {
  amazonWithFiveMiBParts,
  createTransfer,
  DriverFixture,
  fiveMiBParts,
  keyOf,
} from './testing/driver-fixture.ts';
import {
  expectOnlyObject,
  fivePartBytes,
  interruptUpload,
  partBytes,
  resumeWithNewDriver,
} from './testing/resume-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
beforeEach(async () => {
  fixture = await DriverFixture.start();
});
afterEach(() => fixture.stop());

test('a new upload sends one request, or one request per part plus Create and Complete', async () => {
  for (const overrides of [fiveMiBParts, amazonWithFiveMiBParts]) {
    for (const [size, requestKinds] of [
      [0, ['put']],
      [partBytes, ['put']],
      [fivePartBytes, ['create', 'part', 'part', 'part', 'part', 'part', 'complete']],
    ] as const) {
      fixture.proxy.setRule();
      await fixture.createDriver(overrides).upload(createTransfer(patternSource(size)));
      expect(fixture.proxy.requests.map(requestKind)).toEqual(requestKinds);
    }
  }
});

describe('the answer to Complete', () => {
  test.each([
    ['MD5', fiveMiBParts, (text: string) => text.replace(/[0-9a-f]{32}-5/, `${'0'.repeat(32)}-5`)],
    ['CRC32', amazonWithFiveMiBParts, (text: string) => text.replace(/(<ChecksumCRC32>)[^<]+-5/, '$1AAAAAA==-5')],
  ] as const)(
    'with a wrong %s makes the upload fail, and the next attempt checks the object',
    async (_, overrides, body) => {
      const wrongChecksum = s3Faults({ kind: 'complete', fault: { kind: 'tamper', body } });
      const checkpoint = await interruptUpload(fixture, wrongChecksum, { overrides });
      // Only the answer was wrong. The next attempt accepts the object.
      const resumed = await resumeWithNewDriver(fixture, checkpoint, { overrides });
      expect(resumed.requestKinds).toEqual(['list-parts', 'head']);
      await expectOnlyObject(fixture, resumed.ref);
    },
  );

  test.each(['"abc"', `"${'0'.repeat(32)}-4"`, `"${'0'.repeat(32)}"`])(
    'may have an ETag that is not a checksum of five parts: %s',
    async (etag) => {
      const changeEtag = (text: string): string => text.replace(/<ETag>[^<]*/, `<ETag>${etag}`);
      fixture.proxy.setRule(s3Faults({ kind: 'complete', fault: { kind: 'tamper', body: changeEtag } }));
      await fixture.createDriver(fiveMiBParts).upload(createTransfer(patternSource(fivePartBytes)));
    },
  );
});

test('an object that another client writes to the key stays, and the file gets another key', async () => {
  let takenKey = '';
  const source = patternSource(fivePartBytes, {
    onRead: async (position) => {
      if (position > fivePartBytes - partBytes && takenKey !== '') await fixture.practice.put(takenKey, 'theirs');
    },
  });
  const ref = await fixture.createDriver(fiveMiBParts).upload(
    createTransfer(source, {
      onCheckpoint: async (checkpoint) => {
        if (takenKey === '') takenKey = keyOf(checkpoint);
      },
    }),
  );
  expect(keyOf(ref)).not.toBe(takenKey);
  expect((await fixture.practice.bytes(takenKey)).toString()).toBe('theirs');
  expect(
    (await fixture.practice.client.send(new HeadObjectCommand({ Bucket: 'practice', Key: keyOf(ref) }))).ContentLength,
  ).toBe(fivePartBytes);
  expect(await fixture.practice.itemCounts()).toEqual({ objects: 2, uploads: 0 });
});
