/**
 * The user's permission to start programs that settings of other tools name, such as `credential_process` of an AWS
 * profile. A permission is for one exact command line and is stored as its hash. Hoist asks only after an action of the
 * user at the destination, and at most once for each action.
 */
import { createHash } from 'node:crypto';
import type { ProfileId } from '../../src-shared/upload.ts';
import { abortable } from '../providers/contract/abortable.ts';
import type { DriverPorts, ProgramRequest } from '../providers/contract/provider.ts';
import type { PersistedSetting } from './persisted-setting.ts';

export interface ProgramQuestion extends ProgramRequest {
  destination: string;
}

/** Asks the user outside the page. @returns whether the program may start, now and later */
export type ConfirmProgram = (question: ProgramQuestion) => Promise<boolean>;

export type ProgramPorts = Pick<DriverPorts, 'isProgramAllowed' | 'confirmProgram'>;

export interface ProgramPermissionsPorts {
  /** SHA-256 hashes of the command lines that the user allowed, in hexadecimal; the newest is last. */
  allowed: PersistedSetting<string[]>;
  /** Undefined when no user can answer. */
  confirm: ConfirmProgram | undefined;
  /** ms since 1970 */
  now(): number;
  /** The user has allowed a program, so the uploads that wait for it can run. */
  onAllowed(): void;
  /** How long after an action of the user Hoist may still ask, in ms */
  attentionMs?: number;
}

/** Long enough for an upload that waits behind others; later the user no longer expects a question. */
const defaultAttentionMs = 10 * 60_000;
const maxAllowed = 500;

/** An action of the user. `order`: its position among all actions. `until`: when it no longer justifies a question. */
interface Attention {
  order: number;
  until: number;
}

export class ProgramPermissions {
  readonly #ports: ProgramPermissionsPorts;
  /** The user's last action at each destination. */
  readonly #attention = new Map<ProfileId, Attention>();
  #actionCount = 0;
  /** For each refused command line: the number of actions before the refusal. Only later actions may ask again. */
  readonly #refused = new Map<string, number>();
  readonly #openQuestions = new Map<string, Promise<boolean>>();
  /** The number of requests of each destination that wait for an answer. */
  readonly #waiting = new Map<ProfileId, number>();
  /** Resolves when the last question is closed. */
  #lastQuestion: Promise<unknown> = Promise.resolve();

  constructor(ports: ProgramPermissionsPorts) {
    this.#ports = ports;
  }

  /** The user acts at this destination: uploads, retries, edits or checks. */
  onUserAction(id: ProfileId): void {
    this.#attention.set(id, this.#newAttention());
  }

  /** Whether a request of this destination waits for the user's answer. */
  isOpen(id: ProfileId): boolean {
    return (this.#waiting.get(id) ?? 0) > 0;
  }

  /** The ports of a saved destination, which asks only after an action of the user. */
  portOf(id: ProfileId, destination: string): ProgramPorts {
    return this.#port(destination, () => this.#attention.get(id), id);
  }

  /** The ports of one action of the user, such as the test of a form. */
  portForAction(destination: string): ProgramPorts {
    const attention = this.#newAttention();
    return this.#port(destination, () => attention);
  }

  /** The ports of a request that the user did not start. */
  portWithoutQuestion(): ProgramPorts {
    return { isProgramAllowed: (commandLine) => this.#isAllowed(hashOf(commandLine)) };
  }

  #port(destination: string, attention: () => Attention | undefined, id?: ProfileId): ProgramPorts {
    return {
      isProgramAllowed: (commandLine) => {
        const isAllowed = this.#isAllowed(hashOf(commandLine));
        // The action led to a start. A program that replaces this one later needs another action.
        if (isAllowed) endAttention(attention());
        return isAllowed;
      },
      confirmProgram: async (request, signal) => {
        const answer = this.#answer({ ...request, destination }, attention());
        if (!answer) return false;
        this.#countWaiting(id, 1);
        try {
          return await abortable(answer, signal);
        } finally {
          this.#countWaiting(id, -1);
        }
      },
    };
  }

  /** The answer to an open question about the same command line, or to a new one; undefined if Hoist may not ask. */
  #answer(question: ProgramQuestion, attention: Attention | undefined): Promise<boolean> | undefined {
    const hash = hashOf(question.commandLine);
    const open =
      this.#openQuestions.get(hash) ?? (this.#mayAsk(hash, attention) ? this.#ask(hash, question) : undefined);
    if (open) endAttention(attention);
    return open;
  }

  #mayAsk(hash: string, attention: Attention | undefined): boolean {
    return (
      attention !== undefined && attention.order > (this.#refused.get(hash) ?? 0) && attention.until > this.#ports.now()
    );
  }

  /** Shows one question at a time. */
  #ask(hash: string, question: ProgramQuestion): Promise<boolean> {
    const answer = this.#lastQuestion
      .then(() => this.#ports.confirm?.(question) ?? false)
      .then((isAllowed) => {
        if (isAllowed) this.#allow(hash);
        else this.#refused.set(hash, this.#actionCount);
        return isAllowed;
      })
      .finally(() => this.#openQuestions.delete(hash));
    this.#openQuestions.set(hash, answer);
    this.#lastQuestion = Promise.allSettled([answer]);
    return answer;
  }

  /** Read at each use, because another Hoist process may have asked. */
  #isAllowed(hash: string): boolean {
    return this.#ports.allowed.get()?.includes(hash) ?? false;
  }

  #allow(hash: string): void {
    const others = (this.#ports.allowed.get() ?? []).filter((other) => other !== hash);
    this.#ports.allowed.set([...others, hash].slice(-maxAllowed));
    this.#ports.onAllowed();
  }

  #newAttention(): Attention {
    this.#actionCount += 1;
    return { order: this.#actionCount, until: this.#ports.now() + (this.#ports.attentionMs ?? defaultAttentionMs) };
  }

  #countWaiting(id: ProfileId | undefined, change: 1 | -1): void {
    if (id !== undefined) this.#waiting.set(id, (this.#waiting.get(id) ?? 0) + change);
  }
}

const hashOf = (commandLine: string): string => createHash('sha256').update(commandLine).digest('hex');

function endAttention(attention: Attention | undefined): void {
  if (attention) attention.until = -Infinity;
}
