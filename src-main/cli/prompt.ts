/** Questions to the person at the terminal. Answers to secret ones are not shown, not in the history, and in no file. */
import { createInterface } from 'node:readline';
import { Writable, type Readable } from 'node:stream';
import type { Stream } from './terminal.ts';
import { Interrupted } from './cli-errors.ts';

export interface Prompt {
  /** @param question one line, without the blank after it. @param signal nobody needs the answer any more. @throws Interrupted */
  text(question: string, signal?: AbortSignal): Promise<string>;
  /** Nothing of what is typed or pasted is shown. @throws Interrupted */
  secret(question: string): Promise<string>;
}

/** Undefined when nobody sits there: standard input or standard error is no terminal. */
export function openPrompt(
  stdin: Readable & { isTTY?: boolean },
  stderr: Stream,
  stop: AbortSignal,
): Prompt | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    text: (question, signal) => answer(stderr, `${question} `, signal),
    async secret(question) {
      // The line editor draws what is typed, so it draws into nothing.
      stderr.write(`${question} `);
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
        reject(new Interrupted()); // unless it was answered
      });
      lines.question(question, (answered) => {
        resolve(answered);
        lines.close();
      });
      if (stop.aborted || signal?.aborted) end();
    });
  }
}
