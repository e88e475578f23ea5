/**
 * `credential_process` of an AWS profile: a program that prints keys. As with the AWS tools no shell is between: what is
 * written is split into words, and nothing in it is expanded.
 */
import { spawn } from 'node:child_process';
import * as v from 'valibot';
import { jsonOf } from '../../json.ts';
import type { Around } from './around.ts';
import type { Keys } from './key-ring.ts';

/** Why a program gave no keys; nothing of what it printed is in it. */
export class NoKeys extends Error {
  readonly why: 'process' | 'processSlow';
  constructor(why: NoKeys['why'], message: string) {
    super(message);
    this.name = 'NoKeys';
    this.why = why;
  }
}

/** A person may have to touch a device meanwhile. */
export const processLimitMs = 60_000;
const mostBytes = 1024 * 1024;

const printed = v.object({
  Version: v.literal(1),
  AccessKeyId: v.pipe(v.string(), v.nonEmpty()),
  SecretAccessKey: v.pipe(v.string(), v.nonEmpty()),
  SessionToken: v.optional(v.string()),
  Expiration: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
      v.date(),
    ),
  ),
});

/** @throws NoKeys */
export async function keysOfProcess(
  command: string,
  { computer, signal }: Pick<Around, 'computer' | 'signal'>,
  limitMs = processLimitMs,
): Promise<Keys> {
  const [program, ...words] = wordsOf(command, computer.platform);
  if (program === undefined) throw new NoKeys('process', 'there is no program');
  const text = await outputOf(program, words, { env: computer.env, signal, limitMs });
  const answer = v.safeParse(printed, jsonOf(text));
  if (!answer.success) throw new NoKeys('process', 'the program printed no keys');
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.output;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

interface Running {
  env: Around['computer']['env'];
  signal: AbortSignal;
  limitMs: number;
}

function outputOf(program: string, words: string[], { env, signal, limitMs }: Running): Promise<string> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the program itself starts ends with it.
    const child = spawn(program, words, {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,
      detached: process.platform !== 'win32',
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (why: NoKeys['why'], message: string): void => {
      reject(new NoKeys(why, message));
      kill(child.pid);
      child.stdout.destroy();
    };
    const timer = setTimeout(() => end('processSlow', 'the program takes too long'), limitMs);
    const stop = (): void => end('process', 'not needed any more');
    signal.addEventListener('abort', stop, { once: true });
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) end('process', 'the program prints without end');
      else chunks.push(chunk);
    });
    child.once('error', (cause) => {
      over();
      reject(new NoKeys('process', `the program does not start: ${'code' in cause ? String(cause.code) : cause.name}`));
    });
    child.once('close', (code) => {
      over();
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new NoKeys('process', `the program ended with ${code ?? 'a signal'}`));
    });
    if (signal.aborted) stop();
  });
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (cause) {
    // It ended by itself meanwhile.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}

/** As a shell would split it, without doing anything else that shells do. On Windows a backslash is part of a path. */
export function wordsOf(command: string, platform: NodeJS.Platform): string[] {
  const escape = platform === 'win32' ? '"' : '';
  const words: string[] = [];
  let word: string | undefined;
  for (const [piece] of command.matchAll(platform === 'win32' ? windowsPieces : pieces)) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + plain(piece, escape);
    }
  }
  return word === undefined ? words : [...words, word];
}

const pieces = /\s+|'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]+|./gs;
const windowsPieces = /\s+|"(?:\\"|[^"])*"|[^\s"]+|./gs;

function plain(piece: string, only: string): string {
  if (only !== '') return piece.startsWith('"') ? piece.replace(/^"|"$/g, '').replaceAll('\\"', '"') : piece;
  if (piece.startsWith("'")) return piece.replace(/^'|'$/g, '');
  if (piece.startsWith('"')) return piece.replace(/^"|"$/g, '').replace(/\\(["\\$`])/g, '$1');
  return piece.startsWith('\\') ? piece.slice(1) : piece;
}
