/**
 * Prints the outcome of each file, in the order in which the user named the files. An outcome is printed as soon as all
 * files before it have ended.
 */
import type { AppError } from '../../src-shared/errors.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import type { InputFile, InputRefusal } from './input-files.ts';
import type { OutcomeReport } from './outcome-report.ts';
import type { Terminal } from './terminal.ts';
import { errorJson, printable, formatProblem, uploadJson } from './format.ts';

type Outcome = { typed: string; refused: InputRefusal } | { typed: string; view: UploadView; report: OutcomeReport };

export class OutputWriter {
  readonly #terminal: Terminal;
  readonly #format: 'links' | 'json';
  /** The outcome of each file; undefined until the file has ended. */
  readonly #outcomes: (Outcome | undefined)[];
  /** The position of the first outcome that is not printed yet. */
  #next = 0;
  #writing: Promise<void> = Promise.resolve();
  #failed = 0;
  #linkProblems = 0;

  constructor(terminal: Terminal, inputs: readonly InputFile[], format: 'links' | 'json') {
    this.#terminal = terminal;
    this.#format = format;
    this.#outcomes = inputs.map((input) => ('refused' in input ? input : undefined));
    this.#writeReady();
  }

  get failed(): number {
    return this.#failed;
  }

  /** The number of uploaded files whose link does not open for others. */
  get linkProblems(): number {
    return this.#linkProblems;
  }

  onEnded(position: number, typed: string, view: UploadView, report: OutcomeReport): void {
    this.#outcomes[position] = { typed, view, report };
    this.#writeReady();
  }

  /** Resolves when all outcomes known so far are written. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #writeReady(): void {
    for (;;) {
      const outcome = this.#outcomes[this.#next];
      if (!outcome) return;
      this.#next++;
      if (!('view' in outcome) || outcome.view.status !== 'done') this.#failed++;
      else if (outcome.report.linkProblem) this.#linkProblems++;
      this.#writing = this.#writing.then(() => this.#writeOutcome(outcome));
    }
  }

  async #writeOutcome(outcome: Outcome): Promise<void> {
    for (const message of outcomeMessages(outcome)) this.#terminal.message(message);
    if (this.#format === 'json') return this.#terminal.result(JSON.stringify(asJson(outcome)));
    if ('view' in outcome && outcome.view.link) await this.#terminal.result(outcome.view.link.url);
  }
}

function outcomeMessages(outcome: Outcome): string[] {
  if ('refused' in outcome) return [refusalMessage(outcome.typed, outcome.refused)];
  const { status, error } = outcome.view;
  const name = printable(outcome.typed);
  const fallback = fallbackMessages(outcome);
  if (error) return [...fallback, formatProblem(outcome.typed, error, outcome.report.fix)];
  if (status === 'canceled') return [...fallback, text('cli.canceled', { name })];
  // In any other state the upload can still be resumed.
  if (status !== 'done') return [...fallback, text('cli.paused', { name })];
  const { linkProblem } = outcome.report;
  return linkProblem ? [...fallback, `${name}: ${linkProblem.what} ${linkProblem.remedy}`] : fallback;
}

function fallbackMessages({ typed, view, report }: Extract<Outcome, { view: unknown }>): string[] {
  const name = printable(typed);
  return [
    ...report.failed.map(({ destination, error, fix }) => {
      const { what } = errorText(error, 'shell');
      const message = text('cli.fallback.failed', { name, destination: printable(destination), what });
      return fix === undefined ? message : `${message} ${fix}`;
    }),
    ...report.withheld.map(({ destination, reason }) =>
      text(`cli.withheld.${reason}`, { name, destination: printable(destination) }),
    ),
    ...(report.failed.length > 0 && view.status === 'done'
      ? [text('cli.fallback.used', { name, destination: printable(view.destination) })]
      : []),
  ];
}

const refusalMessage = (typed: string, refused: InputRefusal): string =>
  typeof refused === 'string' ? text(`cli.${refused}`, { name: printable(typed) }) : formatProblem(typed, refused);

function asJson(outcome: Outcome): object {
  const { typed: file } = outcome;
  return 'view' in outcome
    ? {
        ...uploadJson(outcome.view, { file }),
        ...(outcome.view.error ? { error: errorJson(outcome.view.error, outcome.report.fix) } : {}),
        ...(outcome.report.linkProblem ? { warning: outcome.report.linkProblem } : {}),
        ...(outcome.report.withheld.length > 0 ? { withheld: outcome.report.withheld } : {}),
      }
    : { file, status: 'failed', error: refusalJson(file, outcome.refused) };
}

const refusalJson = (typed: string, refused: AppError | Exclude<InputRefusal, AppError>): object =>
  typeof refused === 'string' ? { code: refused, what: refusalMessage(typed, refused) } : errorJson(refused);
