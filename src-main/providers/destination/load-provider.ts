/** Loads the code of a provider on first use and checks that it is complete. */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import type { Driver, DriverPorts, Provider, ProviderModule } from '../contract/provider.ts';

const moduleMethods = ['connect', 'errorOf'] as const satisfies (keyof ProviderModule)[];
const driverMethods = ['check', 'upload', 'link', 'stat', 'discard', 'close'] as const satisfies (keyof Driver)[];

const modulePromises = new WeakMap<object, Promise<unknown>>();

/** Loading fails after this time. Otherwise an unresponsive disk would block the slot of an upload forever. */
const loadMs = 30_000;

export interface LoadOptions {
  timeoutMs?: number;
}

/**
 * Loads the provider's code once. If code is missing or incomplete (a packaging error or a failed update), only
 * destinations of this provider are unusable, and the app does not crash during an upload.
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

/** Does not cache a failed import, because the disk may have been unavailable only briefly. */
async function importOnce<S>(provider: Provider<S>): Promise<ProviderModule<S>> {
  const pending = modulePromises.get(provider) as Promise<ProviderModule<S>> | undefined;
  if (pending) return pending;
  // If `load` throws synchronously, the async function turns the error into a rejection.
  const module = (async () => provider.load())();
  modulePromises.set(provider, module);
  module.catch(() => modulePromises.delete(provider)); // The caller gets the error, because `module` also rejects.
  return module;
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not loaded after ${timeoutMs} ms`)), timeoutMs);
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
