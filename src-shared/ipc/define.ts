/**
 * How the contract between window and main is written, and the types derived from it. Schemas implement Standard
 * Schema: main parses with them, and the types follow.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Result } from '../errors.ts';

/** Key of a property that exists only as a type: it carries the type of the result or the payload. */
declare const result: unique symbol;

export interface Command<Input extends StandardSchemaV1 = StandardSchemaV1, Output = unknown> {
  kind: 'command';
  input: Input;
  /** `preload`: takes paths, so only the preload may call it; the page's bridge does not have it. */
  caller: 'page' | 'preload';
  readonly [result]?: Output;
}
export interface Event<Payload = unknown> {
  kind: 'event';
  readonly [result]?: Payload;
}

type Contract = Record<string, Record<string, Command | Event>>;

export const command = <Input extends StandardSchemaV1>(input: Input) => ({
  returns: <Output>(): Command<Input, Output> & { caller: 'page' } => ({ kind: 'command', input, caller: 'page' }),
  returnsToPreload: <Output>(): Command<Input, Output> & { caller: 'preload' } => ({
    kind: 'command',
    input,
    caller: 'preload',
  }),
});
export const event = <Payload>(): Event<Payload> => ({ kind: 'event' });

// In the types below, `C` is a contract (or one command), `G` a group of it, `K` the name of a command or event, and
// `E` an event.

export type InputOf<C> = C extends Command<infer I> ? StandardSchemaV1.InferOutput<I> : never;
type OutputOf<C> = C extends Command<StandardSchemaV1, infer O> ? O : never;
type PayloadOf<E> = E extends Event<infer P> ? P : never;
type ArgsOf<C> = undefined extends InputOf<C> ? [] : [input: InputOf<C>];

type CommandsOf<G> = { [K in keyof G as G[K] extends Command ? K : never]: G[K] };
type PageCommandsOf<G> = { [K in keyof G as G[K] extends Command & { caller: 'page' } ? K : never]: G[K] };
type EventsOf<G> = { [K in keyof G as G[K] extends Event ? K : never]: G[K] };

/** The window that sent the command. `id` is constant for its lifetime. */
interface Sender {
  id: number;
}

/** Main's implementation: every command returns its value (or a promise of it) or throws AppFailure. */
export type HandlersOf<C extends Contract> = {
  [G in keyof C]: {
    [K in keyof CommandsOf<C[G]>]: (
      input: InputOf<CommandsOf<C[G]>[K]>,
      sender: Sender,
    ) => Promise<OutputOf<CommandsOf<C[G]>[K]>> | OutputOf<CommandsOf<C[G]>[K]>;
  };
};

/** The page's side: commands resolve to a Result, events return their unsubscribe function. */
export type BridgeOf<C extends Contract> = {
  [G in keyof C]: {
    [K in keyof PageCommandsOf<C[G]>]: (
      ...args: ArgsOf<PageCommandsOf<C[G]>[K]>
    ) => Promise<Result<OutputOf<PageCommandsOf<C[G]>[K]>>>;
  } & { [K in keyof EventsOf<C[G]>]: (listener: (payload: PayloadOf<EventsOf<C[G]>[K]>) => void) => () => void };
};

/** Main's side of the events: one function per event. */
export type EmittersOf<C extends Contract> = {
  [G in keyof C]: { [K in keyof EventsOf<C[G]>]: (payload: PayloadOf<EventsOf<C[G]>[K]>) => void };
};

export const channelName = (group: string, name: string): string => `hoist:${group}.${name}`;
