/**
 * Where a profile's secrets are: encrypted in the store, or in memory for this session when the computer has no key
 * store. Never in plain text on disk; a record that cannot be read is kept, and the user is asked to enter the key again.
 */
import type { FieldValues, SecretsKept } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { SecretBox } from './secret-box.ts';

export interface SecretRecord { v: 1; backend: string; blob: string }

/** Ciphertext by profile and field. */
export interface SecretRecords {
  all(profileId: ProfileId): Record<string, SecretRecord>;
  set(profileId: ProfileId, field: string, record: SecretRecord): void;
  remove(profileId: ProfileId, field: string): void;
}

export class Secrets {
  readonly #records: SecretRecords;
  readonly #box: SecretBox;
  readonly #register: (secret: string) => void;
  readonly #session = new Map<ProfileId, FieldValues>();
  readonly #locked = new Set<ProfileId>();

  /** @param register tells the log a value that must never appear in it */
  constructor(records: SecretRecords, box: SecretBox, register: (secret: string) => void) {
    this.#records = records;
    this.#box = box;
    this.#register = register;
  }

  /** Whether a secret saved now would be encrypted on disk. */
  encrypts(): Promise<boolean> { return this.#box.available(); }

  /** An empty value removes the secret. */
  async save(profileId: ProfileId, values: FieldValues): Promise<void> {
    const available = await this.#box.available();
    for (const [field, value] of Object.entries(values)) {
      this.#forgetSession(profileId, field);
      if (value !== '') this.#register(value);
      if (value === '' || !available) this.#records.remove(profileId, field);
      if (value === '') continue;
      if (available) this.#records.set(profileId, field, { v: 1, backend: this.#box.backend(), blob: (await this.#box.encrypt(value)).toString('base64') });
      else this.#session.set(profileId, { ...this.#session.get(profileId), [field]: value });
    }
    this.#locked.delete(profileId);
  }

  /** @returns undefined when a saved secret cannot be read now: another key store, or a locked one */
  async read(profileId: ProfileId): Promise<FieldValues | undefined> {
    const values: FieldValues = {};
    for (const [field, record] of Object.entries(this.#records.all(profileId))) {
      const value = await this.#open(record);
      if (value === undefined) { this.#locked.add(profileId); return undefined; }
      this.#register(value);
      values[field] = value;
    }
    this.#locked.delete(profileId);
    return { ...values, ...this.#session.get(profileId) };
  }

  /** Without asking the key store, which may have to ask the user. */
  state(profileId: ProfileId): { fields: string[]; kept: SecretsKept } {
    const session = Object.keys(this.#session.get(profileId) ?? {});
    const saved = Object.keys(this.#records.all(profileId));
    const fields = [...new Set([...saved, ...session])];
    if (fields.length === 0 || this.#locked.has(profileId)) return { fields: [], kept: 'missing' };
    return { fields, kept: session.length > 0 ? 'session' : 'saved' };
  }

  forget(profileId: ProfileId): void {
    this.#session.delete(profileId);
    for (const field of Object.keys(this.#records.all(profileId))) this.#records.remove(profileId, field);
  }

  async #open(record: SecretRecord): Promise<string | undefined> {
    if (!await this.#box.available()) return undefined;
    try {
      return await this.#box.decrypt(Buffer.from(record.blob, 'base64'));
    } catch (cause) {
      if (cause instanceof Error) return undefined;
      throw cause;
    }
  }

  #forgetSession(profileId: ProfileId, field: string): void {
    const { [field]: _, ...rest } = this.#session.get(profileId) ?? {};
    if (Object.keys(rest).length > 0) this.#session.set(profileId, rest);
    else this.#session.delete(profileId);
  }
}
