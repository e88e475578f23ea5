/** Destinations that need no setup and have no record: Practice, and the credentials in environment variables. */
import { practiceId, type Profile } from '../../src-shared/profile.ts';
import type { ProviderId, ProviderInfo } from '../../src-shared/provider.ts';
import { text } from '../../src-shared/text/text.ts';
import type { ProfileId } from '../../src-shared/upload.ts';

export type BuiltIn = 'environment' | 'practice';

/** The destination with which the command line uses a provider's environment variables without any setup. */
const environmentProfileId = (providerId: ProviderId): ProfileId =>
  providerId === 's3' ? 'environment' : `environment-${providerId as string}`;

/** Names that always mean a built-in destination on the command line, so that no other destination may have them. */
export const isReservedName = (name: string): boolean =>
  ['practice', 'environment'].includes(name.trim().toLowerCase());

export const isEnvironmentId = (id: ProfileId): boolean => id === 'environment' || id.startsWith('environment-');

/** For the environment, one destination per provider, in the order of the registry. */
export function builtInProfiles(kind: BuiltIn, providers: readonly Pick<ProviderInfo, 'id' | 'name'>[]): Profile[] {
  if (kind === 'practice')
    return [
      {
        id: practiceId,
        providerId: 's3',
        name: text('destination.practice'),
        settings: {},
        source: 'practice',
        createdAt: 0,
      },
    ];
  return providers.map(({ id, name }) => ({
    id: environmentProfileId(id),
    providerId: id,
    name: text('destination.environment', { provider: name }),
    settings: {},
    source: 'environment',
    createdAt: 0,
  }));
}

export const findBuiltIn = (
  id: ProfileId,
  providers: readonly Pick<ProviderInfo, 'id' | 'name'>[],
): Profile | undefined =>
  (['environment', 'practice'] as const)
    .flatMap((kind) => builtInProfiles(kind, providers))
    .find((profile) => profile.id === id);
