/**
 * A fixture for tests of faults: Practice behind the fault proxy, upload attempts like those of the engine, and a check
 * of the result. After each case the store must have one object with the file's bytes, or nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure, errorTable, type AppError, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint, Ref, RestartReason } from '../../../../src-shared/upload.ts';
import { requestKind, type RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import { retryLimits } from '../../../engine/decide.ts';
import type { FileSource } from '../../../engine/ports.ts';
import type { PracticePorts } from '../../../practice/practice.ts';
import { TestPractice } from '../../../practice/testing/test-practice.ts';
import { testSeed, seededRandom, type SeededRandom } from '../../../store/testing/seeded-random.ts';
import { caseCount } from '../../../testing/sample.ts';
import { connectDestination, type ConnectedDestination } from '../../destination/connect.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import { FaultProxy, type FaultRule } from '../../testing/fault-proxy.ts';
import { patternBytes, patternSource } from '../../testing/pattern-source.ts';
import { createS3Driver, type S3DriverOptions } from '../driver.ts';
import { mapS3Error } from '../errors.ts';
import { s3 } from '../index.ts';
import { customService, services } from '../presets.ts';
import { s3TestPorts } from './subject.ts';

export const minPartBytes = 5 * 1024 ** 2;
/** Two parts; the second one is small. */
export const twoPartBytes = minPartBytes + 7;
export const awsService = services.find((service) => service.id === 'aws')!;

/** The idle limit (ms) in tests of stalled connections. */
export const idleMs = 1000;

/** The request that meets the fault: one of an upload in parts, of a small file (`put`) or of a cleanup (`abort`). */
export type FaultStage = 'create' | 'part' | 'list' | 'complete' | 'head' | 'put' | 'abort';
export const faultStages: readonly FaultStage[] = ['create', 'part', 'list', 'complete', 'head', 'put', 'abort'];
export const requestKindAt = (stage: FaultStage): RequestKind => (stage === 'list' ? 'list-parts' : stage);

/** The outcome of an upload, with the errors of its failed attempts. */
export interface AttemptOutcome {
  outcome: 'done' | ErrorCode;
  errors: AppError[];
  restarts: RestartReason[];
  ref?: Ref;
  checkpoint?: Checkpoint | undefined;
}

export interface AttemptOptions {
  source(): FileSource | Promise<FileSource>;
  checkpoint?: Checkpoint;
  /** Runs between a failed attempt and the next one. */
  onFailedAttempt?(): void | Promise<void>;
  destination?: ConnectedDestination;
}

export class FaultFixture {
  readonly practice: TestPractice;
  readonly proxy: FaultProxy;
  readonly #connected: ConnectedDestination[] = [];

  private constructor(practice: TestPractice, proxy: FaultProxy) {
    this.practice = practice;
    this.proxy = proxy;
  }

  static async start(practicePorts: Partial<PracticePorts> = {}): Promise<FaultFixture> {
    const practice = await TestPractice.start(practicePorts);
    return new FaultFixture(practice, await FaultProxy.start(practice.address.endpoint));
  }

  async stop(): Promise<void> {
    for (const destination of this.#connected) destination.close();
    await this.proxy.stop();
    await this.practice.stop();
  }

  /** Connects a destination. `service`: the service that the driver assumes. */
  async connect({
    endpoint = this.proxy.url,
    service = customService,
    driverOptions = {},
    driverPorts = {},
    values = {},
  }: {
    endpoint?: string;
    service?: typeof customService;
    driverOptions?: Partial<S3DriverOptions>;
    driverPorts?: Partial<DriverPorts>;
    values?: FieldValues;
  } = {}): Promise<ConnectedDestination> {
    const provider = {
      ...s3,
      load: async () => ({
        errorOf: mapS3Error,
        connect: (settings: Parameters<typeof createS3Driver>[0], connectPorts: DriverPorts) =>
          createS3Driver({ ...settings, store: { ...service, preferredPartBytes: minPartBytes } }, connectPorts, {
            retryMs: 1,
            recheckDelaysMs: [5, 20],
            ...driverOptions,
          }),
      }),
    };
    const { endpoint: _, ...rest } = this.practice.address;
    const destination = await connectDestination(
      provider,
      { ...rest, endpoint, pathStyle: 'true', linkKind: 'expiring', ...values },
      { ...s3TestPorts, ...driverPorts },
    );
    this.#connected.push(destination);
    return destination;
  }

  // ---------------------------------------------------------------- attempts

  /** Repeats the upload by the engine's rules, without pauses. */
  async uploadWithRetries({
    source,
    checkpoint,
    onFailedAttempt,
    destination: given,
  }: AttemptOptions): Promise<AttemptOutcome> {
    const destination = given ?? (await this.connect());
    const result: AttemptOutcome = { outcome: 'done', errors: [], restarts: [], checkpoint };
    for (;;) {
      try {
        result.ref = await this.#uploadOnce(destination, await source(), result);
        return result;
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        result.errors.push(cause.error);
        await onFailedAttempt?.();
        const { retry } = errorTable[cause.error.code];
        if (retry === 'never' || result.errors.length >= retryLimits.attempts)
          return { ...result, outcome: cause.error.code };
      }
    }
  }

  async #uploadOnce(destination: ConnectedDestination, source: FileSource, result: AttemptOutcome): Promise<Ref> {
    try {
      const ref = await destination.upload({
        source,
        signal: neverAborted,
        checkpoint: result.checkpoint,
        onProgress: () => undefined,
        onRestart: (why) => result.restarts.push(why),
        onCheckpoint: async (checkpoint) => {
          result.checkpoint = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
        },
      });
      const { size } = (await destination.stat(ref, neverAborted)) ?? { size: undefined };
      if (size !== source.size) throw new AppFailure({ code: 'corrupted' });
      return ref;
    } finally {
      await source.close();
    }
  }

  /** Checks the result and leaves the store empty for the next case. */
  async expectStoredOrNothing(
    result: AttemptOutcome,
    caseName: string,
    content: Buffer = patternBytes(twoPartBytes),
  ): Promise<void> {
    this.proxy.setRule();
    const destination = await this.connect();
    if (result.outcome === 'done') {
      const { url } = await destination.link(result.ref!, neverAborted);
      const answer = await fetch(url);
      expect(answer.status, `${caseName}: ${url}`).toBe(200);
      expect(sha256(Buffer.from(await answer.arrayBuffer())), caseName).toBe(sha256(content));
      expect(await this.practice.itemCounts(), caseName).toEqual({ objects: 1, uploads: 0 });
      await destination.discard({ ref: result.ref! }, neverAborted);
    } else {
      expect(result.outcome, caseName).not.toBe('bug');
      if (result.checkpoint !== undefined) await destination.discard({ checkpoint: result.checkpoint }, neverAborted);
    }
    expect(await this.practice.itemCounts(), caseName).toEqual({ objects: 0, uploads: 0 });
  }

  // ---------------------------------------------------------------- earlier uploads

  /** Creates an upload of two parts that another process left. The first part is at the store. */
  async createOpenUpload(): Promise<Checkpoint> {
    const { client } = this.practice;
    const Key = `2026/11/24/${randomBytes(12).toString('base64url')}/file.bin`;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key }));
    await client.send(
      new UploadPartCommand({ Bucket: 'practice', Key, UploadId, PartNumber: 1, Body: patternBytes(minPartBytes) }),
    );
    return { v: 1, bucket: 'practice', key: Key, size: twoPartBytes, uploadId: UploadId!, partSize: minPartBytes };
  }

  /** Creates an object whose upload never received the answer to Complete. @returns the upload's checkpoint */
  async createCompletedUpload(): Promise<Checkpoint> {
    let lastCheckpoint: Checkpoint = null;
    const destination = await this.connect({ endpoint: this.practice.address.endpoint });
    await destination.upload({
      source: patternSource(twoPartBytes),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        lastCheckpoint = checkpoint;
      },
    });
    destination.close();
    return lastCheckpoint;
  }

  /** Creates the data that an upload needs to reach this stage. @returns the checkpoint to resume from */
  async prepareStage(stage: FaultStage): Promise<Checkpoint | undefined> {
    if (stage === 'list' || stage === 'abort') return this.createOpenUpload();
    return stage === 'head' ? this.createCompletedUpload() : undefined;
  }

  /** Runs an upload that reaches this stage, or a cleanup for the stage `abort`, with these faults. */
  async runStage(stage: FaultStage, faults: FaultRule, options: Partial<AttemptOptions> = {}): Promise<AttemptOutcome> {
    const checkpoint = await this.prepareStage(stage);
    const destination = options.destination ?? (await this.connect());
    this.proxy.setRule(faults);
    if (stage === 'abort') return this.#runDiscard(destination, checkpoint!, options);
    return this.uploadWithRetries({
      source: () => patternSource(stage === 'put' ? 1000 : twoPartBytes),
      ...options,
      destination,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
  }

  /** Runs one cleanup. It does not retry, because the engine repeats a failed cleanup later. */
  async #runDiscard(
    destination: ConnectedDestination,
    checkpoint: Checkpoint,
    { onFailedAttempt }: Partial<AttemptOptions>,
  ): Promise<AttemptOutcome> {
    const errors: AppError[] = [];
    try {
      await destination.discard({ checkpoint }, neverAborted);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      errors.push(cause.error);
      await onFailedAttempt?.();
    }
    return { outcome: errors[0]?.code ?? 'canceled', errors, restarts: [], checkpoint };
  }

  /** Returns the number of requests of the stage's kind. */
  requestCount(stage: FaultStage): number {
    return this.proxy.requests.filter((seen) => requestKind(seen) === requestKindAt(stage)).length;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Returns the content of the file that `runStage` uploads. */
export const stageContent = (stage: FaultStage): Buffer => patternBytes(stage === 'put' ? 1000 : twoPartBytes);

/** Returns the number of random cases: `full` in a full run, a tenth in a short run, multiplied by HOIST_RUNS. */
export const repeatCount = (full: number): number =>
  Math.max(1, Math.round(caseCount({ full, sample: full / 10 }) * Number(process.env.HOIST_RUNS ?? 1)));

/**
 * Runs a case for each of `count` consecutive seeds, so that `seed % n` covers n kinds of cases. HOIST_SEED runs only
 * the case with that seed.
 */
export async function forEachSeed(
  name: string,
  count: number,
  run: (random: SeededRandom, caseName: string, seed: number) => Promise<void>,
): Promise<void> {
  const firstSeed = testSeed(name);
  const isSingleCase = process.env.HOIST_SEED !== undefined;
  for (let i = 0; i < (isSingleCase ? 1 : count); i++) {
    const seed = firstSeed + i;
    try {
      await run(seededRandom(seed), `${name} with HOIST_SEED=${seed}`, seed);
    } catch (cause) {
      console.error(`${name} failed with HOIST_SEED=${seed}`);
      throw cause;
    }
  }
}
