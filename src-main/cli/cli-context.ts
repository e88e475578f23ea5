/** What a command may use of the process it runs in, so that it also runs in a test. */
import type { Readable } from 'node:stream';
import type { Core } from '../core.ts';
import type { CoreEvents } from '../core/core-listeners.ts';
import type { Sources } from '../engine/ports.ts';
import type { Prompt } from './prompt.ts';
import type { Terminal } from './terminal.ts';

export interface CliContext {
  terminal: Terminal;
  stdin: Readable;
  /** Undefined when nobody sits there who could answer. */
  prompt?: Prompt;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's own folder. */
  home: string;
  platform: NodeJS.Platform;
  /** Where the user stands: what they type is relative to it. */
  cwd: string;
  /** Whether a file is in a place whose files are hardly ever meant to be shared. */
  isSensitive(path: string): boolean;
  /** Aborted when the user or the system asks the command to stop. */
  stop: AbortSignal;
  /** Opens the records; a command that only explains itself does not. @throws StoreFailure; AppFailure disk-full */
  open(ports?: OpenCoreOptions): Promise<Core>;
}

export interface OpenCoreOptions {
  listeners?: Partial<CoreEvents>;
  sources?: Sources;
}

/** 0: all done. 1: something was not. 2: the command was not understood, and nothing was done. */
export type ExitCode = number;
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
