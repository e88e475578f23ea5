/**
 * Connects to a destination. This is the code that all providers share, so drivers need not do it: it parses settings,
 * loads the driver, checks sizes before the first byte, keeps progress from decreasing, rejects as soon as the signal
 * aborts, and turns every error into an AppFailure.
 */
import * as v from 'valibot';
import { AppFailure, failure, type AppError } from '../../../src-shared/errors.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { Link, Ref, RestartReason, Verification } from '../../../src-shared/upload.ts';
import type { Destination, Transfer } from '../../engine/ports.ts';
import { commonSettingsSchema, type CommonSettings } from '../settings/common-settings.ts';
import { withReferencedCertificates } from './referenced-certificates.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { fetchLink, probeLink } from '../links/probe-link.ts';
import { createTransport } from '../network/transport.ts';
import { abortable } from '../contract/abortable.ts';
import { createKeyBuilder } from '../keys/object-key.ts';
import {
  LinkCheckError,
  type CheckOptions,
  type DiscardTarget,
  type Driver,
  type DriverPorts,
  type KeyBuilder,
  type Provider,
  type ProviderModule,
} from '../contract/provider.ts';
import { loadProvider } from './load-provider.ts';
import { memorySource } from './memory-source.ts';
import { enforceSizeLimits, type SizeLimits } from './size-limit.ts';

export interface ConnectedDestination extends Destination {
  /**
   * Proves that the settings can write. Leaves nothing behind.
   * @returns a warning when the destination works but something is wrong, such as the clock
   */
  check(signal: AbortSignal, options?: Pick<CheckOptions, 'promptMode'>): Promise<AppError | undefined>;
  /** Finds out what the service supports, with the stored file of a test, whose content it sends again. */
  measure?(ref: Ref, content: Buffer, signal: AbortSignal): Promise<void>;
  discard(target: DiscardTarget, signal: AbortSignal): Promise<void>;
  /** Opens a link as an anonymous client, through this destination's network settings. Never throws. */
  probe(link: Link, size: number, signal: AbortSignal): Promise<Verification>;
  /** Downloads at most `limit` bytes as an anonymous client; undefined when the link does not return a file. */
  download(link: Link, limit: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** The error that says why an anonymous client cannot open the link, and which setting causes it. */
  explainLinkCheck(link: Link, outcome: LinkCheckError['outcome']): AppError;
  /** Closes sockets; the destination is not used again. */
  close(): void;
}

export interface ConnectOptions {
  /** The profile's name, for error messages. */
  destination?: string;
}

/**
 * Checks the values of a form.
 * @returns the normalized values to save
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
  const common = withReferencedCertificates(parse(commonSettingsSchema, values), provider, values);
  const module = await loadProvider(provider);
  const transport = createTransport(
    common,
    ports.network,
    ports.sharingProcesses ? { sharingProcesses: () => ports.sharingProcesses!() } : {},
  );
  const driver = createDriverOrClose(
    () => module.connect(settings, { ...ports, transport }),
    () => transport.close(),
  );
  // An anonymous request must not share a connection with an authenticated request.
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
    explainLinkCheck: (link, outcome) => toFailure(new LinkCheckError(link, outcome)).error,
    upload: (transfer) =>
      wrap(transfer.signal, () =>
        uploadWithLimits(driver, transfer, {
          limits: sizeLimits(provider, common),
          keyBuilder: keyBuilderFor(transfer),
        }),
      ),
    ...(driver.measure
      ? {
          measure: (ref: Ref, content: Buffer, signal: AbortSignal) =>
            wrap(signal, () => driver.measure!(ref, content, signal)),
        }
      : {}),
    stat: (ref, signal) => wrap(signal, () => driver.stat(ref, signal)),
    link: (ref, signal, linkOverride) => wrap(signal, () => driver.link(ref, signal, linkOverride)),
    discard: (target, signal) => wrap(signal, () => driver.discard(target, signal)),
    ...(driver.revokeLink ? { revokeLink: (ref, signal) => wrap(signal, () => driver.revokeLink!(ref, signal)) } : {}),
    close() {
      driver.close();
      transport.close();
      anonymousTransport.close();
    },
  };
}

/** Closes the transport when the driver cannot be created. */
function createDriverOrClose(connect: () => Driver, close: () => void): Driver {
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
  // Uses only the field and the reason of the issue. The issue also contains the typed value, which may be a secret.
  throw new AppFailure(errorFromIssue(result.issues[0]));
}

/** The provider's own limit and the limit in the user's settings. */
const sizeLimits = (
  { capabilities }: Pick<Provider, 'capabilities'>,
  { maxFileBytes }: CommonSettings,
): SizeLimits => ({
  maxBytes: capabilities.maxBytes,
  userMaxBytes: maxFileBytes,
});

/** Uploads with the driver. Checks the size limits, and reports progress that decreases only at a restart. */
async function uploadWithLimits(
  driver: Driver,
  transfer: Transfer,
  { limits, keyBuilder }: { limits: SizeLimits; keyBuilder: KeyBuilder },
): Promise<Ref> {
  const { size = Infinity } = transfer.source;
  let reported = 0;
  const driverTransfer = {
    ...transfer,
    keyBuilder,
    onProgress: (sent: number) => {
      // `sent` decreases when a part is sent again, but the reported progress must not decrease.
      const next = Math.min(size, Math.max(reported, sent));
      if (next === reported || transfer.signal.aborted) return;
      reported = next;
      transfer.onProgress(reported);
    },
    onRestart: (why: RestartReason) => {
      if (transfer.signal.aborted) return;
      reported = 0;
      transfer.onRestart?.(why);
    },
  };
  const source = enforceSizeLimits(transfer.source, limits);
  return driver.upload(source.size === undefined ? { ...driverTransfer, source } : { ...driverTransfer, source });
}

/** Runs one operation of the driver: it ends as soon as the signal aborts, and every error becomes an AppFailure. */
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

/** An error without a known meaning is reported as a bug of Hoist. */
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

/** The empty file whose name a check uses to build its object key. It is never uploaded. */
const checkSource = memorySource(Buffer.alloc(0), 'hoist-check.txt');
