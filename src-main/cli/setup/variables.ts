/** Finds the environment variables that a provider reads, by recording its reads. */
import type { ProviderId } from '../../../src-shared/provider.ts';
import { providerById } from '../../providers/registry.ts';

export function environmentVariablesFor(id: ProviderId): string[] {
  const accessed = new Set<string>();
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => {
        if (typeof name === 'string') accessed.add(name);
        return undefined;
      },
      has: (_, name) => {
        if (typeof name === 'string') accessed.add(name);
        return false;
      },
    },
  );
  providerById(id).discoverCredentials({ env, home: '/', platform: 'linux', read: () => undefined });
  // Only names of variables, no other properties of the object.
  return [...accessed].filter((name) => /^[A-Z][A-Z\d_]+$/.test(name));
}
