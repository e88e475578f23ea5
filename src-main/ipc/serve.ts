/**
 * Receives the window's commands. Each message's sender is checked, its input is parsed with the command's schema, and
 * the answer is a Result: errors are never thrown across IPC, and the text of an unknown exception never reaches the
 * page.
 */
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { AppFailure, type AppError, type Result } from '../../src-shared/errors.ts';
import type { Handlers } from '../../src-shared/ipc/contract.ts';
import { contract } from '../../src-shared/ipc/contract.ts';
import { channelName, type Command } from '../../src-shared/ipc/define.ts';

/** The part of Electron's ipcMain that `serve` uses, so that tests can replace it. */
export interface IpcServer<Event> {
  handle(channel: string, listener: (event: Event, input: unknown) => Promise<Result<unknown>>): void;
}

export interface ServeOptions<Event> {
  /** The id of the sender if it is the main frame of our window at our origin; otherwise undefined. */
  senderId(event: Event): number | undefined;
  /** Logs the cause and returns its diagnostic id. */
  report(where: string, cause: unknown): string;
}

type AnyHandler = (input: unknown, sender: { id: number }) => unknown;

/** Handles the commands that arrive through Electron. No other module uses ipcMain. */
export function serveWindow(handlers: Handlers, options: ServeOptions<IpcMainInvokeEvent>): void {
  serve(ipcMain, handlers, options);
}

export function serve<Event>(ipc: IpcServer<Event>, handlers: Handlers, options: ServeOptions<Event>): void {
  for (const [group, entries] of Object.entries(contract)) {
    for (const [name, entry] of Object.entries(entries)) {
      if (entry.kind !== 'command') continue;
      const handler = (handlers as Record<string, Record<string, AnyHandler>>)[group]![name]!;
      ipc.handle(channelName(group, name), async (event, input) => {
        const id = options.senderId(event);
        if (id === undefined) return { ok: false, error: { code: 'invalid-input' } };
        return answer(entry, handler, input, { id }, (cause) => options.report(`${group}.${name}`, cause));
      });
    }
  }
}

async function answer(
  command: Command,
  handler: AnyHandler,
  input: unknown,
  sender: { id: number },
  report: (cause: unknown) => string,
): Promise<Result<unknown>> {
  try {
    const parsed = await command.input['~standard'].validate(input);
    if (parsed.issues) return { ok: false, error: { code: 'invalid-input' } };
    return { ok: true, value: await handler(parsed.value, sender) };
  } catch (cause) {
    return { ok: false, error: asAppError(cause, report) };
  }
}

function asAppError(cause: unknown, report: (cause: unknown) => string): AppError {
  if (!(cause instanceof AppFailure)) return { code: 'bug', diagnosticId: report(cause) };
  return cause.error.code === 'bug' ? { ...cause.error, diagnosticId: report(cause.cause ?? cause) } : cause.error;
}
