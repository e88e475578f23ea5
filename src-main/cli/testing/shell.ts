/** Runs commands in this process with a separate data folder, and captures their output. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Core } from '../../core.ts';
import type { Events } from '../../engine/ports.ts';
import { sensitivePathRule } from '../../platform/sensitive-paths.ts';
import { openLog } from '../../platform/log.ts';
import { createNetworkMonitor } from '../../platform/network-monitor.ts';
import { processStart } from '../../platform/process-start.ts';
import { openStore } from '../../store/open.ts';
import type { Provider } from '../../providers/contract/provider.ts';
import type { SecretBox } from '../../profiles/secret-box.ts';
import type { Prompt } from '../prompt.ts';
import { Interrupted } from '../cli-errors.ts';
import { confirmProgramAt } from '../confirm-program.ts';
import { confirmRecipientsAt } from '../confirm-recipients.ts';
import { runProgram } from '../program.ts';
import { openTerminal, type Stream } from '../terminal.ts';

export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  stdin?: Readable;
  env?: Record<string, string>;
  stop?: AbortSignal;
  /** The reader closes standard output after this many lines. */
  closeStdoutAfterLines?: number;
  /** Called for each change of an upload. */
  changed?: Events['changed'];
  /** The user's answers to prompts, in order. Without them the command has no terminal. */
  answers?: string[];
  /** The key store. By default the computer has no key store. */
  secretBox?: SecretBox;
  /** Replace the registered providers, for example with the same ones at a server on loopback. */
  providers?: readonly Provider[];
}

export class Shell {
  readonly home = mkdtempSync(path.join(tmpdir(), 'hoist-shell-'));
  readonly cwd = mkdtempSync(path.join(this.home, 'work-'));
  /** The number of commands that opened the database. */
  opened = 0;

  file(name: string, content: string | Uint8Array = name): string {
    writeFileSync(path.join(this.cwd, name), content);
    return name;
  }

  async run(args: string[], options: RunOptions = {}): Promise<CommandResult> {
    const stdout = collectingStream(options.closeStdoutAfterLines);
    const stderr = collectingStream();
    const folder = path.join(this.home, 'records');
    const prompt = options.answers && scriptedPrompt(options.answers, stderr);
    const code = await runProgram(
      args,
      {
        terminal: openTerminal(stdout, stderr),
        stdin: options.stdin ?? Readable.from([]),
        cwd: this.cwd,
        stop: options.stop ?? new AbortController().signal,
        env: { HOME: this.home, ...options.env },
        home: this.home,
        platform: 'linux',
        ...(prompt ? { prompt } : {}),
        isSensitive: sensitivePathRule({ home: this.home, userData: folder }),
        open: async (coreOptions = {}) => {
          this.opened++;
          const store = await openStore({
            folder,
            owner: { pid: process.pid, startTime: processStart(process.pid) },
            now: Date.now,
          });
          const core = new Core({
            folder,
            store,
            log: openLog({ folder: path.join(folder, 'logs'), home: this.home }),
            network: createNetworkMonitor({ online: () => true }),
            sources: coreOptions.sources,
            secretBox: options.secretBox ?? noSecretBox,
            env: { HOME: this.home, ...options.env },
            ...(options.providers ? { providers: options.providers } : {}),
            builtIns: ['environment', 'practice'],
            blocked: 'fail',
            confirmRecipients: coreOptions.confirmRecipients ?? (prompt && confirmRecipientsAt(prompt)),
            confirmProgram: coreOptions.confirmProgram ?? (prompt && confirmProgramAt(prompt)),
          });
          core.listeners.add(coreOptions.listeners ?? {});
          core.listeners.add({ uploadChanged: (upload, change) => options.changed?.(upload, change) });
          return core;
        },
      },
      '1.2.3',
    );
    return { code, out: stdout.text(), err: stderr.text() };
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

const noSecretBox: SecretBox = {
  available: async () => false,
  backend: () => 'test',
  encrypt: () => Promise.reject(new Error('no key store')),
  decrypt: () => Promise.reject(new Error('no key store')),
};

/** A key store for tests. Its ciphertext does not contain the plaintext. */
export const testSecretBox: SecretBox = {
  available: async () => true,
  backend: () => 'test',
  encrypt: async (text) => Buffer.from(Buffer.from(text).map((byte) => byte ^ 0x5a)),
  decrypt: async (blob) => Buffer.from(Buffer.from(blob).map((byte) => byte ^ 0x5a)).toString(),
};

/** Answers prompts. Writes each question, and each answer that is not secret, to the terminal. */
function scriptedPrompt(answers: string[], stderr: Stream): Prompt {
  const next = async (question: string, isShown: boolean): Promise<string> => {
    const answer = answers.shift();
    stderr.write(`${question} ${isShown ? (answer ?? '') : ''}\n`);
    if (answer === undefined) throw new Interrupted();
    return answer;
  };
  return { text: (question) => next(question, true), secret: (question) => next(question, false) };
}

/** A stream that fails after `maxLines` lines, like a pipe that its reader has closed. */
function collectingStream(maxLines = Infinity): Stream & { text(): string } {
  let written = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (written.split('\n').length > maxLines) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      written += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => written });
}
