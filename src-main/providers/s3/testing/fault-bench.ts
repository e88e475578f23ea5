/**
 * A bench for faults: Practice behind the fault proxy, a file that is tried as the engine tries it, and an oracle. After
 * every case there is one object that holds the file, or nothing at all.
 */
import { createHash, randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { AppFailure, errorTable, type AppError, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Checkpoint, Ref, Restarted } from '../../../../src-shared/upload.ts';
import { requestKind, type RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import { retryLimits } from '../../../engine/decide.ts';
import type { FileSource } from '../../../engine/ports.ts';
import type { PracticePorts } from '../../../practice/practice.ts';
import { ServedPractice } from '../../../practice/testing/served.ts';
import { seedFor, seeded, type Seeded } from '../../../store/testing/seeded.ts';
import { connectDestination, type ConnectedDestination } from '../../connect.ts';
import type { DriverPorts } from '../../provider.ts';
import { FaultProxy, type Plan } from '../../testing/faults.ts';
import { patternOf, patternSource } from '../../testing/source.ts';
import { connectWith, type Tuning } from '../driver.ts';
import { errorOf } from '../errors.ts';
import { s3 } from '../index.ts';
import { customService, services } from '../presets.ts';
import { ports } from './subject.ts';

export const part = 5 * 1024 ** 2;
/** Two parts, the second of them small. */
export const twoParts = part + 7;
export const never = new AbortController().signal;
export const aws = services.find((service) => service.id === 'aws')!;

/** Without a byte for so long (ms) a connection counts as dead, where a test is about that. */
export const idleMs = 300;

export type Stage = 'create' | 'part' | 'list' | 'complete' | 'head' | 'put' | 'abort';
export const stages: readonly Stage[] = ['create', 'part', 'list', 'complete', 'head', 'put', 'abort'];
export const kindOf = (stage: Stage): RequestKind => (stage === 'list' ? 'list-parts' : stage);

/** What ended how: `errors` are those of the attempts that failed. */
export interface Ended {
  outcome: 'done' | ErrorCode;
  errors: AppError[];
  restarts: Restarted[];
  ref?: Ref;
  checkpoint?: Checkpoint | undefined;
}

export interface Trial {
  source(): FileSource | Promise<FileSource>;
  checkpoint?: Checkpoint;
  /** Runs after each attempt that failed, as time passes before the next one. */
  meanwhile?(): void | Promise<void>;
  through?: ConnectedDestination;
}

export class Bench {
  readonly practice: ServedPractice;
  readonly proxy: FaultProxy;
  readonly #connected: ConnectedDestination[] = [];

  private constructor(practice: ServedPractice, proxy: FaultProxy) {
    this.practice = practice;
    this.proxy = proxy;
  }

  static async start(practicePorts: Partial<PracticePorts> = {}): Promise<Bench> {
    const practice = await ServedPractice.start(practicePorts);
    return new Bench(practice, await FaultProxy.start(practice.address.endpoint));
  }

  async stop(): Promise<void> {
    for (const one of this.#connected) one.close();
    await this.proxy.stop();
    await this.practice.stop();
  }

  /** A destination as a profile would be; `like`: which service it takes the server for. */
  async connect({
    endpoint = this.proxy.url,
    like = customService,
    tuning = {},
    driverPorts = {},
    values = {},
  }: {
    endpoint?: string;
    like?: typeof customService;
    tuning?: Partial<Tuning>;
    driverPorts?: Partial<DriverPorts>;
    values?: FieldValues;
  } = {}): Promise<ConnectedDestination> {
    const provider = {
      ...s3,
      load: async () => ({
        errorOf,
        connect: (settings: Parameters<typeof connectWith>[0], its: DriverPorts) =>
          connectWith({ ...settings, store: { ...like, preferredPartBytes: part } }, its, {
            retryMs: 1,
            lookAgainMs: [5, 20],
            ...tuning,
          }),
      }),
    };
    const { endpoint: _, ...rest } = this.practice.address;
    const destination = await connectDestination(
      provider,
      { ...rest, endpoint, pathStyle: 'true', linkKind: 'expiring', ...values },
      { ...ports, ...driverPorts },
    );
    this.#connected.push(destination);
    return destination;
  }

  // ---------------------------------------------------------------- trying as the engine does

  /** Attempts without their pauses, by the same table and limits. */
  async attempt({ source, checkpoint, meanwhile, through }: Trial): Promise<Ended> {
    const destination = through ?? (await this.connect());
    const ended: Ended = { outcome: 'done', errors: [], restarts: [], checkpoint };
    for (;;) {
      try {
        ended.ref = await this.#once(destination, await source(), ended);
        return ended;
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        ended.errors.push(cause.error);
        await meanwhile?.();
        const { retry } = errorTable[cause.error.code];
        if (retry === 'never' || ended.errors.length >= retryLimits.attempts)
          return { ...ended, outcome: cause.error.code };
      }
    }
  }

  async #once(destination: ConnectedDestination, source: FileSource, ended: Ended): Promise<Ref> {
    try {
      const ref = await destination.upload({
        source,
        signal: never,
        checkpoint: ended.checkpoint,
        onProgress: () => undefined,
        onRestart: (why) => ended.restarts.push(why),
        onCheckpoint: async (checkpoint) => {
          ended.checkpoint = JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;
        },
      });
      const { size } = (await destination.stat(ref, never)) ?? { size: undefined };
      if (size !== source.size) throw new AppFailure({ code: 'corrupted' });
      return ref;
    } finally {
      await source.close();
    }
  }

  /** The oracle. Leaves the store empty for the next case. */
  async expectWhole(ended: Ended, what: string, content: Buffer = patternOf(twoParts)): Promise<void> {
    this.proxy.set();
    const plain = await this.connect();
    if (ended.outcome === 'done') {
      const { url } = await plain.link(ended.ref!, never);
      const answer = await fetch(url);
      expect(answer.status, `${what}: ${url}`).toBe(200);
      expect(sha256(Buffer.from(await answer.arrayBuffer())), what).toBe(sha256(content));
      expect(await this.practice.leftovers(), what).toEqual({ objects: 1, uploads: 0 });
      await plain.discard({ ref: ended.ref! }, never);
    } else {
      expect(ended.outcome, what).not.toBe('bug');
      if (ended.checkpoint !== undefined) await plain.discard({ checkpoint: ended.checkpoint }, never);
    }
    expect(await this.practice.leftovers(), what).toEqual({ objects: 0, uploads: 0 });
  }

  // ---------------------------------------------------------------- what was there before

  /** An upload of two parts that another process left, with the first part at the store. */
  async openUpload(): Promise<Checkpoint> {
    const { client } = this.practice;
    const Key = `2026/11/24/${randomBytes(12).toString('base64url')}/file.bin`;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: 'practice', Key }));
    await client.send(
      new UploadPartCommand({ Bucket: 'practice', Key, UploadId, PartNumber: 1, Body: patternOf(part) }),
    );
    return { v: 1, bucket: 'practice', key: Key, size: twoParts, uploadId: UploadId!, partSize: part };
  }

  /** An upload that was completed, and whose process never heard of it. */
  async completedUpload(): Promise<Checkpoint> {
    let last: Checkpoint = null;
    const direct = await this.connect({ endpoint: this.practice.address.endpoint });
    await direct.upload({
      source: patternSource(twoParts),
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async (checkpoint) => {
        last = checkpoint;
      },
    });
    direct.close();
    return last;
  }

  /** Whatever has to be there for an upload to come to this stage. */
  async before(stage: Stage): Promise<Checkpoint | undefined> {
    if (stage === 'list' || stage === 'abort') return this.openUpload();
    return stage === 'head' ? this.completedUpload() : undefined;
  }

  /** Runs what comes to this stage, under the plan: an upload, or for `abort` its clean-up. */
  async through(stage: Stage, plan: Plan, trial: Partial<Trial> = {}): Promise<Ended> {
    const checkpoint = await this.before(stage);
    const destination = trial.through ?? (await this.connect());
    this.proxy.set(plan);
    if (stage === 'abort') return this.#discarded(destination, checkpoint!, trial);
    return this.attempt({
      source: () => patternSource(stage === 'put' ? 1000 : twoParts),
      ...trial,
      through: destination,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
  }

  /** A clean-up that could not be done is done later, whatever it was. */
  async #discarded(
    destination: ConnectedDestination,
    checkpoint: Checkpoint,
    { meanwhile }: Partial<Trial>,
  ): Promise<Ended> {
    const errors: AppError[] = [];
    try {
      await destination.discard({ checkpoint }, never);
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      errors.push(cause.error);
      await meanwhile?.();
    }
    return { outcome: errors[0]?.code ?? 'canceled', errors, restarts: [], checkpoint };
  }

  /** How many requests of the stage's kind came. */
  count(stage: Stage): number {
    return this.proxy.seen.filter((seen) => requestKind(seen) === kindOf(stage)).length;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What a stage's file holds. */
export const contentOf = (stage: Stage): Buffer => patternOf(stage === 'put' ? 1000 : twoParts);

/** How often chance decides: `usual` times in `npm test`, that times HOIST_RUNS when more is asked for. */
export const runs = (usual: number): number => Math.max(1, Math.round(usual * Number(process.env.HOIST_RUNS ?? 1)));

/** Every case of chance has a seed of its own and can be run again by it alone. */
export async function eachSeed(
  name: string,
  count: number,
  run: (random: Seeded, what: string) => Promise<void>,
): Promise<void> {
  const first = seedFor(name);
  const only = process.env.HOIST_SEED !== undefined;
  for (let i = 0; i < (only ? 1 : count); i++) {
    const seed = first + i;
    try {
      await run(seeded(seed), `${name} with HOIST_SEED=${seed}`);
    } catch (cause) {
      console.error(`${name} failed with HOIST_SEED=${seed}`);
      throw cause;
    }
  }
}
