/** The providers of this version. README.md in this folder explains how to add one. */
import { failure } from '../../src-shared/errors.ts';
import { providerIds, type ProviderId } from '../../src-shared/provider.ts';
import { fal } from './fal/index.ts';
import type { Provider } from './contract/provider.ts';
import { dropbox } from './dropbox/index.ts';
import { s3 } from './s3/index.ts';

const registry = { s3, dropbox, fal } satisfies { [Id in ProviderId]: Provider & { id: Id } };

export const providers: readonly Provider[] = providerIds.map((id) => registry[id]);

/** @throws AppFailure provider-broken when this version does not know the id */
export function providerById(id: ProviderId): Provider {
  const provider = providers.find((candidate) => candidate.id === id);
  if (!provider) throw failure('provider-broken');
  return provider;
}
