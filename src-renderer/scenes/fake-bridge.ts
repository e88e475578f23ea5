/**
 * A bridge without Electron, made from the same contract object as the real one: it has only what the contract lists,
 * and every input is parsed by the contract's schema.
 */
import { AppFailure, type Result } from '../../src-shared/errors.ts';
import { contract, type Emitters, type Handlers } from '../../src-shared/ipc/contract.ts';
import type { Command, Event } from '../../src-shared/ipc/define.ts';
import type { HoistBridge } from '../bridge.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';

type Listener = (payload: unknown) => void;
type Handler = (input: unknown) => unknown;

export interface FakeBridgeSetup {
  bridge: HoistBridge;
  emit: Emitters;
}

/** @param handlers replace main's handlers @param accept replaces how the preload and main handle dropped files */
export function createFakeBridge(handlers: Handlers, accept: (files: File[]) => IntakeResult[]): FakeBridgeSetup {
  const bridge: Record<string, Record<string, unknown>> = {};
  const emit: Record<string, Record<string, Listener>> = {};
  const implemented = handlers as unknown as Record<string, Record<string, Handler>>;
  for (const [group, entries] of Object.entries(contract)) {
    const functions: Record<string, unknown> = {};
    const emitters: Record<string, Listener> = {};
    for (const [name, entry] of Object.entries(entries) as [string, Command | Event][]) {
      if (entry.kind === 'event') {
        const listeners = new Set<Listener>();
        emitters[name] = (payload) => listeners.forEach((notify) => notify(payload));
        functions[name] = (listener: Listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        };
      } else if (entry.caller === 'page') {
        functions[name] = (input: unknown) => run(entry, (value) => implemented[group]?.[name]?.(value), input);
      }
    }
    bridge[group] = functions;
    emit[group] = emitters;
  }
  const intake = (files: File[]): Promise<Result<IntakeResult[]>> =>
    Promise.resolve({ ok: true, value: accept(files) });
  bridge.files = { ...bridge.files, drop: intake, paste: intake };
  return { bridge: bridge as unknown as HoistBridge, emit: emit as unknown as Emitters };
}

async function run(command: Command, handler: Handler, input: unknown): Promise<Result<unknown>> {
  try {
    const parsed = await command.input['~standard'].validate(input);
    if (parsed.issues) return { ok: false, error: { code: 'invalid-input' } };
    return { ok: true, value: await handler(parsed.value) };
  } catch (cause) {
    if (cause instanceof AppFailure) return { ok: false, error: cause.error };
    throw cause;
  }
}
