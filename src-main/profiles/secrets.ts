/**
 * Where a profile's secrets are: encrypted in the records, or, when the computer has no key store, in memory for this session
 * or readable in a file apart because the user said so. A record that cannot be opened is kept: the key store may come back.
 */
import type { FieldValues, SecretsKept } from '../../src-shared/profile.ts';
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
  together(work: () => void): void;
}

export interface SaveSecrets {
  keep?: 'session' | 'unprotected' | undefined;
  also?(): void;
}

export interface SecretsPorts {
  records: SecretRecords;
  unprotected: UnprotectedKeys;
  box: SecretBox;
  /** Tells the log a value that must never appear in it. */
  register(secret: string): void;
}

/** `fields`: those that have a value which can be used. */
export interface SecretsState {
  fields: string[];
  kept: Extract<SecretsKept, 'saved' | 'session' | 'unprotected' | 'missing' | 'locked'>;
  backend?: string;
}

export class Secrets {
  readonly #ports: SecretsPorts;
  readonly #session = new Map<ProfileId, FieldValues>();
  /** What the key store was last asked for, and whether it gave it. */
  readonly #asked = new Map<ProfileId, 'opened' | 'locked'>();

  constructor(ports: SecretsPorts) {
    this.#ports = ports;
  }

  /** Whether a secret saved now would be encrypted on disk. */
  encrypts(): Promise<boolean> {
    return this.#ports.box.available();
  }

  backend(): string {
    return this.#ports.box.backend();
  }

  /** Values that are used without having been saved: none of them may appear in the log either. */
  register(values: FieldValues): void {
    for (const value of Object.values(values)) this.#ports.register(value);
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
    { keep, also = () => undefined }: SaveSecrets = {},
  ): Promise<void> {
    const { records } = this.#ports;
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
    const stays = Object.entries(this.#plain(profileId)).filter(([field]) => values[field] === undefined);
    const all: FieldValues = { ...Object.fromEntries(stays), ...given };
    // The system may have to ask its user before it says whether it can encrypt.
    if (Object.keys({ ...all, ...values }).length === 0) {
      also();
      return;
    }
    this.register(all);
    const sealed = await this.#seal(all);
    const where = sealed ? 'saved' : (keep ?? this.#whereNow(profileId));
    records.together(() => {
      for (const [field, record] of Object.entries(sealed ?? {})) records.set(profileId, field, record);
      // An older value must not come back with the key store.
      for (const field of Object.keys(values)) if (!sealed?.[field]) records.remove(profileId, field);
      also();
    });
    // Only now: what could not be written stays where it was.
    this.#setPlain(profileId, where === 'saved' ? {} : all, where === 'unprotected' ? 'unprotected' : 'session');
    this.#asked.delete(profileId);
  }

  /** @returns undefined when a saved secret cannot be read now: another key store, or a locked one */
  async read(profileId: ProfileId): Promise<FieldValues | undefined> {
    const plain = this.#plain(profileId);
    const opened: FieldValues = {};
    for (const [field, record] of this.#needed(profileId, plain)) {
      const value = await this.#open(record);
      if (value === undefined) {
        this.#asked.set(profileId, 'locked');
        return undefined;
      }
      opened[field] = value;
    }
    const values = { ...opened, ...plain };
    this.register(values);
    this.#asked.set(profileId, 'opened');
    return values;
  }

  /** Without asking the key store, which may have to ask the user. */
  state(profileId: ProfileId): SecretsState {
    const { unprotected, box } = this.#ports;
    const session = Object.keys(this.#session.get(profileId) ?? {});
    const readable = Object.keys(unprotected.of(profileId));
    const sealed = this.#needed(profileId, this.#plain(profileId));
    const backend = sealed[0]?.[1].backend;
    if (
      sealed.length > 0 &&
      this.#isLocked(
        profileId,
        sealed.map(([, record]) => record),
        box.backend(),
      )
    )
      return { fields: [], kept: 'locked', backend: backend! };
    const fields = [...new Set([...sealed.map(([field]) => field), ...readable, ...session])];
    if (fields.length === 0) return { fields, kept: 'missing' };
    if (session.length > 0) return { fields, kept: 'session' };
    return readable.length > 0 ? { fields, kept: 'unprotected' } : { fields, kept: 'saved', backend: backend! };
  }

  /** All that `from` has, where it is now; nothing is opened for it. @throws AppFailure disk-full */
  copy(from: ProfileId, to: ProfileId): void {
    const { records, unprotected } = this.#ports;
    records.together(() => {
      for (const [field, record] of Object.entries(records.all(from))) records.set(to, field, record);
    });
    unprotected.set(to, unprotected.of(from));
    const session = this.#session.get(from);
    if (session) this.#session.set(to, { ...session });
  }

  /** @throws AppFailure disk-full */
  forget(profileId: ProfileId): void {
    const { records, unprotected } = this.#ports;
    this.#session.delete(profileId);
    this.#asked.delete(profileId);
    unprotected.set(profileId, {});
    for (const field of Object.keys(records.all(profileId))) records.remove(profileId, field);
  }

  /** A key store that was replaced is known by its name; one that only lost its keys, once it was asked. */
  #isLocked(profileId: ProfileId, sealed: SecretRecord[], backend: string): boolean {
    const asked = this.#asked.get(profileId);
    return asked === undefined ? sealed.some((record) => record.backend !== backend) : asked === 'locked';
  }

  #plain(profileId: ProfileId): FieldValues {
    return { ...this.#ports.unprotected.of(profileId), ...this.#session.get(profileId) };
  }

  #whereNow(profileId: ProfileId): 'session' | 'unprotected' {
    return Object.keys(this.#ports.unprotected.of(profileId)).length > 0 ? 'unprotected' : 'session';
  }

  #setPlain(profileId: ProfileId, values: FieldValues, where: 'session' | 'unprotected'): void {
    this.#ports.unprotected.set(profileId, where === 'unprotected' ? values : {});
    if (where === 'session' && Object.keys(values).length > 0) this.#session.set(profileId, values);
    else this.#session.delete(profileId);
  }

  /** Sealed ones that nothing readable stands in for. */
  #needed(profileId: ProfileId, plain: FieldValues): [string, SecretRecord][] {
    return Object.entries(this.#ports.records.all(profileId)).filter(([field]) => plain[field] === undefined);
  }

  /** Undefined when nothing can be encrypted: there is no key store, or its user said no. */
  async #seal(values: FieldValues): Promise<Record<string, SecretRecord> | undefined> {
    const { box } = this.#ports;
    if (!(await box.available())) return undefined;
    const sealed: Record<string, SecretRecord> = {};
    for (const [field, value] of Object.entries(values)) {
      const blob = await orUndefined(box.encrypt(value));
      if (!blob) return undefined;
      sealed[field] = { v: 1, backend: box.backend(), blob: blob.toString('base64') };
    }
    return sealed;
  }

  async #open({ blob }: SecretRecord): Promise<string | undefined> {
    const { box } = this.#ports;
    return (await box.available()) ? orUndefined(box.decrypt(Buffer.from(blob, 'base64'))) : undefined;
  }
}

/** A key store has no errors to tell apart: it cannot do it now. */
async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}
