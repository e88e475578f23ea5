/** The state of one run of the conformance suite, and the actions and checks that its tests share. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import { AppFailure, type AppError, type ErrorCode } from '../../../../src-shared/errors.ts';
import type { Checkpoint, Ref, Verification } from '../../../../src-shared/upload.ts';
import type { Transfer } from '../../../engine/ports.ts';
import { createSampler } from '../../../testing/sample.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import { connectDestination, type ConnectedDestination } from '../../destination/connect.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import { openLink } from '../open-link.ts';
import { fillPattern, patternSource } from '../pattern-source.ts';
import type { ConformanceSubject, Depth, RemainingCounts } from './subject.ts';

export const ports: DriverPorts = { now: Date.now, randomBytes: (count) => randomBytes(count) };

type UploadOutcome = 'stored' | ErrorCode;

/** An `onCheckpoint` that adds each checkpoint to the list. */
export const saveTo =
  (checkpoints: Checkpoint[]) =>
  async (checkpoint: Checkpoint): Promise<void> => {
    checkpoints.push(checkpoint);
  };

/** A checkpoint as the next process reads it from the records. */
export const reloadCheckpoint = (checkpoint: Checkpoint | undefined): Checkpoint =>
  JSON.parse(JSON.stringify(checkpoint)) as Checkpoint;

export class ConformanceContext {
  readonly depth: Depth;
  readonly sample: ReturnType<typeof createSampler>;
  /** Every failure that a test saw, for the search for secrets at the end. */
  readonly failures: AppFailure[] = [];
  /** Everything printed or warned about during the tests: a driver must not print. */
  readonly consoleOutput: string[] = [];
  /** The number of tests that this service cannot run. */
  skippedTests = 0;
  #subject: ConformanceSubject | undefined;
  #destination: ConnectedDestination | undefined;
  /** The objects that the suite has stored and not deleted. */
  readonly #storedRefs = new Set<Ref>();
  /** The number of files that the service kept because it cannot delete. They are expected and no longer counted. */
  #undeletable = 0;
  /** The files and checkpoints, as JSON, whose files are counted in `#undeletable`. */
  readonly #knownUndeletable = new Set<string>();

  constructor(name: string, depth: Depth) {
    this.depth = depth;
    this.sample = createSampler(name);
  }

  async connect(subject: ConformanceSubject): Promise<void> {
    this.#subject = subject;
    this.#destination = await this.connectAgain();
  }

  async stop(): Promise<void> {
    this.#destination?.close();
    await this.#subject?.stop();
  }

  get subject(): ConformanceSubject {
    if (!this.#subject) throw new Error('the service has not started');
    return this.#subject;
  }

  get destination(): ConnectedDestination {
    if (!this.#destination) throw new Error('the destination is not connected');
    return this.#destination;
  }

  get proxy(): FaultProxy {
    if (!this.subject.proxy) throw new Error('this service has no fault proxy');
    return this.subject.proxy;
  }

  get canDelete(): boolean {
    return this.subject.provider.capabilities.canDelete;
  }

  get reach(): Verification {
    return this.subject.reach ?? 'this-computer';
  }

  /** A second driver for the same destination, as another process would have. */
  connectAgain(): Promise<ConnectedDestination> {
    return connectDestination(this.subject.provider, this.subject.values, ports);
  }

  // ---------------------------------------------------------------- registration of tests

  /** Registers a test that only the depths `whole` and `live` run. */
  fullTest(title: string, act: () => Promise<void>): void {
    if (this.depth === 'whole' || this.depth === 'live') test(title, act);
  }

  /** Registers a test that injects faults or inspects the requests. */
  faultTest(title: string, act: (proxy: FaultProxy) => Promise<void>): void {
    if (this.depth === 'live') this.skippedTests++;
    else if (this.depth !== 'brief') test(title, () => act(this.proxy));
  }

  /** Registers a test that simulates a crash. */
  crashTest(title: string, act: (proxy: FaultProxy) => Promise<void>): void {
    if (this.depth !== 'basic') this.faultTest(title, act);
  }

  // ---------------------------------------------------------------- actions

  async upload(
    source: Transfer['source'],
    transfer: Partial<Transfer> = {},
    destination = this.destination,
  ): Promise<Ref> {
    const ref = await destination.upload({
      source,
      signal: neverAborted,
      onCheckpoint: async () => undefined,
      onProgress: () => undefined,
      ...transfer,
    });
    this.#storedRefs.add(ref);
    return ref;
  }

  /** Discards an upload or a file. If the service cannot delete, checks that it refuses to delete an existing file. */
  async discard(target: { checkpoint: Checkpoint } | { ref: Ref }): Promise<void> {
    if (this.canDelete) {
      await this.destination.discard(target, neverAborted);
      if ('ref' in target) this.#storedRefs.delete(target.ref);
      return;
    }
    const error = await this.destination.discard(target, neverAborted).then(
      () => undefined,
      (cause: unknown) => (cause as AppFailure).error,
    );
    // A file that an earlier call has hidden looks deleted to a later one.
    if (error === undefined && 'ref' in target)
      expect(await this.destination.stat(target.ref, neverAborted)).toBeUndefined();
    if (error !== undefined) expect(error.code).toBe('forbidden');
    if (error === undefined || this.#knownUndeletable.has(JSON.stringify(target))) return;
    this.#knownUndeletable.add(JSON.stringify(target));
    this.#undeletable = Math.min(this.#undeletable + 1, (await this.#leftovers()).objects);
  }

  /** Waits for the end of an upload, checks a stored file, discards everything, and checks that nothing is left. */
  async settle(upload: Promise<Ref>, checkpoints: Checkpoint[], size: number): Promise<UploadOutcome> {
    let outcome: UploadOutcome;
    let ref: Ref | undefined;
    try {
      ref = await upload;
      await this.expectContent(ref, size);
      outcome = 'stored';
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      this.failures.push(cause);
      outcome = cause.error.code;
    }
    this.subject.proxy?.setRule();
    const checkpoint = checkpoints.at(-1);
    if (ref !== undefined) await this.discard({ ref });
    else if (checkpoint !== undefined) await this.discard({ checkpoint });
    await this.expectNothingLeft({ allowUndeletable: 1 });
    return outcome;
  }

  /** The error with which `work` fails. */
  async failureOf(work: Promise<unknown>): Promise<AppError> {
    const cause: unknown = await work.then(
      (value) => {
        throw new Error(`did not fail but returned ${inspect(value)}`);
      },
      (thrown: unknown) => thrown,
    );
    if (!(cause instanceof AppFailure)) throw cause;
    this.failures.push(cause);
    return cause.error;
  }

  /** The number of requests of an upload without faults. */
  async requestsOf(bytes: number): Promise<number> {
    this.proxy.setRule();
    const ref = await this.upload(patternSource(bytes));
    const total = this.proxy.requests.length;
    await this.discard({ ref });
    return total;
  }

  /**
   * The requests of an upload at which a test injects a fault: all, or a sample of the first, the last and one between.
   */
  requestNumbers(total: number): number[] {
    return this.sample(
      Array.from({ length: total }, (_, index) => index + 1),
      3,
      (number) => [number === 1 ? 'first' : number === total ? 'last' : 'between'],
    );
  }

  // ---------------------------------------------------------------- checks

  /** Opens the link as an anonymous client and compares every byte. */
  async expectContent(ref: Ref, size: number): Promise<void> {
    const { url } = await this.destination.link(ref, neverAborted);
    const response = await openLink(url, { ca: this.subject.values.ca });
    expect(response.status, url).toBe(200);
    let position = 0;
    for await (const chunk of response.body) {
      const expected = Buffer.allocUnsafe(chunk.length);
      fillPattern(expected, position);
      if (!expected.equals(chunk)) throw new Error(`the content differs after byte ${position}`);
      position += chunk.length;
    }
    expect(position).toBe(size);
  }

  /**
   * Checks that no object or upload is left. If the service cannot delete, `allowUndeletable` files of failed uploads
   * may be left.
   */
  async expectNothingLeft({
    allowUndeletable = 0,
    what,
  }: { allowUndeletable?: number; what?: string } = {}): Promise<void> {
    const { objects, uploads } = await this.remaining();
    if (this.canDelete) return expect({ objects, uploads }, what).toEqual({ objects: 0, uploads: 0 });
    expect(uploads, what).toBe(0);
    expect(objects, what).toBeLessThanOrEqual(allowUndeletable);
    this.#undeletable += objects;
  }

  /** Checks that no request was sent since the last `setRule`. Without a proxy the requests are unknown. */
  expectNoRequest(): void {
    if (this.subject.proxy) expect(this.subject.proxy.requests).toEqual([]);
  }

  /** The objects and uploads that exist, without the known files that the service cannot delete. */
  async remaining(): Promise<RemainingCounts> {
    const { objects, uploads } = await this.#leftovers();
    return { objects: objects - this.#undeletable, uploads };
  }

  async #leftovers(): Promise<RemainingCounts> {
    return this.subject.leftovers?.() ?? { objects: this.#storedRefs.size, uploads: 0 };
  }
}
