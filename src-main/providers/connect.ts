/**
 * What all providers share: settings are parsed, code is loaded, sizes are checked before the first byte, progress only
 * grows, a cancel is obeyed at once, and every error leaves as an AppFailure. Drivers stay free of all that.
 */
import * as v from 'valibot';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type { CheckReport, CheckResult, CheckStep, FieldValues } from '../../src-shared/profile.ts';
import { checkSteps } from '../../src-shared/profile.ts';
import type { Checkpoint, Link, Ref, Verification } from '../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../engine/ports.ts';
import { commonSettings, type CommonSettings } from './common-settings.ts';
import { errorOfIssue } from './issues.ts';
import { fetchLink, probeLink } from './link-probe.ts';
import { openWay } from './network.ts';
import { orAborted } from './or-aborted.ts';
import { placeOf } from './place.ts';
import {
  LinkClosed,
  type CheckHow,
  type Driver,
  type DriverPorts,
  type DriverTransfer,
  type Place,
  type Provider,
  type ProviderModule,
} from './provider.ts';
import { loadProvider } from './registry.ts';
import { refuseLarge, type SizeLimits } from './size-limit.ts';
import { timeLimits } from './time-limits.ts';

export interface ConnectedDestination extends Destination {
  /**
   * Proves that the settings can write, leaving nothing behind.
   * @returns what is not right although it works
   */
  check(signal: AbortSignal, how?: Pick<CheckHow, 'asking'>): Promise<AppError | undefined>;
  /** Opens a link as a stranger would, the way that this destination is reached. Never throws. */
  probe(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
  /** What a stranger gets, of at most `limit` bytes; undefined when that is no file. */
  fetch(link: Link, limit: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Why a link is not open, and which setting that is about. */
  closed(link: Link, to: LinkClosed['to']): AppError;
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
  parse(provider.settings, values);
  parse(commonSettings, values);
  return provider.tidy?.(values) ?? values;
}

/** @throws AppFailure invalid-input, naming the field; provider-broken. Sends nothing. */
export async function connectDestination<S>(
  provider: Provider<S>,
  values: FieldValues,
  ports: DriverPorts,
  options: ConnectOptions = {},
): Promise<ConnectedDestination> {
  const settings = parse(provider.settings, values);
  const common = parse(commonSettings, values);
  const module = await loadProvider(provider);
  const way = openWay(common, ports.network);
  const driver = connectThrough(
    () => module.connect(settings, { ...ports, way }),
    () => way.close(),
  );
  // A stranger's requests leave nothing on a connection, and find nothing on it.
  const strangers = { ...openWay(common, ports.network, { connections: 'once' }), linkHosts: provider.linkHosts };
  const explain = (cause: unknown): AppFailure => explained(module, cause, settings, options);
  const wrap = wrapper(explain);
  const placeIn = ({
    source,
    naming = { at: ports.now(), folder: '' },
    signal,
  }: Pick<Transfer, 'source' | 'naming' | 'signal'>): Place =>
    placeOf({
      ...common.names,
      profile: options.destination ?? '',
      naming,
      source,
      signal,
      randomBytes: (count) => ports.randomBytes(count),
    });
  return {
    check: (signal, how) =>
      wrap(signal, async () => {
        const warning = await driver.check(signal, { ...how, place: placeIn({ source: checked, signal }) });
        return warning && named(warning, options);
      }),
    probe: (link, size, signal) => probeLink(link, size, signal, strangers),
    fetch: (link, limit, signal) => fetchLink(link, limit, signal, strangers),
    closed: (link, to) => explain(new LinkClosed(link, to)).error,
    upload: (transfer) =>
      wrap(transfer.signal, () =>
        uploadThrough(driver, transfer, { limits: limitsOf(provider, common), place: placeIn(transfer) }),
      ),
    stat: (ref, signal) => wrap(signal, () => driver.stat(ref, signal)),
    link: (ref, signal, wish) => wrap(signal, () => driver.link(ref, signal, wish)),
    discard: (what, signal) => wrap(signal, () => driver.discard(what, signal)),
    close() {
      driver.close();
      way.close();
      strangers.close();
    },
  };
}

/** What a driver that does not come to be has opened for it is closed again. */
function connectThrough(connect: () => Driver, close: () => void): Driver {
  try {
    return connect();
  } catch (cause) {
    close();
    throw cause;
  }
}

function parse<S>(schema: v.GenericSchema<FieldValues, S>, values: FieldValues): S {
  const result = v.safeParse(schema, values);
  if (result.success) return result.output;
  // Only what the sentence needs leaves: the issue holds what was typed, and that may be a secret.
  throw new AppFailure(errorOfIssue(result.issues[0]));
}

const limitsOf = ({ capabilities }: Pick<Provider, 'capabilities'>, { largest }: CommonSettings): SizeLimits => ({
  most: capabilities.maxBytes,
  wanted: largest,
});

async function uploadThrough(
  driver: Driver,
  transfer: Transfer,
  { limits, place }: { limits: SizeLimits; place: Place },
): Promise<Ref> {
  const { size = Infinity } = transfer.source;
  let shown = 0;
  return driver.upload({
    ...transfer,
    place,
    source: refuseLarge(transfer.source, limits),
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
      return await orAborted(act(), signal);
    } catch (cause) {
      throw signal.aborted ? failure('canceled') : explain(cause);
    }
  };
}

/** What nobody knows is a mistake of ours, and must be seen as one. */
function explained<S>(
  module: ProviderModule<S>,
  cause: unknown,
  settings: S,
  { destination }: ConnectOptions,
): AppFailure {
  const error = named(
    cause instanceof AppFailure ? cause.error : (module.errorOf(cause, settings) ?? { code: 'bug' }),
    { destination },
  );
  return cause instanceof AppFailure ? failure(error.code, error, cause.cause) : failure(error.code, error, cause);
}

const named = (error: AppError, { destination }: ConnectOptions): AppError =>
  destination === undefined ? error : { ...error, params: { destination, ...error.params } };

// ---------------------------------------------------------------- the test of a destination

const testBytes = 1024;

export interface TestOptions extends ConnectOptions {
  signal?: AbortSignal;
  /** Hears the lines so far, each time that there is another one; none when the test begins. */
  told?(results: CheckResult[]): void;
}

/**
 * A real small upload through the same code as any other: whoever sees five ticks knows that links will work. Leaves
 * nothing behind, and says so when it cannot. Never throws.
 */
export async function testDestination<S>(
  provider: Provider<S>,
  values: FieldValues,
  ports: DriverPorts,
  options: TestOptions = {},
): Promise<CheckReport> {
  const run = new TestRun(ports, options);
  let destination: ConnectedDestination | undefined;
  await run.step('settings', async () => {
    destination = await connectDestination(provider, values, ports, options);
  });
  if (destination) await run.through(destination);
  destination?.close();
  return run.report();
}

type Note = NonNullable<CheckResult['note']>;
/** What is to be said of a step that passed. */
type Aside = Note | AppError | undefined | void;

class TestRun {
  readonly #ports: DriverPorts;
  readonly #limit = AbortSignal.timeout(timeLimits.testMs);
  readonly #signal: AbortSignal;
  readonly #results = new Map<CheckStep, CheckResult>();
  readonly #told: (results: CheckResult[]) => void;
  /** What the link was like that did not open. */
  #note: LinkClosed['to'] | undefined;

  constructor(ports: DriverPorts, { signal, told = () => undefined }: TestOptions) {
    this.#ports = ports;
    this.#told = told;
    told([]);
    this.#signal = signal ? AbortSignal.any([signal, this.#limit]) : this.#limit;
  }

  /** @returns whether the step passed; the failure is in the report */
  async step(step: CheckStep, act: () => Promise<Aside>): Promise<boolean> {
    const isPassed = await this.#tried(step, act);
    // What became of the clean-up is known only when it has been looked at once more.
    if (step !== 'clean-up') this.#say();
    return isPassed;
  }

  async #tried(step: CheckStep, act: () => Promise<Aside>): Promise<boolean> {
    try {
      const aside = await act();
      const said = typeof aside === 'object' ? { error: aside } : aside && { note: aside };
      this.#results.set(step, said ? { step, outcome: 'warning', ...said } : { step, outcome: 'ok' });
      return true;
    } catch (cause) {
      const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
      const outOfTime = error.code === 'canceled' && this.#signal.reason === this.#limit.reason;
      this.#results.set(step, {
        step,
        outcome: 'failed',
        error: outOfTime ? { code: 'stalled' } : error,
        ...(step === 'link' && this.#note ? { note: this.#note } : {}),
      });
      return false;
    }
  }

  async through(destination: ConnectedDestination): Promise<void> {
    const content = Buffer.from(this.#ports.randomBytes(testBytes));
    if (!(await this.#signIn(destination))) return;
    let checkpoint: Checkpoint | undefined;
    let ref: Ref | undefined;
    const isWritten = await this.step('write', async () => {
      ref = await destination.upload({
        source: memorySource(content),
        signal: this.#signal,
        onProgress: () => undefined,
        // Whatever is there stays, and nobody is asked.
        naming: { at: this.#ports.now(), folder: '', collision: 'new-name' },
        onCheckpoint: async (latest) => {
          checkpoint = latest;
        },
      });
      if (!(await isStored(destination, ref, content.length, this.#signal))) throw failure('corrupted');
    });
    if (isWritten && ref !== undefined) await this.#openLink(destination, ref, content);
    const left = ref === undefined ? checkpoint && { checkpoint } : { ref };
    if (left) await this.#cleanUp(destination, left);
    // Nothing is known to be there, so nothing is said about it.
    if (!isWritten) this.#results.delete('clean-up');
    this.#say();
  }

  #say(): void {
    this.#told(checkSteps.flatMap((step) => this.#results.get(step) ?? []));
  }

  #openLink(destination: ConnectedDestination, ref: Ref, content: Buffer): Promise<boolean> {
    return this.step('link', async () => {
      const link = await destination.link(ref, this.#signal);
      // Made for some people only: that a stranger cannot open it is as it should be.
      if (link.visibility === 'private') return 'private';
      const verification = await destination.probe(link, content.length, this.#signal);
      if (verification === 'private' || verification === 'unreachable')
        return this.#closed(destination, link, verification);
      const got = await destination.fetch(link, content.length, this.#signal);
      // Another file, or a page that answers everything.
      if (!got?.equals(content)) return this.#closed(destination, link, 'unreachable');
      return verification === 'verified' ? undefined : verification;
    });
  }

  #closed(destination: ConnectedDestination, link: Link, to: LinkClosed['to']): never {
    this.#note = to;
    throw new AppFailure(destination.closed(link, to));
  }

  /** Whoever is told that this key may not write has been signed in. */
  async #signIn(destination: ConnectedDestination): Promise<boolean> {
    const isIn = await this.step('sign-in', () => destination.check(this.#signal));
    const error = this.#results.get('sign-in')?.error;
    if (isIn || error?.code !== 'forbidden') return isIn;
    this.#results.set('sign-in', { step: 'sign-in', outcome: 'ok' });
    this.#results.set('write', { step: 'write', outcome: 'failed', error });
    this.#say();
    return false;
  }

  /** Also when the test itself ran out of time. A key that may write but not delete is a good key; the user only has to know what stays. */
  async #cleanUp(destination: ConnectedDestination, left: Parameters<Destination['discard']>[0]): Promise<void> {
    await this.step('clean-up', () => destination.discard(left, AbortSignal.timeout(timeLimits.cleanUpMs)));
    const error = this.#results.get('clean-up')?.error;
    if (error?.code === 'forbidden')
      this.#results.set('clean-up', { step: 'clean-up', outcome: 'warning', note: 'left-behind' });
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

/** Nothing of it is sent. */
const checked = memorySource(Buffer.alloc(0), 'hoist-check.txt');

function memorySource(content: Buffer, name = 'hoist-test.txt'): FileSource {
  return {
    name,
    size: content.length,
    contentType: 'text/plain',
    read: async (into, position) => content.copy(into, 0, position, Math.min(content.length, position + into.length)),
    check: async () => undefined,
    close: async () => undefined,
  };
}
