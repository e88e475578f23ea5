/**
 * Stores a profile's secrets in one of three storages: `saved`, encrypted in the records; without a key store
 * `session`, in memory until Hoist quits, or, if the user chose it, `unprotected`, in a separate file. Keeps records
 * that it cannot decrypt: the key store may be locked.
 */
import { setImmediate } from 'node:timers/promises';
import type { FieldValues, KeyStore, SecretStorage } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { keyStoreName } from './key-store-name.ts';
import type { SecretBox } from './secret-box.ts';
import type { UnprotectedKeys } from './unprotected-keys.ts';

export interface SecretRecord {
  v: 1;
  /** The key store that encrypted the secret, see {@link SecretBox.backend}. */
  backend: string;
  /** The encrypted secret in base64. */
  blob: string;
}

/** Ciphertext by profile and field. */
interface SecretRecords {
  all(profileId: ProfileId): Record<string, SecretRecord>;
  set(profileId: ProfileId, field: string, record: SecretRecord): void;
  remove(profileId: ProfileId, field: string): void;
  /** Undoes all changes of `work` if it throws. */
  transaction(work: () => void): void;
}

export interface SaveSecretsOptions {
  /** The storage to use without a key store. */
  fallbackStorage?: 'session' | 'unprotected' | undefined;
  /** Called in the transaction that writes the secrets. */
  alsoWrite?(): void;
}

export interface SaveAllSecretsOptions {
  fallbackStorage?: 'session' | 'unprotected' | undefined;
  alsoWrite(): void;
  signal?: AbortSignal | undefined;
}

export interface ProfileSecretsPorts {
  records: SecretRecords;
  unprotected: UnprotectedKeys;
  box: SecretBox;
  /** Registers a value that must never appear in the log. */
  registerSecret(secret: string): void;
}

/** `fields`: the fields with a usable value. */
export interface ProfileSecretsState {
  fields: string[];
  secretStorage: Extract<SecretStorage, 'saved' | 'session' | 'unprotected' | 'missing' | 'locked'>;
  backend?: string;
}

export class ProfileSecrets {
  readonly #ports: ProfileSecretsPorts;
  readonly #sessionSecrets = new Map<ProfileId, FieldValues>();
  /** Whether the last read of each profile could decrypt its secrets. */
  readonly #lastReadResult = new Map<ProfileId, 'opened' | 'locked'>();

  constructor(ports: ProfileSecretsPorts) {
    this.#ports = ports;
  }

  async keyStore(): Promise<KeyStore> {
    const { box } = this.#ports;
    return (await box.available())
      ? { state: 'available', name: keyStoreName(box.backend()) }
      : { state: 'none', name: '' };
  }

  /** Keeps these values out of the log, even if they are never saved. */
  registerSecret(values: FieldValues): void {
    for (const value of Object.values(values)) this.#ports.registerSecret(value);
  }

  /**
   * An empty value deletes the secret; an omitted field keeps its secret. If a key store is available now, the secrets
   * that were stored without one are encrypted with it. Otherwise they stay in their storage, or move to
   * `fallbackStorage`.
   * @throws AppFailure disk-full
   */
  async save(
    profileId: ProfileId,
    values: FieldValues,
    { fallbackStorage, alsoWrite = () => undefined }: SaveSecretsOptions = {},
  ): Promise<void> {
    const { records } = this.#ports;
    const nonEmpty = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
    const unchanged = Object.entries(this.#plaintext(profileId)).filter(([field]) => values[field] === undefined);
    const all: FieldValues = { ...Object.fromEntries(unchanged), ...nonEmpty };
    // Do not use the key store when there is no value to encrypt, because the key store may prompt the user.
    if (Object.keys({ ...all, ...values }).length === 0) {
      alsoWrite();
      return;
    }
    this.registerSecret(all);
    const sealed = await this.#seal(all);
    const storage = sealed ? 'saved' : (fallbackStorage ?? this.#currentPlainStorage(profileId));
    records.transaction(() => {
      for (const [field, record] of Object.entries(sealed ?? {})) records.set(profileId, field, record);
      // An older value must not reappear when the key store is available again.
      for (const field of Object.keys(values)) if (!sealed?.[field]) records.remove(profileId, field);
      alsoWrite();
    });
    // Change the other storages only after the transaction, so that a failed write loses no secret.
    this.#setPlaintext(
      profileId,
      storage === 'saved' ? {} : all,
      storage === 'unprotected' ? 'unprotected' : 'session',
    );
    this.#lastReadResult.delete(profileId);
  }

  /**
   * Saves secrets of many profiles in one transaction with `alsoWrite`, or none of them. Secrets that are not in
   * `values` keep their storage.
   * @throws AppFailure disk-full; `signal.reason` when it aborts before the transaction
   */
  async saveAll(
    profiles: readonly { profileId: ProfileId; values: FieldValues }[],
    { fallbackStorage = 'session', alsoWrite, signal }: SaveAllSecretsOptions,
  ): Promise<void> {
    const { records, unprotected } = this.#ports;
    const sealed = new Map<ProfileId, Record<string, SecretRecord>>();
    const plain = new Map<ProfileId, FieldValues>();
    for (const { profileId, values } of profiles) {
      signal?.throwIfAborted();
      if (Object.keys(values).length === 0) continue;
      this.registerSecret(values);
      const sealedValues = await this.#seal(values);
      if (sealedValues) sealed.set(profileId, sealedValues);
      else plain.set(profileId, { ...this.#plaintext(profileId), ...values });
      await setImmediate(); // Lets other work run while many secrets are encrypted.
    }
    signal?.throwIfAborted();
    records.transaction(() => {
      for (const [profileId, fields] of sealed)
        for (const [field, record] of Object.entries(fields)) records.set(profileId, field, record);
      // An older value must not reappear when the key store is available again.
      for (const [profileId, values] of plain)
        for (const field of Object.keys(records.all(profileId))) if (values[field]) records.remove(profileId, field);
      alsoWrite();
      // If the file cannot be written, nothing is saved.
      if (fallbackStorage === 'unprotected') unprotected.setAll(plain);
    });
    for (const profileId of [...sealed.keys(), ...plain.keys()]) {
      const values = plain.get(profileId);
      if (values && fallbackStorage === 'session') this.#sessionSecrets.set(profileId, values);
      else this.#sessionSecrets.delete(profileId);
      this.#lastReadResult.delete(profileId);
    }
  }

  /** @returns undefined when a saved secret cannot be decrypted, because the key store is locked or was replaced */
  async read(profileId: ProfileId): Promise<FieldValues | undefined> {
    const plain = this.#plaintext(profileId);
    const opened: FieldValues = {};
    for (const [field, record] of this.#encryptedOnly(profileId, plain)) {
      const value = await this.#open(record);
      if (value === undefined) {
        this.#lastReadResult.set(profileId, 'locked');
        return undefined;
      }
      opened[field] = value;
    }
    const values = { ...opened, ...plain };
    this.registerSecret(values);
    this.#lastReadResult.set(profileId, 'opened');
    return values;
  }

  /** Does not use the key store, because the key store may prompt the user. */
  state(profileId: ProfileId): ProfileSecretsState {
    const { unprotected, box } = this.#ports;
    const session = Object.keys(this.#sessionSecrets.get(profileId) ?? {});
    const unencrypted = Object.keys(unprotected.get(profileId));
    const sealed = this.#encryptedOnly(profileId, this.#plaintext(profileId));
    const backend = sealed[0]?.[1].backend;
    if (
      sealed.length > 0 &&
      this.#isLocked(
        profileId,
        sealed.map(([, record]) => record),
        box.backend(),
      )
    )
      return { fields: [], secretStorage: 'locked', backend: backend! };
    const fields = [...new Set([...sealed.map(([field]) => field), ...unencrypted, ...session])];
    if (fields.length === 0) return { fields, secretStorage: 'missing' };
    if (session.length > 0) return { fields, secretStorage: 'session' };
    return unencrypted.length > 0
      ? { fields, secretStorage: 'unprotected' }
      : { fields, secretStorage: 'saved', backend: backend! };
  }

  /** Copies all secrets of `from` to the same storage, without decrypting them. @throws AppFailure disk-full */
  copy(from: ProfileId, to: ProfileId): void {
    const { records, unprotected } = this.#ports;
    records.transaction(() => {
      for (const [field, record] of Object.entries(records.all(from))) records.set(to, field, record);
    });
    unprotected.set(to, unprotected.get(from));
    const session = this.#sessionSecrets.get(from);
    if (session) this.#sessionSecrets.set(to, { ...session });
  }

  /** @throws AppFailure disk-full */
  remove(profileId: ProfileId): void {
    const { records, unprotected } = this.#ports;
    this.#sessionSecrets.delete(profileId);
    this.#lastReadResult.delete(profileId);
    unprotected.set(profileId, {});
    for (const field of Object.keys(records.all(profileId))) records.remove(profileId, field);
  }

  /**
   * Whether the secrets can't be decrypted, as far as is known without the key store. Before the first read only
   * another key store is noticed, by its name.
   */
  #isLocked(profileId: ProfileId, sealed: SecretRecord[], backend: string): boolean {
    const lastResult = this.#lastReadResult.get(profileId);
    return lastResult === undefined ? sealed.some((record) => record.backend !== backend) : lastResult === 'locked';
  }

  #plaintext(profileId: ProfileId): FieldValues {
    return { ...this.#ports.unprotected.get(profileId), ...this.#sessionSecrets.get(profileId) };
  }

  #currentPlainStorage(profileId: ProfileId): 'session' | 'unprotected' {
    return Object.keys(this.#ports.unprotected.get(profileId)).length > 0 ? 'unprotected' : 'session';
  }

  #setPlaintext(profileId: ProfileId, values: FieldValues, storage: 'session' | 'unprotected'): void {
    this.#ports.unprotected.set(profileId, storage === 'unprotected' ? values : {});
    if (storage === 'session' && Object.keys(values).length > 0) this.#sessionSecrets.set(profileId, values);
    else this.#sessionSecrets.delete(profileId);
  }

  /** Encrypted secrets that have no plain-text value. */
  #encryptedOnly(profileId: ProfileId, plain: FieldValues): [string, SecretRecord][] {
    return Object.entries(this.#ports.records.all(profileId)).filter(([field]) => plain[field] === undefined);
  }

  /** Undefined when no key store is available, or when the user refused access to it. */
  async #seal(values: FieldValues): Promise<Record<string, SecretRecord> | undefined> {
    const { box } = this.#ports;
    if (!(await box.available())) return undefined;
    const sealed: Record<string, SecretRecord> = {};
    for (const [field, value] of Object.entries(values)) {
      const blob = await undefinedOnError(box.encrypt(value));
      if (!blob) return undefined;
      sealed[field] = { v: 1, backend: box.backend(), blob: blob.toString('base64') };
    }
    return sealed;
  }

  async #open({ blob }: SecretRecord): Promise<string | undefined> {
    const { box } = this.#ports;
    return (await box.available()) ? undefinedOnError(box.decrypt(Buffer.from(blob, 'base64'))) : undefined;
  }
}

/** All errors of a key store have the same meaning: it cannot encrypt or decrypt now. */
async function undefinedOnError<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}
