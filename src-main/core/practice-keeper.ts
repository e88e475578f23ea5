/** Keeps Practice running, so that earlier links still open. */
import { practiceId } from '../../src-shared/profile.ts';
import type { AppLog } from '../platform/log.ts';
import { standbyPollMs, type Practice } from '../practice/practice.ts';
import type { ProfileCatalog } from '../profiles/profile-catalog.ts';
import type { Store } from '../store/open.ts';
import type { Intervals } from './clock.ts';

export interface PracticeKeeperPorts {
  practice: Practice;
  catalog: ProfileCatalog;
  store: Store;
  log: AppLog;
  intervals: Intervals;
}

export class PracticeKeeper {
  readonly #ports: PracticeKeeperPorts;
  #reportedProblem: unknown;
  #isClosed = false;

  constructor(ports: PracticeKeeperPorts) {
    this.#ports = ports;
  }

  /** When the process that runs Practice ends, this process takes over at the next interval. */
  start(when: 'needed' | 'always'): void {
    const ensureRunning = (): void => {
      if (when === 'always' || this.#isNeeded()) this.#ensureRunning();
    };
    ensureRunning();
    this.#ports.intervals.every(standbyPollMs, 'run Practice', ensureRunning);
  }

  close(): void {
    this.#isClosed = true;
  }

  #ensureRunning(): void {
    this.#ports.practice.ensure('standby').then(
      () => {
        this.#reportedProblem = undefined;
      },
      (cause: unknown) => {
        // The next interval tries again, so the log gets only the first of a series of errors.
        if (this.#reportedProblem === undefined && !this.#isClosed) this.#ports.log.problem('practice', cause);
        this.#reportedProblem = cause;
      },
    );
  }

  /** Practice has run before, and the user may send files to it or open its links. */
  #isNeeded(): boolean {
    const { store, catalog } = this.#ports;
    return (
      store.settings.get('practice') !== undefined &&
      (catalog.current()?.id === practiceId || store.uploads.ofProfile(practiceId, 1).length > 0)
    );
  }
}
