/**
 * Asks the user for the codes that destinations need, such as MFA codes, and tracks which destinations wait for one.
 */
import type { CodeRequest, DriverPorts } from '../providers/contract/provider.ts';
import type { ProfileId } from '../../src-shared/upload.ts';

/** @throws AppFailure secret-missing when the user does not answer, canceled */
export type AskForCode = (question: CodeRequest & { destination: string }, signal: AbortSignal) => Promise<string>;

export class CodePromptTracker {
  readonly #ask: AskForCode | undefined;
  /** The number of open prompts of each destination. */
  readonly #openCounts = new Map<ProfileId, number>();

  /** @param ask undefined when no user can answer */
  constructor(ask: AskForCode | undefined) {
    this.#ask = ask;
  }

  isOpen(id: ProfileId): boolean {
    return (this.#openCounts.get(id) ?? 0) > 0;
  }

  /** The driver's port for code requests. @param id undefined for a form that is not saved */
  port(destination: string, id?: ProfileId): Pick<DriverPorts, 'promptForCode'> {
    const ask = this.#ask;
    if (!ask) return {};
    return {
      promptForCode: async (question, signal) => {
        if (id !== undefined) this.#count(id, 1);
        try {
          return await ask({ ...question, destination }, signal);
        } finally {
          if (id !== undefined) this.#count(id, -1);
        }
      },
    };
  }

  #count(id: ProfileId, change: 1 | -1): void {
    this.#openCounts.set(id, (this.#openCounts.get(id) ?? 0) + change);
  }
}
