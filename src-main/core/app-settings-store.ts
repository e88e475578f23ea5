/** The user's settings of the app. */
import { initialAppSettings, type AppSettings } from '../../src-shared/app-settings.ts';
import type { Store } from '../store/open.ts';

export class AppSettingsStore {
  readonly #settings: Store['settings'];
  readonly #changed: (settings: AppSettings) => void;

  constructor(settings: Store['settings'], changed: (settings: AppSettings) => void) {
    this.#settings = settings;
    this.#changed = changed;
  }

  get(): AppSettings {
    return { ...initialAppSettings, ...this.#settings.get('app') };
  }

  set(changes: Partial<AppSettings>): void {
    this.#settings.set('app', { ...this.#settings.get('app'), ...changes });
    this.#changed(this.get());
  }
}
