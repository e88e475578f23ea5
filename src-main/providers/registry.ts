/** The kinds of destinations there are, in the order in which people see them. Adding one: README.md beside this file. */
import { failure } from '../../src-shared/errors.ts';
import type { ProviderId } from '../../src-shared/provider.ts';
import type { Driver, DriverPorts, Provider, ProviderModule } from './provider.ts';
import { s3 } from './s3/index.ts';

export const providers: readonly Provider[] = [s3];

/** @throws AppFailure provider-broken for an id that this version does not know */
export function providerOf(id: ProviderId): Provider {
  const provider = providers.find((one) => one.id === id);
  if (!provider) throw failure('provider-broken');
  return provider;
}

const moduleMethods = ['connect', 'errorOf'] as const satisfies (keyof ProviderModule)[];
const driverMethods = ['check', 'upload', 'link', 'stat', 'discard', 'close'] as const satisfies (keyof Driver)[];

/**
 * Loads the provider's code. What was packaged wrongly, or is half there after a bad update, is one destination that does
 * not work, not a crash in the middle of an upload.
 * @throws AppFailure provider-broken
 */
export async function loadProvider<S>(provider: Provider<S>): Promise<ProviderModule<S>> {
  const module = await provider.load().catch((cause: unknown) => { throw failure('provider-broken', {}, cause); });
  requireMethods(module, moduleMethods);
  return {
    connect(settings: S, ports: DriverPorts): Driver {
      const driver = module.connect(settings, ports);
      requireMethods(driver, driverMethods);
      return driver;
    },
    errorOf: (cause, settings) => module.errorOf(cause, settings),
  };
}

function requireMethods(value: unknown, methods: readonly string[]): void {
  const has = (name: string): boolean => typeof (value as Record<string, unknown> | undefined)?.[name] === 'function';
  const missing = methods.filter((name) => !has(name));
  if (missing.length > 0) throw failure('provider-broken', {}, new Error(`missing: ${missing.join(', ')}`));
}
