/** Asks the user at the terminal. The answer to a secret prompt is not echoed and not saved in a history or a file. */
import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';
import type { Stream } from './terminal.ts';
import { escapeForTerminal } from '../platform/printable.ts';
import { Interrupted } from './cli-errors.ts';

export interface Prompt {
  /**
   * @param question one line, without a space at the end
   * @param signal aborts to close the prompt without an answer
   * @throws Interrupted
   */
  text(question: string, signal?: AbortSignal): Promise<string>;
  /** Does not echo the input. @throws Interrupted */
  secret(question: string): Promise<string>;
}

/** Whether the user answered `y` or `yes`. */
export const isYes = (answer: string): boolean => /^(?:y|yes)$/i.test(answer.trim());

/** Undefined when standard input or standard error is not a terminal, so no user can answer. */
export function openPrompt(
  stdin: Readable & { isTTY?: boolean },
  stderr: Stream,
  stop: AbortSignal,
): Prompt | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    text: (question, signal) => answer(stderr, `${escapeForTerminal(question)} `, signal),
    async secret(question) {
      // readline echoes the input to its output, so it gets an output that discards everything.
      stderr.write(`${escapeForTerminal(question)} `);
      try {
        return await answer(silent, '');
      } finally {
        stderr.write('\n');
      }
    },
  };

  function answer(output: Writable, question: string, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
      const end = (): void => lines.close();
      stop.addEventListener('abort', end, { once: true });
      signal?.addEventListener('abort', end, { once: true });
      lines.once('SIGINT', end);
      lines.once('close', () => {
        stop.removeEventListener('abort', end);
        signal?.removeEventListener('abort', end);
        reject(new Interrupted()); // no effect after an answer
      });
      lines.question(question, (text) => {
        resolve(text);
        lines.close();
      });
      if (stop.aborted || signal?.aborted) end();
    });
  }
}
