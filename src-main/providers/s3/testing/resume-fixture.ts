/** Steps of tests that interrupt an upload and resume it with another driver. */
import { UploadPartCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { MiB } from '../../../platform/testing/mib.ts';
import { requestKind, s3Faults, type RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import type { Checkpoint, Json, Ref, RestartReason } from '../../../../src-shared/upload.ts';
import type { FileSource } from '../../../engine/ports.ts';
import type { TransferFrom } from '../../contract/provider.ts';
import type { FaultRule, ProxiedRequest } from '../../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../../testing/pattern-source.ts';
import {
  amazonWithFiveMiBParts,
  createTransfer,
  customStore,
  fiveMiBParts,
  keyOf,
  recordTo,
  type DriverFixture,
} from './driver-fixture.ts';
import { createTestDriver, type S3DriverOverrides } from './subject.ts';

export const partBytes = 5 * MiB;
/** Five parts; the last one is small. */
export const fivePartBytes = 4 * partBytes + 7;

/** A store whose ETags are not checksums. */
export const opaqueEtags = customStore({ preferredPartBytes: partBytes, etag: 'opaque' });
/** The kinds of stores, by the checksums that they report. For test.each. */
export const storeKinds: [string, S3DriverOverrides][] = [
  ['a store with MD5 ETags', fiveMiBParts],
  ['Amazon', amazonWithFiveMiBParts],
  ['a store with opaque ETags', opaqueEtags],
];

export const accessDenied = {
  kind: 'answer',
  status: 403,
  body: '<Error><Code>AccessDenied</Code></Error>',
} as const;

export interface SavedCheckpoint {
  [entry: string]: Json;
  key: string;
  uploadId: string;
}

/** Starts an upload that the faults make fail. @returns its last checkpoint */
export async function interruptUpload(
  { proxy, values }: DriverFixture,
  faults: FaultRule,
  {
    overrides = fiveMiBParts,
    source = patternSource(fivePartBytes),
  }: { overrides?: S3DriverOverrides; source?: FileSource } = {},
): Promise<SavedCheckpoint> {
  const checkpoints: Checkpoint[] = [];
  proxy.setRule(faults);
  const driver = createTestDriver(values, overrides);
  await driver.upload(createTransfer(source, { onCheckpoint: recordTo(checkpoints) })).then(
    () => {
      throw new Error('the upload succeeded in spite of the faults');
    },
    () => undefined,
  );
  driver.close();
  proxy.setRule();
  return checkpoints.at(-1) as SavedCheckpoint;
}

/** Creates an upload whose first three parts another process sent. */
export async function createThreePartUpload(
  fixture: DriverFixture,
  overrides: S3DriverOverrides = fiveMiBParts,
): Promise<SavedCheckpoint> {
  const checkpoint = await interruptUpload(fixture, s3Faults({ kind: 'part', fault: accessDenied }), { overrides });
  const content = patternBytes(fivePartBytes);
  for (const number of [1, 2, 3])
    await uploadStoredPart(fixture, checkpoint, {
      number,
      bytes: content.subarray((number - 1) * partBytes, number * partBytes),
      hasCrc: overrides === amazonWithFiveMiBParts,
    });
  return checkpoint;
}

/** Sends a part without Hoist's driver. */
export async function uploadStoredPart(
  { practice }: DriverFixture,
  { key, uploadId }: Pick<SavedCheckpoint, 'key' | 'uploadId'>,
  { number, bytes, hasCrc = false }: { number: number; bytes: Buffer; hasCrc?: boolean },
): Promise<void> {
  await practice.newClient({ requestChecksumCalculation: hasCrc ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED' }).send(
    new UploadPartCommand({
      Bucket: 'practice',
      Key: key,
      UploadId: uploadId,
      PartNumber: number,
      Body: bytes,
      ...(hasCrc ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
    }),
  );
}

export interface ResumedUpload {
  ref: Ref;
  requestKinds: RequestKind[];
  restarts: RestartReason[];
  progress: number[];
  /** Sum of the file bytes in all requests. */
  bytesSent: number;
  checkpoints: Checkpoint[];
}

/** Resumes an upload with a new driver. @throws errors of the driver */
export async function resumeWithNewDriver(
  fixture: DriverFixture,
  checkpoint: Checkpoint,
  {
    overrides = fiveMiBParts,
    source = patternSource(fivePartBytes),
    faults,
    transferOptions = {},
  }: {
    overrides?: S3DriverOverrides;
    source?: FileSource;
    faults?: FaultRule;
    transferOptions?: Partial<TransferFrom<FileSource>>;
  } = {},
): Promise<ResumedUpload> {
  const { proxy } = fixture;
  const restarts: RestartReason[] = [];
  const progress: number[] = [];
  const checkpoints: Checkpoint[] = [];
  proxy.setRule(faults);
  const ref = await fixture.createDriver(overrides).upload(
    createTransfer(source, {
      checkpoint: JSON.parse(JSON.stringify(checkpoint)) as Checkpoint,
      onProgress: (sent) => progress.push(sent),
      onCheckpoint: recordTo(checkpoints),
      onRestart: (reason) => restarts.push(reason),
      ...transferOptions,
    }),
  );
  return {
    ref,
    requestKinds: proxy.requests.map(requestKind),
    restarts,
    progress,
    checkpoints,
    bytesSent: fixture.fileRequests().reduce((sum, request) => sum + request.bytesReceived, 0),
  };
}

/** Checks that the store has this object with these bytes, and no other data. */
export async function expectOnlyObject(
  { practice }: DriverFixture,
  ref: Ref,
  content = patternBytes(fivePartBytes),
): Promise<void> {
  expect((await practice.bytes(keyOf(ref))).equals(content)).toBe(true);
  expect(await practice.itemCounts()).toEqual({ objects: 1, uploads: 0 });
}

/** A file with this content. */
export const sourceWith = (content: Buffer): FileSource => ({
  ...patternSource(content.length),
  read: async (into, position) => content.copy(into, 0, position, position + into.length),
});

export const partNumberOf = (request: ProxiedRequest): number => Number(/partNumber=(\d+)/.exec(request.target)?.[1]);
