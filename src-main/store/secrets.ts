/** Stores secrets as ciphertext. Other modules encrypt and decrypt them; this one never sees plain text. */
import * as v from 'valibot';
import type { ProfileId } from '../../src-shared/upload.ts';
import { fromChecked, toChecked } from './checked-json.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

/** A secret that a key store has encrypted. */
const Sealed = v.object({
  v: v.literal(1),
  /** The key store that encrypted the secret. With a different key store it can't be decrypted. */
  backend: v.string(),
  /** base64 */
  blob: v.pipe(v.string(), v.base64()),
});
export type SealedSecret = v.InferOutput<typeof Sealed>;

export interface SecretRepository {
  /** The secrets of a profile by field. A damaged secret is left out, so the user has to enter it again. */
  all(profileId: ProfileId): Record<string, SealedSecret>;
  /** @throws ValiError when `sealed` is not a sealed secret */
  set(profileId: ProfileId, field: string, sealed: SealedSecret): void;
  remove(profileId: ProfileId, field: string): void;
  /** Runs `work` in one transaction: all of its writes take effect, or none. */
  transaction(work: () => void): void;
}

export function createSecretRepository(connection: Connection): SecretRepository {
  return {
    all(profileId) {
      const rows = connection.all(
        'SELECT field, sum, record FROM secrets WHERE profile_id = ? ORDER BY field',
        profileId,
      );
      return Object.fromEntries(
        rows.flatMap((row) => {
          const sealed = fromSecretRow(row);
          return sealed ? [[String(row['field']), sealed]] : [];
        }),
      );
    },
    set(profileId, field, sealed) {
      const { record, sum } = toChecked(v.parse(Sealed, sealed));
      connection.write('full', () =>
        connection.run(
          `INSERT INTO secrets (profile_id, field, sum, record) VALUES (?, ?, ?, ?)
         ON CONFLICT (profile_id, field) DO UPDATE SET sum = excluded.sum, record = excluded.record`,
          profileId,
          field,
          sum,
          record,
        ),
      );
    },
    remove(profileId, field) {
      connection.write('full', () =>
        connection.run('DELETE FROM secrets WHERE profile_id = ? AND field = ?', profileId, field),
      );
    },
    transaction: (work) => connection.write('full', work),
  };
}

/** Undefined when the row is damaged. `row` needs the columns `sum` and `record`. */
export function fromSecretRow(row: Row): SealedSecret | undefined {
  const parsed = v.safeParse(Sealed, fromChecked(row));
  return parsed.success ? parsed.output : undefined;
}
