/** The providers of this version, by id. */
import { failure } from '../../src-shared/errors.ts';
import type { ProviderId, ProviderInfo } from '../../src-shared/provider.ts';
import type { Provider } from '../providers/contract/provider.ts';

export class ProviderCatalog {
  readonly all: readonly Provider[];

  constructor(providers: readonly Provider[]) {
    this.all = providers;
  }

  find(id: string): Provider | undefined {
    return this.all.find((provider) => provider.id === id);
  }

  /** @throws AppFailure provider-broken when this version does not know the provider */
  get(id: string): Provider {
    const provider = this.find(id);
    if (!provider) throw failure('provider-broken', { params: { provider: id } });
    return provider;
  }

  /** The manifests without their functions, which cannot be sent to the window. */
  infos(): ProviderInfo[] {
    return this.all.map(({ id, name, help, fields, presets, capabilities }) => ({
      id,
      name,
      help,
      fields,
      presets,
      capabilities,
    }));
  }

  /**
   * The help page for a field's value or a preset's keys.
   * @throws AppFailure invalid-input when there is no such page
   */
  helpPageUrl(providerId: ProviderId, subject: { field: string } | { preset: string }): string {
    const provider = this.find(providerId);
    const page =
      'field' in subject
        ? provider?.fields.find(({ key }) => key === subject.field)?.page
        : provider?.presets.find(({ id }) => id === subject.preset)?.page;
    if (page === undefined) throw failure('invalid-input');
    return page;
  }
}
