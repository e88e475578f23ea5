/**
 * `credential_process` of an AWS profile: a program that prints credentials. As in the AWS tools, no shell runs it:
 * the command is split into words, and nothing in it is expanded.
 */
import { spawn } from 'node:child_process';
import * as v from 'valibot';
import { decodeText } from '../../../platform/decode-text.ts';
import { findProgram } from '../../../platform/search-path.ts';
import { tryParseJson } from '../../network/parse-json.ts';
import type { CredentialContext } from './credential-context.ts';
import type { AwsCredentials } from './credential-cache.ts';

/** Why a program returned no credentials. It never holds the program's output. */
export class CredentialProcessError extends Error {
  readonly why: 'process' | 'processSlow';
  constructor(why: CredentialProcessError['why'], message: string) {
    super(message);
    this.name = 'CredentialProcessError';
    this.why = why;
  }
}

/** Long enough for a user who has to touch a security key. */
const processTimeoutMs = 60_000;
const maxOutputBytes = 1024 * 1024;

const outputSchema = v.object({
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

/** @throws CredentialProcessError */
export async function processCredentials(
  command: string,
  { computer, signal }: Pick<CredentialContext, 'computer' | 'signal'>,
  limitMs = processTimeoutMs,
): Promise<AwsCredentials> {
  const [name, ...args] = splitCommand(command, computer.platform);
  if (name === undefined) throw new CredentialProcessError('process', 'the command is empty');
  const program = findProgram(name, computer.env, computer.platform);
  if (program === undefined) throw new CredentialProcessError('process', 'the program is not found');
  const text = await runProgram(program, args, { env: computer.env, signal, limitMs });
  const answer = v.safeParse(outputSchema, tryParseJson(text));
  if (!answer.success) throw new CredentialProcessError('process', 'the program printed no keys');
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.output;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

interface RunOptions {
  env: CredentialContext['computer']['env'];
  signal: AbortSignal;
  limitMs: number;
}

function runProgram(program: string, args: string[], { env, signal, limitMs }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    // On POSIX systems, a separate process group, so that the program's children can be killed with it.
    const child = spawn(program, args, {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,
      detached: process.platform !== 'win32',
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (why: CredentialProcessError['why'], message: string): void => {
      reject(new CredentialProcessError(why, message));
      killProcessGroup(child.pid);
      child.stdout.destroy();
    };
    const timer = setTimeout(() => fail('processSlow', 'the program takes too long'), limitMs);
    const stop = (): void => fail('process', 'the destination was closed');
    signal.addEventListener('abort', stop, { once: true });
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) fail('process', 'the program prints too much');
      else chunks.push(chunk);
    });
    child.once('error', (cause) => {
      stopWaiting();
      reject(
        new CredentialProcessError(
          'process',
          `the program does not start: ${'code' in cause ? String(cause.code) : cause.name}`,
        ),
      );
    });
    child.once('close', (code) => {
      stopWaiting();
      if (code === 0) resolve(decodeText(Buffer.concat(chunks)));
      else reject(new CredentialProcessError('process', `the program ended with ${code ?? 'a signal'}`));
    });
    if (signal.aborted) stop();
  });
}

function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (cause) {
    // The process ended meanwhile.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}

/** Splits a command into words as a shell does, without expansions. On Windows a backslash is part of a path. */
export function splitCommand(command: string, platform: NodeJS.Platform): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [token] of command.matchAll(platform === 'win32' ? windowsTokens : posixTokens)) {
    if (/^\s/.test(token)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + unquote(token, platform);
    }
  }
  return word === undefined ? words : [...words, word];
}

// Each match is one token: blanks, a quoted text, an escaped character, other text, or an unmatched quote. Adjacent
// tokens without blanks between them are one word. On Windows, a backslash escapes only a quote in a quoted text.
const posixTokens = /\s+|'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]+|./gs;
const windowsTokens = /\s+|"(?:\\"|[^"])*"|[^\s"]+|./gs;

/** Removes the quotes and the backslashes of escaped characters. */
function unquote(token: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return token.startsWith('"') ? token.replace(/^"|"$/g, '').replaceAll('\\"', '"') : token;
  if (token.startsWith("'")) return token.replace(/^'|'$/g, '');
  if (token.startsWith('"')) return token.replace(/^"|"$/g, '').replace(/\\(["\\$`])/g, '$1');
  return token.startsWith('\\') ? token.slice(1) : token;
}
