/** The parts of the process that a command uses, passed in so that tests can replace them. */
import type { Readable } from 'node:stream';
import type { Core } from '../core.ts';
import type { CoreEvents } from '../core/core-listeners.ts';
import type { Sources } from '../engine/ports.ts';
import type { SensitivePathRule } from '../platform/sensitive-paths.ts';
import type { ConfirmProgram } from '../profiles/program-permissions.ts';
import type { ConfirmRecipients } from '../profiles/secret-recipients.ts';
import type { Prompt } from './prompt.ts';
import type { Terminal } from './terminal.ts';

export interface CliContext {
  terminal: Terminal;
  stdin: Readable;
  /** Undefined when the command does not run at a terminal, so no user can answer. */
  prompt?: Prompt;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  home: string;
  platform: NodeJS.Platform;
  /** The working directory with the exact bytes of its path. Paths that the user types are relative to it. */
  cwd: string;
  /** Whether a file is in a folder whose files users rarely mean to share, for example `~/.ssh`. */
  isSensitive: SensitivePathRule;
  /** Aborted when the user or the system asks the command to stop. */
  stop: AbortSignal;
  /** Opens the database. Commands that only print help never do this. @throws StoreFailure; AppFailure disk-full */
  open(ports?: OpenCoreOptions): Promise<Core>;
}

export interface OpenCoreOptions {
  listeners?: Partial<CoreEvents>;
  sources?: Sources;
  /** By default, a question at the terminal. */
  confirmRecipients?: ConfirmRecipients;
  /** By default, a question at the terminal. */
  confirmProgram?: ConfirmProgram;
}

/**
 * 0: success. 1: something failed. 2: usage error, and the command did nothing. 3: all files are uploaded, but a link
 * does not open for others. 130: interrupted.
 */
export type ExitCode = number;
export const exitCodes = { done: 0, failed: 1, usage: 2, linkDoesNotOpen: 3, interrupted: 130 } as const;
