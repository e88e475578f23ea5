/** Tells how each given file ended, in the order in which they were given, as soon as all before it have ended. */
import type { AppError } from '../../src-shared/errors.ts';
import { text } from '../../src-shared/text/text.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import type { Given, Refusal } from './given-files.ts';
import type { Terminal } from './terminal.ts';
import { errorJson, printable, problem, uploadJson } from './words.ts';

type Outcome = { typed: string; refused: Refusal } | { typed: string; view: UploadView };

export class Report {
  readonly #terminal: Terminal;
  readonly #form: 'links' | 'json';
  readonly #outcomes: (Outcome | undefined)[];
  #next = 0;
  #telling: Promise<void> = Promise.resolve();
  #failed = 0;

  constructor(terminal: Terminal, given: readonly Given[], form: 'links' | 'json') {
    this.#terminal = terminal;
    this.#form = form;
    this.#outcomes = given.map((one) => ('refused' in one ? one : undefined));
    this.#tell();
  }

  get failed(): number {
    return this.#failed;
  }

  ended(place: number, typed: string, view: UploadView): void {
    this.#outcomes[place] = { typed, view };
    this.#tell();
  }

  /** Resolves when everything that could be told was taken. */
  told(): Promise<void> {
    return this.#telling;
  }

  #tell(): void {
    for (let outcome = this.#outcomes[this.#next]; outcome; outcome = this.#outcomes[++this.#next]) {
      const one = outcome;
      if (!('view' in one) || one.view.status !== 'done') this.#failed++;
      this.#telling = this.#telling.then(() => this.#one(one));
    }
  }

  async #one(outcome: Outcome): Promise<void> {
    const words = spoken(outcome);
    if (words !== undefined) this.#terminal.say(words);
    if (this.#form === 'json') return this.#terminal.result(JSON.stringify(asJson(outcome)));
    if ('view' in outcome && outcome.view.link) await this.#terminal.result(outcome.view.link.url);
  }
}

function spoken(outcome: Outcome): string | undefined {
  if ('refused' in outcome) return refusalWords(outcome.typed, outcome.refused);
  const { status, error, verification } = outcome.view;
  if (error) return problem(outcome.typed, error);
  if (status === 'canceled') return text('cli.canceled', { name: printable(outcome.typed) });
  // Whatever else it is, somebody goes on with it.
  if (status !== 'done') return text('cli.paused', { name: printable(outcome.typed) });
  return verification === 'unreachable' ? text('cli.unreachable', { name: printable(outcome.typed) }) : undefined;
}

const refusalWords = (typed: string, refused: Refusal): string =>
  typeof refused === 'string' ? text(`cli.${refused}`, { name: printable(typed) }) : problem(typed, refused);

function asJson(outcome: Outcome): object {
  const { typed: file } = outcome;
  return 'view' in outcome
    ? uploadJson(outcome.view, { file })
    : { file, status: 'failed', error: refusalJson(file, outcome.refused) };
}

const refusalJson = (typed: string, refused: AppError | Exclude<Refusal, AppError>): object =>
  typeof refused === 'string' ? { code: refused, what: refusalWords(typed, refused) } : errorJson(refused);
