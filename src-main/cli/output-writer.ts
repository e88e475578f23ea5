/**
 * Prints the outcome of each file, in the order in which the user named the files. An outcome is printed as soon as all
 * files before it have ended.
 */
import type { AppError } from '../../src-shared/errors.ts';
import { text } from '../../src-shared/text/text.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import type { InputFile, InputRefusal } from './input-files.ts';
import type { Terminal } from './terminal.ts';
import { errorJson, printable, formatProblem, uploadJson } from './format.ts';

type Outcome = { typed: string; refused: InputRefusal } | { typed: string; view: UploadView };

export class OutputWriter {
  readonly #terminal: Terminal;
  readonly #format: 'links' | 'json';
  readonly #outcomes: (Outcome | undefined)[];
  #next = 0;
  #writing: Promise<void> = Promise.resolve();
  #failed = 0;

  constructor(terminal: Terminal, inputs: readonly InputFile[], format: 'links' | 'json') {
    this.#terminal = terminal;
    this.#format = format;
    this.#outcomes = inputs.map((input) => ('refused' in input ? input : undefined));
    this.#writeReady();
  }

  get failed(): number {
    return this.#failed;
  }

  onEnded(position: number, typed: string, view: UploadView): void {
    this.#outcomes[position] = { typed, view };
    this.#writeReady();
  }

  /** Resolves when all outcomes known so far are written. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #writeReady(): void {
    for (let next = this.#outcomes[this.#next]; next; next = this.#outcomes[++this.#next]) {
      const outcome = next;
      if (!('view' in outcome) || outcome.view.status !== 'done') this.#failed++;
      this.#writing = this.#writing.then(() => this.#writeOutcome(outcome));
    }
  }

  async #writeOutcome(outcome: Outcome): Promise<void> {
    const message = outcomeMessage(outcome);
    if (message !== undefined) this.#terminal.message(message);
    if (this.#format === 'json') return this.#terminal.result(JSON.stringify(asJson(outcome)));
    if ('view' in outcome && outcome.view.link) await this.#terminal.result(outcome.view.link.url);
  }
}

function outcomeMessage(outcome: Outcome): string | undefined {
  if ('refused' in outcome) return refusalMessage(outcome.typed, outcome.refused);
  const { status, error, verification } = outcome.view;
  if (error) return formatProblem(outcome.typed, error);
  if (status === 'canceled') return text('cli.canceled', { name: printable(outcome.typed) });
  // In any other state the upload can still be resumed.
  if (status !== 'done') return text('cli.paused', { name: printable(outcome.typed) });
  return verification === 'unreachable' ? text('cli.unreachable', { name: printable(outcome.typed) }) : undefined;
}

const refusalMessage = (typed: string, refused: InputRefusal): string =>
  typeof refused === 'string' ? text(`cli.${refused}`, { name: printable(typed) }) : formatProblem(typed, refused);

function asJson(outcome: Outcome): object {
  const { typed: file } = outcome;
  return 'view' in outcome
    ? uploadJson(outcome.view, { file })
    : { file, status: 'failed', error: refusalJson(file, outcome.refused) };
}

const refusalJson = (typed: string, refused: AppError | Exclude<InputRefusal, AppError>): object =>
  typeof refused === 'string' ? { code: refused, what: refusalMessage(typed, refused) } : errorJson(refused);
