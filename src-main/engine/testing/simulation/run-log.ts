/** The trace of one simulation, the problems that the checks found, and how often each event happened. */
export class RunLog {
  readonly trace: string[] = [];
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(line: string): void {
    this.trace.push(`${this.#now()} ${line}`);
  }

  count(event: string): void {
    this.counts[event] = (this.counts[event] ?? 0) + 1;
  }

  report(problem: string): void {
    // Later problems are usually consequences of the first ones.
    if (this.problems.length < 5) {
      this.problems.push(problem);
      this.write(`PROBLEM ${problem}`);
    }
  }
}
