/** Runs commands in this process as a shell would, with records of their own, and keeps what they print. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Core } from '../../core.ts';
import type { Events } from '../../engine/ports.ts';
import { isSensitivePath } from '../../platform/sensitive-paths.ts';
import { openLog } from '../../platform/log.ts';
import { createNetworkMonitor } from '../../platform/network-monitor.ts';
import { processStart } from '../../platform/process-start.ts';
import { openStore } from '../../store/open.ts';
import type { SecretBox } from '../../profiles/secret-box.ts';
import type { Prompt } from '../prompt.ts';
import { Interrupted } from '../cli-errors.ts';
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
  /** The reader of standard output goes away after so many lines. */
  closeStdoutAfterLines?: number;
  /** Told of every change of an upload. */
  changed?: Events['changed'];
  /** Answers of the person at the terminal, in order; without them nobody sits there. */
  answers?: string[];
  /** What encrypts keys; nothing does unless said otherwise. */
  secretBox?: SecretBox;
}

export class Shell {
  readonly home = mkdtempSync(path.join(tmpdir(), 'hoist-shell-'));
  readonly cwd = mkdtempSync(path.join(this.home, 'work-'));
  /** Commands that opened the records. */
  opened = 0;

  file(name: string, content: string | Uint8Array = name): string {
    writeFileSync(path.join(this.cwd, name), content);
    return name;
  }

  async run(args: string[], options: RunOptions = {}): Promise<CommandResult> {
    const stdout = collectingStream(options.closeStdoutAfterLines);
    const stderr = collectingStream();
    const folder = path.join(this.home, 'records');
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
        ...(options.answers ? { prompt: scriptedPrompt(options.answers, stderr) } : {}),
        isSensitive: (file) => isSensitivePath(file, { home: this.home, userData: folder }),
        open: async (wanted = {}) => {
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
            sources: wanted.sources,
            secretBox: options.secretBox ?? noSecretBox,
            env: { HOME: this.home, ...options.env },
            builtIns: ['environment', 'practice'],
            blocked: 'fail',
          });
          core.listeners.add(wanted.listeners ?? {});
          core.listeners.add({ uploadChanged: (upload, what) => options.changed?.(upload, what) });
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

/** A key store with a key of its own. What is in it does not show what was put there. */
export const testSecretBox: SecretBox = {
  available: async () => true,
  backend: () => 'test',
  encrypt: async (text) => Buffer.from(Buffer.from(text).map((byte) => byte ^ 0x5a)),
  decrypt: async (blob) => Buffer.from(Buffer.from(blob).map((byte) => byte ^ 0x5a)).toString(),
};

/** The terminal shows the questions, and of the answers only those that are not secret. */
function scriptedPrompt(answers: string[], stderr: Stream): Prompt {
  const next = async (question: string, isShown: boolean): Promise<string> => {
    const answer = answers.shift();
    stderr.write(`${question} ${isShown ? (answer ?? '') : ''}\n`);
    if (answer === undefined) throw new Interrupted();
    return answer;
  };
  return { text: (question) => next(question, true), secret: (question) => next(question, false) };
}

/** Breaks as a pipe does whose other end was closed. */
function collectingStream(maxLines = Infinity): Stream & { text(): string } {
  let taken = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (taken.split('\n').length > maxLines) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      taken += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => taken });
}
