/** The kinds of destinations there are. Adding one: README.md beside this file. */
import { failure, type AppFailure } from '../../src-shared/errors.ts';
import { providerIds, type ProviderId } from '../../src-shared/provider.ts';
import { fal } from './fal/index.ts';
import type { Driver, DriverPorts, Provider, ProviderModule } from './contract/provider.ts';
import { dropbox } from './dropbox/index.ts';
import { s3 } from './s3/index.ts';

const registry = { s3, dropbox, fal } satisfies { [Id in ProviderId]: Provider & { id: Id } };

export const providers: readonly Provider[] = providerIds.map((id) => registry[id]);

/** @throws AppFailure provider-broken for an id that this version does not know */
export function providerById(id: ProviderId): Provider {
  const provider = providers.find((one) => one.id === id);
  if (!provider) throw failure('provider-broken');
  return provider;
}

const moduleMethods = ['connect', 'errorOf'] as const satisfies (keyof ProviderModule)[];
const driverMethods = ['check', 'upload', 'link', 'stat', 'discard', 'close'] as const satisfies (keyof Driver)[];

const modulePromises = new WeakMap<object, Promise<unknown>>();

/** ms after which code that does not come counts as broken: a disk that hangs must not hold an upload's place for ever */
const loadMs = 30_000;

export interface LoadOptions {
  /** ms */ timeoutMs?: number;
}

/**
 * Loads the provider's code, once. What was packaged wrongly, or is half there after a bad update, is one destination that
 * does not work, not a crash in the middle of an upload.
 * @throws AppFailure provider-broken
 */
export async function loadProvider<S>(
  provider: Provider<S>,
  { timeoutMs = loadMs }: LoadOptions = {},
): Promise<ProviderModule<S>> {
  const broken = (cause: unknown): AppFailure =>
    failure('provider-broken', { params: { provider: provider.name } }, cause);
  const module = await withTimeout(importOnce(provider), timeoutMs).catch((cause: unknown) => {
    throw broken(cause);
  });
  requireMethods(module, moduleMethods, broken);
  return {
    connect(settings: S, ports: DriverPorts): Driver {
      const driver = module.connect(settings, ports);
      requireMethods(driver, driverMethods, broken);
      return driver;
    },
    errorOf: (cause, settings) => module.errorOf(cause, settings),
    ...(module.suggest ? { suggest: (context, ports) => module.suggest!(context, ports) } : {}),
    ...(module.signIn ? { signIn: (context, ports) => module.signIn!(context, ports) } : {}),
    ...(module.signOut ? { signOut: (request, ports) => module.signOut!(request, ports) } : {}),
  };
}

/** One that failed is tried again when it is needed again: the disk may have been away. */
async function importOnce<S>(provider: Provider<S>): Promise<ProviderModule<S>> {
  const pending = modulePromises.get(provider) as Promise<ProviderModule<S>> | undefined;
  if (pending) return pending;
  // Also what `load` throws before it gives a promise.
  const module = (async () => provider.load())();
  modulePromises.set(provider, module);
  module.catch(() => modulePromises.delete(provider)); // whoever asked hears the cause
  return module;
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('does not load in time')), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function requireMethods(value: unknown, methods: readonly string[], broken: (cause: unknown) => AppFailure): void {
  const has = (name: string): boolean => typeof (value as Record<string, unknown> | undefined)?.[name] === 'function';
  const missing = methods.filter((name) => !has(name));
  if (missing.length > 0) throw broken(new Error(`missing: ${missing.join(', ')}`));
}
