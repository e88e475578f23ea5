/** This computer as providers see it, with all environment variables that are known so far. */
import { createComputer } from '../platform/computer.ts';
import type { Computer } from '../platform/computer.ts';

export class CurrentComputer {
  readonly #changed: () => void;
  #computer: Computer;

  constructor(env: Record<string, string | undefined>, changed: () => void) {
    this.#computer = createComputer(env);
    this.#changed = changed;
  }

  get(): Computer {
    return this.#computer;
  }

  /** Adds the variables of a login shell: an app that was started from the desktop does not have them. */
  addVariables(variables: Record<string, string>): void {
    this.#computer = createComputer(this.#computer.env, variables);
    this.#changed();
  }
}
