/**
 * What all providers share: settings are parsed, code is loaded, sizes are checked before the first byte, progress only
 * grows, a cancel is obeyed at once, and every error leaves as an AppFailure. Drivers stay free of all that.
 */
import * as v from 'valibot';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { CheckReport, CheckResult, CheckStep, FieldValues } from '../../src-shared/profile.ts';
import { checkSteps } from '../../src-shared/profile.ts';
import type { Checkpoint, Ref } from '../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../engine/ports.ts';
import { fetchLink, probeLink } from './link-probe.ts';
import type { Driver, DriverPorts, DriverTransfer, Provider, ProviderModule } from './provider.ts';
import { loadProvider } from './registry.ts';

export interface ConnectedDestination extends Destination {
  /** Proves that the settings can write, leaving nothing behind. */
  check(signal: AbortSignal): Promise<void>;
  /** Closes sockets; the destination is not used again. */
  close(): void;
}

export interface ConnectOptions {
  /** The profile's name, for the sentences about errors. */
  destination?: string;
}

/**
 * @returns the values as they are saved: tidied, and known to be usable
 * @throws AppFailure invalid-input, naming the field
 */
export function checkValues(provider: Provider, values: FieldValues): FieldValues {
  parse(provider, values);
  return provider.tidy?.(values) ?? values;
}

/** @throws AppFailure invalid-input, naming the field; provider-broken. Sends nothing. */
export async function connectDestination<S>(provider: Provider<S>, values: FieldValues, ports: DriverPorts, options: ConnectOptions = {}): Promise<ConnectedDestination> {
  const settings = parse(provider, values);
  const module = await loadProvider(provider);
  const driver = module.connect(settings, ports);
  const wrap = wrapper((cause) => explained(module, cause, settings, options));
  return {
    check: (signal) => wrap(signal, () => driver.check(signal)),
    upload: (transfer) => wrap(transfer.signal, () => uploadThrough(driver, transfer, provider.capabilities.maxBytes)),
    stat: (ref, signal) => wrap(signal, () => driver.stat(ref, signal)),
    link: (ref, signal) => wrap(signal, () => driver.link(ref, signal)),
    discard: (what, signal) => wrap(signal, () => driver.discard(what, signal)),
    close: () => driver.close(),
  };
}

function parse<S>(provider: Provider<S>, values: FieldValues): S {
  const result = v.safeParse(provider.settings, values);
  if (result.success) return result.output;
  // Only the field's name leaves: the issue holds what was typed, and that may be a secret.
  const field = result.issues[0].path?.[0]?.key;
  throw failure('invalid-input', typeof field === 'string' ? { field } : {});
}

async function uploadThrough(driver: Driver, transfer: Transfer, maxBytes: number): Promise<Ref> {
  const { size = Infinity } = transfer.source;
  if (size !== Infinity && size > maxBytes) throw failure('too-large');
  let shown = 0;
  return driver.upload({
    ...transfer,
    onProgress: (sent) => {
      // A part that is sent again takes its bytes back; what people watch does not.
      const next = Math.min(size, Math.max(shown, sent));
      if (next === shown || transfer.signal.aborted) return;
      shown = next;
      transfer.onProgress(shown);
    },
    onRestart: (why) => {
      if (transfer.signal.aborted) return;
      shown = 0;
      transfer.onRestart?.(why);
    },
  } as DriverTransfer);
}

type Wrap = <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T>;

function wrapper(explain: (cause: unknown) => AppFailure): Wrap {
  return async (signal, act) => {
    if (signal.aborted) throw failure('canceled');
    try {
      return await orAborted(act, signal);
    } catch (cause) {
      throw signal.aborted ? failure('canceled') : explain(cause);
    }
  };
}

/** A cancel does not wait for an SDK to notice. The driver stops on its own; how it ends interests nobody then. */
function orAborted<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(failure('canceled'));
    signal.addEventListener('abort', stop, { once: true });
    void act().then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** What nobody knows is a mistake of ours, and must be seen as one. */
function explained<S>(module: ProviderModule<S>, cause: unknown, settings: S, { destination }: ConnectOptions): AppFailure {
  const error: AppError = cause instanceof AppFailure ? cause.error : module.errorOf(cause, settings) ?? { code: 'bug' };
  const named = destination === undefined ? error : { ...error, params: { destination, ...error.params } };
  return cause instanceof AppFailure ? failure(named.code, named, cause.cause) : failure(named.code, named, cause);
}

// ---------------------------------------------------------------- the test of a destination

const testBytes = 1024;
const testLimitMs = 60_000;
const cleanUpLimitMs = 15_000;

/**
 * A real small upload through the same code as any other: whoever sees five ticks knows that links will work. Leaves
 * nothing behind, and says so when it cannot. Never throws.
 */
export async function testDestination<S>(provider: Provider<S>, values: FieldValues, ports: DriverPorts, options: ConnectOptions & { signal?: AbortSignal } = {}): Promise<CheckReport> {
  const run = new TestRun(ports, options.signal);
  let destination: ConnectedDestination | undefined;
  await run.step('settings', async () => { destination = await connectDestination(provider, values, ports, options); });
  if (destination) await run.through(destination);
  destination?.close();
  return run.report();
}

type Note = NonNullable<CheckResult['note']>;

class TestRun {
  readonly #ports: DriverPorts;
  readonly #limit = AbortSignal.timeout(testLimitMs);
  readonly #signal: AbortSignal;
  readonly #results = new Map<CheckStep, CheckResult>();

  constructor(ports: DriverPorts, signal: AbortSignal | undefined) {
    this.#ports = ports;
    this.#signal = signal ? AbortSignal.any([signal, this.#limit]) : this.#limit;
  }

  /** @returns whether the step passed; the failure is in the report */
  async step(step: CheckStep, act: () => Promise<Note | undefined | void>): Promise<boolean> {
    try {
      const note = await act();
      this.#results.set(step, note ? { step, outcome: 'warning', note } : { step, outcome: 'ok' });
      return true;
    } catch (cause) {
      const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
      const outOfTime = error.code === 'canceled' && this.#signal.reason === this.#limit.reason;
      this.#results.set(step, { step, outcome: 'failed', error: outOfTime ? { code: 'stalled' } : error });
      return false;
    }
  }

  async through(destination: ConnectedDestination): Promise<void> {
    const content = Buffer.from(this.#ports.randomBytes(testBytes));
    if (!await this.step('sign-in', () => destination.check(this.#signal))) return;
    let checkpoint: Checkpoint | undefined;
    let ref: Ref | undefined;
    const isWritten = await this.step('write', async () => {
      ref = await destination.upload({
        source: memorySource(content), signal: this.#signal, onProgress: () => undefined,
        onCheckpoint: async (latest) => { checkpoint = latest; },
      });
      if (!await isStored(destination, ref, content.length, this.#signal)) throw failure('corrupted');
    });
    if (isWritten && ref !== undefined) await this.#openLink(destination, ref, content);
    const left = ref === undefined ? checkpoint && { checkpoint } : { ref };
    if (left) await this.#cleanUp(destination, left);
    // Nothing is known to be there, so nothing is said about it.
    if (!isWritten) this.#results.delete('clean-up');
  }

  #openLink(destination: ConnectedDestination, ref: Ref, content: Buffer): Promise<boolean> {
    return this.step('link', async () => {
      const link = await destination.link(ref, this.#signal);
      const verification = await probeLink(link, content.length, this.#signal);
      if (verification === 'private' || verification === 'unreachable') return verification;
      const got = await fetchLink(link, content.length, this.#signal);
      if (!got?.equals(content)) return 'unreachable';
      return verification === 'verified' ? undefined : verification;
    });
  }

  /** Also when the test itself ran out of time. A key that may write but not delete is a good key; the user only has to know what stays. */
  async #cleanUp(destination: ConnectedDestination, left: Parameters<Destination['discard']>[0]): Promise<void> {
    await this.step('clean-up', () => destination.discard(left, AbortSignal.timeout(cleanUpLimitMs)));
    const error = this.#results.get('clean-up')?.error;
    if (error?.code === 'forbidden') this.#results.set('clean-up', { step: 'clean-up', outcome: 'warning', note: 'left-behind' });
  }

  report(): CheckReport {
    const results = checkSteps.map((step): CheckResult => this.#results.get(step) ?? { step, outcome: 'skipped' });
    return { ok: results.every((one) => one.outcome === 'ok' || one.outcome === 'warning'), results };
  }
}

/** A key that may write but not read says nothing about what it wrote. */
async function isStored(destination: Destination, ref: Ref, size: number, signal: AbortSignal): Promise<boolean> {
  try {
    return (await destination.stat(ref, signal))?.size === size;
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
    return true;
  }
}

function memorySource(content: Buffer): FileSource {
  return {
    name: 'hoist-test.txt', size: content.length, contentType: 'text/plain',
    read: async (into, position) => content.copy(into, 0, position, Math.min(content.length, position + into.length)),
    check: async () => undefined,
    close: async () => undefined,
  };
}
