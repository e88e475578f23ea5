/** Which environment variables a provider reads: what it asks for is what it reads, so no second list can be wrong. */
import type { ProviderId } from '../../../src-shared/provider.ts';
import { providerOf } from '../../providers/registry.ts';

export function variablesOf(id: ProviderId): string[] {
  const asked = new Set<string>();
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => {
        if (typeof name === 'string') asked.add(name);
        return undefined;
      },
      has: (_, name) => {
        if (typeof name === 'string') asked.add(name);
        return false;
      },
    },
  );
  providerOf(id).credentials({ env, home: '/', platform: 'linux', read: () => undefined });
  return [...asked].filter((name) => /^[A-Z][A-Z\d_]+$/.test(name));
}
