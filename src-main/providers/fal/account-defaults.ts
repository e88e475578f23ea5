/** The account's settings for new files, which decide who can open a file and how long it lives. Read once. */
import { failure } from '../../../src-shared/errors.ts';
import { lacksPermission, type AccountSettings, type FalApi } from './api.ts';
import type { FalRequestOptions } from './http-client.ts';
import type { FalSettings } from './settings.ts';

export class AccountDefaults {
  readonly #api: Pick<FalApi, 'accountSettings'>;
  #cachedSettings: AccountSettings | undefined;

  constructor(api: Pick<FalApi, 'accountSettings'>) {
    this.#api = api;
  }

  /**
   * Returns the settings of an upload with the account's values in place of missing ones. Without the permission to
   * read the account's settings, returns `settings` unchanged; the check of the link after the upload then reports a
   * link that does not open.
   * @throws AppFailure forbidden when the link would not open, before a byte is sent; as {@link FalApi.accountSettings}
   */
  async applyTo(settings: FalSettings, options: FalRequestOptions): Promise<FalSettings> {
    // Both settings are set in the destination, so the account's settings do not apply.
    if (settings.access === 'signed' && settings.expirySeconds !== undefined) return settings;
    const { acl = 'allow', expirySeconds } = await this.#read(options);
    if (settings.access === 'public' && acl !== 'allow') {
      // The user may change the account's settings before trying again, so they are read again.
      this.#cachedSettings = undefined;
      throw failure('forbidden', { field: 'access', params: { why: 'falAccount' } });
    }
    return settings.expirySeconds === undefined && expirySeconds !== undefined
      ? { ...settings, accountExpirySeconds: expirySeconds }
      : settings;
  }

  async #read(options: FalRequestOptions): Promise<AccountSettings> {
    try {
      return (this.#cachedSettings ??= await this.#api.accountSettings(options));
    } catch (cause) {
      if (!lacksPermission(cause)) throw cause;
      return (this.#cachedSettings = {});
    }
  }
}
