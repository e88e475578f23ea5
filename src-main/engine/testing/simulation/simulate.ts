/**
 * Runs the whole engine in virtual time through every kind of fault: processes that die at any call, sleep or meet
 * another process; networks and stores that fail; files that change; a full disk; and random user actions. One seed
 * determines the whole run. After the run, the invariants check the final state.
 */
import { checkFinalState, checkSettledState } from './invariants.ts';
import { createSimulatedPorts } from './ports.ts';
import { SimulatedProcesses } from './processes.ts';
import { performRandomEvent } from './random-events.ts';
import { noFaults } from './store.ts';
import { resumeOrRetry } from './user-actions.ts';
import { hasEnded, SimulationHarness } from './simulation-harness.ts';

const minute = 60_000;

interface SimulationResult {
  seed: number;
  trace: string[];
  problems: string[];
  counts: Record<string, number>;
}

export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed);
  await simulation.run();
  const { trace, problems, counts } = simulation.log;
  return { seed, trace, problems, counts };
}

class Simulation {
  readonly #harness: SimulationHarness;
  readonly #processes: SimulatedProcesses;

  constructor(seed: number) {
    this.#harness = new SimulationHarness(seed);
    this.#processes = new SimulatedProcesses(this.#harness, (process) =>
      createSimulatedPorts(this.#harness, this.#processes, process),
    );
  }

  get log(): SimulationHarness['log'] {
    return this.#harness.log;
  }

  async run(): Promise<void> {
    const { random, time } = this.#harness;
    this.#harness.changeFaultRates();
    this.#processes.start();
    const eventCount = 8 + random.integerBelow(28);
    for (let i = 0; i < eventCount && !this.#hasProblems(); i++) {
      await this.#reportErrors(() => performRandomEvent(this.#harness, this.#processes));
      await this.#reportErrors(() => time.advance(random.durationMs()));
    }
    if (this.#hasProblems()) return;
    await this.#reportErrors(() => this.#recover());
    await this.#reportErrors(async () => checkSettledState(this.#harness));
    if (this.#hasProblems()) return;
    await this.#reportErrors(() => this.#resumeAll());
    await this.#reportErrors(async () => checkFinalState(this.#harness));
  }

  #hasProblems(): boolean {
    return this.log.problems.length > 0;
  }

  async #reportErrors(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      this.log.problems.push(`thrown: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    }
  }

  /** Ends every fault and lets the remaining processes run until nothing more happens. */
  async #recover(): Promise<void> {
    const harness = this.#harness;
    harness.log.write('all faults end');
    harness.isOnline = true;
    harness.isDiskFull = false;
    for (const store of harness.stores) {
      store.faultRates = noFaults;
      store.rejectsWith = undefined;
    }
    for (const process of this.#processes.all) {
      process.portCallsLeft = Infinity;
      if (process.state === 'frozen') this.#processes.thaw(process);
    }
    await harness.time.advance(10_000);
    if (this.#processes.running().length === 0) this.#processes.start();
    await this.#runUntilSettled();
  }

  async #runUntilSettled(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      for (const { engine } of this.#processes.running()) {
        void engine.adoptOrphans();
        for (const { profileId } of this.#harness.stores) engine.onProfileChanged(profileId);
      }
      await this.#harness.time.advance(round < 5 ? 20_000 : 3 * minute);
      // Cleanups at a store that cannot delete may stay pending.
      const mayHaveCleanups = round > 6;
      if (this.#isSettled() && (mayHaveCleanups || this.#harness.pendingCleanups().length === 0)) return;
    }
  }

  #isSettled(): boolean {
    return (
      [...this.#harness.rows.values()].every((row) => hasEnded(row) || row.status === 'paused') &&
      this.#processes.all.every(({ runningUploads }) => runningUploads.size === 0) &&
      this.#harness.runnableCleanups().length === 0
    );
  }

  async #resumeAll(): Promise<void> {
    this.log.write('resume all uploads');
    for (let round = 0; round < 3; round++) {
      for (const { engine } of this.#processes.running())
        for (const upload of this.#harness.uploads()) resumeOrRetry(this.#harness, engine, upload);
      await this.#runUntilSettled();
    }
  }
}
