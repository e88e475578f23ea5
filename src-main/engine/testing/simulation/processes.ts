import { failure } from '../../../../src-shared/errors.ts';
import { defaultConcurrencyLimits, type ConcurrencyLimits } from '../../adaptive-concurrency.ts';
import { Engine } from '../../engine.ts';
import type { Ports } from '../../ports.ts';
import { SimulatedProcess } from './process.ts';
import type { SimulationHarness } from './simulation-harness.ts';

/** Starts and ends processes of Hoist. */
export class SimulatedProcesses {
  /** Dead processes included. */
  readonly all: SimulatedProcess[] = [];
  readonly #harness: SimulationHarness;
  readonly #createPorts: (process: SimulatedProcess) => Ports;

  constructor(harness: SimulationHarness, createPorts: (process: SimulatedProcess) => Ports) {
    this.#harness = harness;
    this.#createPorts = createPorts;
  }

  running(): SimulatedProcess[] {
    return this.all.filter(({ state }) => state === 'running');
  }

  start(): void {
    const { random, log } = this.#harness;
    const process = new SimulatedProcess(this.#harness.nextNumber(), this.#randomConcurrencyLimits());
    process.engine = new Engine(this.#createPorts(process), {
      parallel: 1 + random.integerBelow(9),
      concurrency: process.concurrency,
      blocked: random.happens(0.8) ? 'wait' : 'fail',
    });
    this.all.push(process);
    log.write(`process ${process.number}`);
    process.engine.start();
    void process.engine.adoptOrphans();
  }

  /** The requests in flight arrive or are lost; the process gets no response. */
  kill(process: SimulatedProcess): void {
    if (process.isDead()) return;
    const { random, time, log } = this.#harness;
    log.write(`process ${process.number} is killed`);
    process.state = 'dead';
    this.#dropRequests(process);
    time.after(1 + random.integerBelow(3000), () => {
      if (this.running().length === 0) this.start();
    });
  }

  freeze(process: SimulatedProcess): void {
    process.state = 'frozen';
    process.frozenAt = this.#harness.time.now();
  }

  /** The process gets all queued callbacks at once, and notices a lost lease only at its next heartbeat. */
  thaw(process: SimulatedProcess): void {
    const { random, time } = this.#harness;
    const hasLostLease = process.countsAsDead(time.now());
    process.state = 'running';
    if (!hasLostLease) process.frozenAt = 0;
    else
      time.after(random.integerBelow(10_000), () =>
        process.run(() => {
          process.frozenAt = 0;
          process.engine.onLeaseLost();
        }),
      );
    process.runQueuedCallbacks();
  }

  async quit(process: SimulatedProcess): Promise<void> {
    const { time, log } = this.#harness;
    const startedAt = time.now();
    let hasStopped = false;
    void process.engine.stop().then(() => {
      hasStopped = true;
      if (process.state === 'running') process.state = 'dead';
    });
    const isStopping = (): boolean => !hasStopped && process.state === 'running';
    for (let i = 0; i < 30 && isStopping(); i++) await time.advance(100);
    if (isStopping()) log.report(`quitting took ${time.now() - startedAt} ms`);
    this.#dropRequests(process);
  }

  /** Counts a call of a port. Returns false when the process is dead or this call kills it. */
  survivesCall(process: SimulatedProcess): boolean {
    if (process.isDead()) return false;
    process.portCallsLeft--;
    if (process.portCallsLeft <= 0) this.kill(process);
    return !process.isDead();
  }

  /**
   * Whether a write reaches the disk: not when the process dies before it.
   * @throws AppFailure disk-full
   */
  reachesDisk(process: SimulatedProcess): boolean {
    if (!this.survivesCall(process)) return false;
    if (this.#harness.isDiskFull) throw failure('disk-full');
    return true;
  }

  /** Each request in flight arrives now or never. */
  #dropRequests(process: SimulatedProcess): void {
    for (const request of process.requestsInFlight) {
      process.requestsInFlight.delete(request);
      if (this.#harness.random.happens(0.5)) request.deliver();
    }
    process.runningUploads.clear();
  }

  #randomConcurrencyLimits(): ConcurrencyLimits {
    const { random } = this.#harness;
    const initial = 1 + random.integerBelow(8);
    return {
      initial,
      max: initial + random.integerBelow(4),
      perUpload: 1 + random.integerBelow(4),
      windowMs: defaultConcurrencyLimits.windowMs,
    };
  }
}
