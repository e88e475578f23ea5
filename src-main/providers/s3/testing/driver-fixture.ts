/** A fixture for tests of the bare S3 driver: Practice behind the fault proxy, and drivers that connect to it. */
import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { MiB } from '../../../platform/testing/mib.ts';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../../../src-shared/upload.ts';
import type { FileSource } from '../../../engine/ports.ts';
import type { PracticePorts } from '../../../practice/practice.ts';
import type { TestPractice } from '../../../practice/testing/test-practice.ts';
import type { Driver, TransferFrom } from '../../contract/provider.ts';
import type { FaultProxy, ProxiedRequest } from '../../testing/fault-proxy.ts';
import { customService, services } from '../presets.ts';
import { startFaultyPractice } from './faulty-practice.ts';
import { createTestDriver, type S3DriverOverrides } from './subject.ts';

/** A driver for Amazon sends CRC32 checksums. A driver for any other store sends MD5 checksums. */
export const amazonTraits = services.find(({ id }) => id === 'aws')!;
export const customStore = (traits: Partial<typeof customService>): S3DriverOverrides => ({
  settings: { store: { ...customService, ...traits } },
});
/** Files of more than 5 MiB are sent in parts of 5 MiB, S3's minimum. */
export const fiveMiBParts = customStore({ preferredPartBytes: 5 * MiB });
export const amazonWithFiveMiBParts: S3DriverOverrides = {
  settings: { store: { ...amazonTraits, preferredPartBytes: 5 * MiB } },
};

export class DriverFixture {
  readonly practice: TestPractice;
  readonly proxy: FaultProxy;
  /** Form values that lead to Practice through the proxy. */
  readonly values: FieldValues;
  readonly #stopServers: () => Promise<void>;
  readonly #drivers: Driver[] = [];

  private constructor(servers: Awaited<ReturnType<typeof startFaultyPractice>>) {
    this.practice = servers.practice;
    this.proxy = servers.proxy;
    this.values = servers.values;
    this.#stopServers = servers.stop;
  }

  static async start(practicePorts: Partial<PracticePorts> = {}): Promise<DriverFixture> {
    return new DriverFixture(await startFaultyPractice(practicePorts));
  }

  async stop(): Promise<void> {
    for (const driver of this.#drivers.splice(0)) driver.close();
    await this.#stopServers();
  }

  /** Creates a driver that `stop` closes. */
  createDriver(overrides: S3DriverOverrides = {}, values: FieldValues = this.values): Driver {
    const driver = createTestDriver(values, overrides);
    this.#drivers.push(driver);
    return driver;
  }

  /** Returns the bytes of the stored object. */
  storedBytes(ref: Ref): Promise<Buffer> {
    return this.practice.bytes(keyOf(ref));
  }

  /** Returns the requests with file bytes in their body. */
  fileRequests(): ProxiedRequest[] {
    return this.proxy.requests.filter((request) => request.hasFileBody);
  }
}

export const createTransfer = (
  source: FileSource,
  overrides: Partial<TransferFrom<FileSource>> = {},
): TransferFrom<FileSource> => ({
  source,
  signal: neverAborted,
  onCheckpoint: async () => undefined,
  onProgress: () => undefined,
  ...overrides,
});

/** Appends each checkpoint to the list. */
export const recordTo =
  (checkpoints: Checkpoint[]): TransferFrom<FileSource>['onCheckpoint'] =>
  async (checkpoint) => {
    checkpoints.push(checkpoint);
  };

export const keyOf = (ref: Ref): string => (ref as { key: string }).key;
export const isCompleteRequest = (request: ProxiedRequest): boolean =>
  request.method === 'POST' && request.target.includes('uploadId=');

/** Returns the error that the work throws. */
export const thrownBy = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('did not fail');
    },
    (cause: unknown) => cause as Error,
  );

/** Returns the code of the AppFailure that the work throws, or the name of any other error. */
export const errorCodeOf = async (work: Promise<unknown>): Promise<string> => {
  const cause = await thrownBy(work);
  return cause instanceof AppFailure ? cause.error.code : cause.name;
};

export const crc32 = (bytes: Buffer): string => {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(zlib.crc32(bytes));
  return checksum.toString('base64');
};
export const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');
