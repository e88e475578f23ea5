/** The unfinished setup form: the one that the user closed is stored, the one that is open is kept in memory. */
import type { SavedSetups, SetupDraft } from '../../src-shared/profile.ts';
import { publicValues } from './field-values.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import type { ProviderCatalog } from './provider-catalog.ts';

export interface SetupDraftsPorts {
  providers: ProviderCatalog;
  /** The setup that the user closed before it was finished. */
  closed: PersistedSetting<SetupDraft>;
}

export class SetupDrafts {
  readonly #ports: SetupDraftsPorts;
  #open: SetupDraft | null = null;

  constructor(ports: SetupDraftsPorts) {
    this.#ports = ports;
  }

  saved(): SavedSetups {
    const draft = this.#ports.closed.get();
    // This version may not know the provider.
    const closed = draft && this.#ports.providers.find(draft.providerId) ? draft : null;
    return { closed, open: this.#open };
  }

  /** Keeps the form of the open wizard, so that it can be opened again after the page ended. */
  keepOpen(draft: SetupDraft | null): void {
    this.#open = draft && this.#withoutSecrets(draft);
  }

  saveClosed(draft: SetupDraft | null): void {
    this.#ports.closed.set(draft ? this.#withoutSecrets(draft) : undefined);
  }

  /** Removes secrets, even if the settings contain one. */
  #withoutSecrets(draft: SetupDraft): SetupDraft {
    return { ...draft, settings: publicValues(this.#ports.providers.get(draft.providerId), draft.settings) };
  }
}
