/**
 * Where a profile's secrets are: encrypted in the records, or, when the computer has no key store, in memory for this session
 * or readable in a file apart because the user said so. A record that cannot be opened is kept: the key store may come back.
 */
import type { FieldValues, SecretStorage } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { SecretBox } from './secret-box.ts';
import type { UnprotectedKeys } from './unprotected-keys.ts';

export interface SecretRecord {
  v: 1;
  backend: string;
  blob: string;
}

/** Ciphertext by profile and field. */
export interface SecretRecords {
  all(profileId: ProfileId): Record<string, SecretRecord>;
  set(profileId: ProfileId, field: string, record: SecretRecord): void;
  remove(profileId: ProfileId, field: string): void;
  /** All that it writes, or nothing. */
  transaction(work: () => void): void;
}

export interface SaveSecretsOptions {
  fallbackStorage?: 'session' | 'unprotected' | undefined;
  alsoWrite?(): void;
}

export interface ProfileSecretsPorts {
  records: SecretRecords;
  unprotected: UnprotectedKeys;
  box: SecretBox;
  /** Tells the log a value that must never appear in it. */
  registerSecret(secret: string): void;
}

/** `fields`: those that have a value which can be used. */
export interface ProfileSecretsState {
  fields: string[];
  secretStorage: Extract<SecretStorage, 'saved' | 'session' | 'unprotected' | 'missing' | 'locked'>;
  backend?: string;
}

export class ProfileSecrets {
  readonly #ports: ProfileSecretsPorts;
  readonly #sessionSecrets = new Map<ProfileId, FieldValues>();
  /** What the key store was last asked for, and whether it gave it. */
  readonly #lastReadResult = new Map<ProfileId, 'opened' | 'locked'>();

  constructor(ports: ProfileSecretsPorts) {
    this.#ports = ports;
  }

  /** Whether a secret saved now would be encrypted on disk. */
  canEncrypt(): Promise<boolean> {
    return this.#ports.box.available();
  }

  backend(): string {
    return this.#ports.box.backend();
  }

  /** Values that are used without having been saved: none of them may appear in the log either. */
  registerSecret(values: FieldValues): void {
    for (const value of Object.values(values)) this.#ports.registerSecret(value);
  }

  /**
   * An empty value removes the secret; one that is left out stays. What was kept without a key store goes into it as soon as
   * there is one. Where there is none, it stays where it is, or goes where `keep` says.
   * @param also is written with it, or neither is
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
    // The system may have to ask its user before it says whether it can encrypt.
    if (Object.keys({ ...all, ...values }).length === 0) {
      alsoWrite();
      return;
    }
    this.registerSecret(all);
    const sealed = await this.#seal(all);
    const storage = sealed ? 'saved' : (fallbackStorage ?? this.#currentPlainStorage(profileId));
    records.transaction(() => {
      for (const [field, record] of Object.entries(sealed ?? {})) records.set(profileId, field, record);
      // An older value must not come back with the key store.
      for (const field of Object.keys(values)) if (!sealed?.[field]) records.remove(profileId, field);
      alsoWrite();
    });
    // Only now: what could not be written stays where it was.
    this.#setPlaintext(
      profileId,
      storage === 'saved' ? {} : all,
      storage === 'unprotected' ? 'unprotected' : 'session',
    );
    this.#lastReadResult.delete(profileId);
  }

  /** @returns undefined when a saved secret cannot be read now: another key store, or a locked one */
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

  /** Without asking the key store, which may have to ask the user. */
  state(profileId: ProfileId): ProfileSecretsState {
    const { unprotected, box } = this.#ports;
    const session = Object.keys(this.#sessionSecrets.get(profileId) ?? {});
    const readable = Object.keys(unprotected.get(profileId));
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
    const fields = [...new Set([...sealed.map(([field]) => field), ...readable, ...session])];
    if (fields.length === 0) return { fields, secretStorage: 'missing' };
    if (session.length > 0) return { fields, secretStorage: 'session' };
    return readable.length > 0
      ? { fields, secretStorage: 'unprotected' }
      : { fields, secretStorage: 'saved', backend: backend! };
  }

  /** All that `from` has, where it is now; nothing is opened for it. @throws AppFailure disk-full */
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

  /** A key store that was replaced is known by its name; one that only lost its keys, once it was asked. */
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

  /** Sealed ones that nothing readable stands in for. */
  #encryptedOnly(profileId: ProfileId, plain: FieldValues): [string, SecretRecord][] {
    return Object.entries(this.#ports.records.all(profileId)).filter(([field]) => plain[field] === undefined);
  }

  /** Undefined when nothing can be encrypted: there is no key store, or its user said no. */
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

/** A key store has no errors to tell apart: it cannot do it now. */
async function undefinedOnError<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}
