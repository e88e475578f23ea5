/**
 * What all providers share: settings are parsed, code is loaded, sizes are checked before the first byte, progress only
 * grows, a cancel is obeyed at once, and every error leaves as an AppFailure. Drivers stay free of all that.
 */
import * as v from 'valibot';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { CheckReport, CheckResult, CheckStep, FieldValues } from '../../../src-shared/profile.ts';
import { checkSteps } from '../../../src-shared/profile.ts';
import type { Checkpoint, Link, Ref, Verification } from '../../../src-shared/upload.ts';
import type { Destination, FileSource, Transfer } from '../../engine/ports.ts';
import { commonSettingsSchema, type CommonSettings } from '../settings/common-settings.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { fetchLink, probeLink } from '../links/probe-link.ts';
import { createTransport } from '../network/transport.ts';
import { abortable } from '../contract/abortable.ts';
import { createKeyBuilder } from '../keys/object-key.ts';
import {
  LinkCheckError,
  type CheckOptions,
  type Driver,
  type DriverPorts,
  type DriverTransfer,
  type KeyBuilder,
  type Provider,
  type ProviderModule,
} from '../contract/provider.ts';
import { loadProvider } from '../registry.ts';
import { enforceSizeLimits, type SizeLimits } from './size-limit.ts';
import { timeLimits } from '../network/time-limits.ts';

export interface ConnectedDestination extends Destination {
  /**
   * Proves that the settings can write, leaving nothing behind.
   * @returns what is not right although it works
   */
  check(signal: AbortSignal, options?: Pick<CheckOptions, 'promptMode'>): Promise<AppError | undefined>;
  /** Opens a link as a stranger would, the way that this destination is reached. Never throws. */
  probe(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
  /** What a stranger gets, of at most `limit` bytes; undefined when that is no file. */
  download(link: Link, limit: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Why a link is not open, and which setting that is about. */
  explainLinkCheck(link: Link, verdict: LinkCheckError['verdict']): AppError;
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
export function validateValues(provider: Provider, values: FieldValues): FieldValues {
  parse(provider.settings, values);
  parse(commonSettingsSchema, values);
  return provider.normalize?.(values) ?? values;
}

/** @throws AppFailure invalid-input, naming the field; provider-broken. Sends nothing. */
export async function connectDestination<S>(
  provider: Provider<S>,
  values: FieldValues,
  ports: DriverPorts,
  options: ConnectOptions = {},
): Promise<ConnectedDestination> {
  const settings = parse(provider.settings, values);
  const common = parse(commonSettingsSchema, values);
  const module = await loadProvider(provider);
  const transport = createTransport(common, ports.network);
  const driver = connectOrClose(
    () => module.connect(settings, { ...ports, transport }),
    () => transport.close(),
  );
  // A stranger's requests leave nothing on a connection, and find nothing on it.
  const anonymousTransport = {
    ...createTransport(common, ports.network, { connectionReuse: 'per-request' }),
    redirectDomains: provider.linkRedirectDomains,
  };
  const toFailure = (cause: unknown): AppFailure => toAppFailure(module, cause, settings, options);
  const wrap = createWrapper(toFailure);
  const keyBuilderFor = ({
    source,
    keyOptions = { createdAt: ports.now(), folderName: '' },
    signal,
  }: Pick<Transfer, 'source' | 'keyOptions' | 'signal'>): KeyBuilder =>
    createKeyBuilder({
      ...common.naming,
      profile: options.destination ?? '',
      naming: keyOptions,
      source,
      signal,
      randomBytes: (count) => ports.randomBytes(count),
    });
  return {
    check: (signal, checkOptions) =>
      wrap(signal, async () => {
        const warning = await driver.check(signal, {
          ...checkOptions,
          keyBuilder: keyBuilderFor({ source: checkSource, signal }),
        });
        return warning && withDestinationName(warning, options);
      }),
    probe: (link, size, signal) => probeLink(link, size, signal, anonymousTransport),
    download: (link, limit, signal) => fetchLink(link, limit, signal, anonymousTransport),
    explainLinkCheck: (link, verdict) => toFailure(new LinkCheckError(link, verdict)).error,
    upload: (transfer) =>
      wrap(transfer.signal, () =>
        uploadWithin(driver, transfer, { limits: sizeLimits(provider, common), keyBuilder: keyBuilderFor(transfer) }),
      ),
    stat: (ref, signal) => wrap(signal, () => driver.stat(ref, signal)),
    link: (ref, signal, linkOverride) => wrap(signal, () => driver.link(ref, signal, linkOverride)),
    discard: (what, signal) => wrap(signal, () => driver.discard(what, signal)),
    close() {
      driver.close();
      transport.close();
      anonymousTransport.close();
    },
  };
}

/** What a driver that does not come to be has opened for it is closed again. */
function connectOrClose(connect: () => Driver, close: () => void): Driver {
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
  throw new AppFailure(errorFromIssue(result.issues[0]));
}

const sizeLimits = (
  { capabilities }: Pick<Provider, 'capabilities'>,
  { maxFileBytes: largest }: CommonSettings,
): SizeLimits => ({
  maxBytes: capabilities.maxBytes,
  userMaxBytes: largest,
});

async function uploadWithin(
  driver: Driver,
  transfer: Transfer,
  { limits, keyBuilder }: { limits: SizeLimits; keyBuilder: KeyBuilder },
): Promise<Ref> {
  const { size = Infinity } = transfer.source;
  let reported = 0;
  return driver.upload({
    ...transfer,
    keyBuilder,
    source: enforceSizeLimits(transfer.source, limits),
    onProgress: (sent) => {
      // A part that is sent again takes its bytes back; what people watch does not.
      const next = Math.min(size, Math.max(reported, sent));
      if (next === reported || transfer.signal.aborted) return;
      reported = next;
      transfer.onProgress(reported);
    },
    onRestart: (why) => {
      if (transfer.signal.aborted) return;
      reported = 0;
      transfer.onRestart?.(why);
    },
  } as DriverTransfer);
}

type RunWrapped = <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T>;

function createWrapper(toFailure: (cause: unknown) => AppFailure): RunWrapped {
  return async (signal, act) => {
    if (signal.aborted) throw failure('canceled');
    try {
      return await abortable(act(), signal);
    } catch (cause) {
      throw signal.aborted ? failure('canceled') : toFailure(cause);
    }
  };
}

/** What nobody knows is a mistake of ours, and must be seen as one. */
function toAppFailure<S>(
  module: ProviderModule<S>,
  cause: unknown,
  settings: S,
  { destination }: ConnectOptions,
): AppFailure {
  const error = withDestinationName(
    cause instanceof AppFailure ? cause.error : (module.errorOf(cause, settings) ?? { code: 'bug' }),
    { destination },
  );
  return cause instanceof AppFailure ? failure(error.code, error, cause.cause) : failure(error.code, error, cause);
}

const withDestinationName = (error: AppError, { destination }: ConnectOptions): AppError =>
  destination === undefined ? error : { ...error, params: { destination, ...error.params } };

// ---------------------------------------------------------------- the test of a destination

const testBytes = 1024;

export interface DestinationTestOptions extends ConnectOptions {
  signal?: AbortSignal;
  /** Hears the lines so far, each time that there is another one; none when the test begins. */
  onResults?(results: CheckResult[]): void;
}

/**
 * A real small upload through the same code as any other: whoever sees five ticks knows that links will work. Leaves
 * nothing behind, and says so when it cannot. Never throws.
 */
export async function testDestination<S>(
  provider: Provider<S>,
  values: FieldValues,
  ports: DriverPorts,
  options: DestinationTestOptions = {},
): Promise<CheckReport> {
  const run = new DestinationTestRun(ports, options);
  let destination: ConnectedDestination | undefined;
  await run.step('settings', async () => {
    destination = await connectDestination(provider, values, ports, options);
  });
  if (destination) await run.run(destination);
  destination?.close();
  return run.report();
}

type Note = NonNullable<CheckResult['note']>;
/** What is to be said of a step that passed. */
type StepRemark = Note | AppError | undefined | void;

class DestinationTestRun {
  readonly #ports: DriverPorts;
  readonly #limit = AbortSignal.timeout(timeLimits.destinationTestMs);
  readonly #signal: AbortSignal;
  readonly #results = new Map<CheckStep, CheckResult>();
  readonly #onResults: (results: CheckResult[]) => void;
  /** What the link was like that did not open. */
  #linkVerdict: LinkCheckError['verdict'] | undefined;

  constructor(ports: DriverPorts, { signal, onResults = () => undefined }: DestinationTestOptions) {
    this.#ports = ports;
    this.#onResults = onResults;
    onResults([]);
    this.#signal = signal ? AbortSignal.any([signal, this.#limit]) : this.#limit;
  }

  /** @returns whether the step passed; the failure is in the report */
  async step(step: CheckStep, act: () => Promise<StepRemark>): Promise<boolean> {
    const isPassed = await this.#runStep(step, act);
    // What became of the clean-up is known only when it has been looked at once more.
    if (step !== 'clean-up') this.#reportResults();
    return isPassed;
  }

  async #runStep(step: CheckStep, act: () => Promise<StepRemark>): Promise<boolean> {
    try {
      const remark = await act();
      const detail = typeof remark === 'object' ? { error: remark } : remark && { note: remark };
      this.#results.set(step, detail ? { step, outcome: 'warning', ...detail } : { step, outcome: 'ok' });
      return true;
    } catch (cause) {
      const error: AppError = cause instanceof AppFailure ? cause.error : { code: 'bug' };
      const outOfTime = error.code === 'canceled' && this.#signal.reason === this.#limit.reason;
      this.#results.set(step, {
        step,
        outcome: 'failed',
        error: outOfTime ? { code: 'stalled' } : error,
        ...(step === 'link' && this.#linkVerdict ? { note: this.#linkVerdict } : {}),
      });
      return false;
    }
  }

  async run(destination: ConnectedDestination): Promise<void> {
    const content = Buffer.from(this.#ports.randomBytes(testBytes));
    if (!(await this.#checkSignIn(destination))) return;
    let checkpoint: Checkpoint | undefined;
    let ref: Ref | undefined;
    const isWritten = await this.step('write', async () => {
      ref = await destination.upload({
        source: memorySource(content),
        signal: this.#signal,
        onProgress: () => undefined,
        // Whatever is there stays, and nobody is asked.
        keyOptions: { createdAt: this.#ports.now(), folderName: '', collision: 'new-name' },
        onCheckpoint: async (latest) => {
          checkpoint = latest;
        },
      });
      if (!(await isStoredWhole(destination, ref, content.length, this.#signal))) throw failure('corrupted');
    });
    if (isWritten && ref !== undefined) await this.#checkLink(destination, ref, content);
    const remaining = ref === undefined ? checkpoint && { checkpoint } : { ref };
    if (remaining) await this.#cleanUp(destination, remaining);
    // Nothing is known to be there, so nothing is said about it.
    if (!isWritten) this.#results.delete('clean-up');
    this.#reportResults();
  }

  #reportResults(): void {
    this.#onResults(checkSteps.flatMap((step) => this.#results.get(step) ?? []));
  }

  #checkLink(destination: ConnectedDestination, ref: Ref, content: Buffer): Promise<boolean> {
    return this.step('link', async () => {
      const link = await destination.link(ref, this.#signal);
      // Made for some people only: that a stranger cannot open it is as it should be.
      if (link.visibility === 'private') return 'private';
      const verification = await destination.probe(link, content.length, this.#signal);
      if (verification === 'private' || verification === 'unreachable')
        return this.#failLinkCheck(destination, link, verification);
      const downloaded = await destination.download(link, content.length, this.#signal);
      // Another file, or a page that answers everything.
      if (!downloaded?.equals(content)) return this.#failLinkCheck(destination, link, 'unreachable');
      return verification === 'verified' ? undefined : verification;
    });
  }

  #failLinkCheck(destination: ConnectedDestination, link: Link, verdict: LinkCheckError['verdict']): never {
    this.#linkVerdict = verdict;
    throw new AppFailure(destination.explainLinkCheck(link, verdict));
  }

  /** Whoever is told that this key may not write has been signed in. */
  async #checkSignIn(destination: ConnectedDestination): Promise<boolean> {
    const isSignedIn = await this.step('sign-in', () => destination.check(this.#signal));
    const error = this.#results.get('sign-in')?.error;
    if (isSignedIn || error?.code !== 'forbidden') return isSignedIn;
    this.#results.set('sign-in', { step: 'sign-in', outcome: 'ok' });
    this.#results.set('write', { step: 'write', outcome: 'failed', error });
    this.#reportResults();
    return false;
  }

  /** Also when the test itself ran out of time. A key that may write but not delete is a good key; the user only has to know what stays. */
  async #cleanUp(destination: ConnectedDestination, remaining: Parameters<Destination['discard']>[0]): Promise<void> {
    await this.step('clean-up', () => destination.discard(remaining, AbortSignal.timeout(timeLimits.cleanUpMs)));
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
async function isStoredWhole(destination: Destination, ref: Ref, size: number, signal: AbortSignal): Promise<boolean> {
  try {
    return (await destination.stat(ref, signal))?.size === size;
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
    return true;
  }
}

/** Nothing of it is sent. */
const checkSource = memorySource(Buffer.alloc(0), 'hoist-check.txt');

function memorySource(content: Buffer, name = 'hoist-test.txt'): FileSource {
  return {
    name,
    size: content.length,
    contentType: 'text/plain',
    read: async (into, position) => content.copy(into, 0, position, Math.min(content.length, position + into.length)),
    assertUnchanged: async () => undefined,
    close: async () => undefined,
  };
}
