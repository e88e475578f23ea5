/** Secrets as ciphertext: whoever seals and opens them is elsewhere, and plain text never comes here. */
import * as v from 'valibot';
import type { ProfileId } from '../../src-shared/upload.ts';
import { fromChecked, toChecked } from './checked-json.ts';
import type { Connection } from './connection.ts';
import type { Row } from './sqlite.ts';

const Sealed = v.object({
  v: v.literal(1),
  /** Which key store sealed it: when it is another one now, the secret cannot be opened. */
  backend: v.string(),
  /** base64 */
  blob: v.pipe(v.string(), v.base64()),
});
export type SealedSecret = v.InferOutput<typeof Sealed>;

export interface SecretRepository {
  /** The secrets of a profile by field. One that was damaged on the disk is left out: the user is asked to enter it again. */
  all(profileId: ProfileId): Record<string, SealedSecret>;
  /** @throws ValiError when it is not a sealed secret */
  set(profileId: ProfileId, field: string, sealed: SealedSecret): void;
  remove(profileId: ProfileId, field: string): void;
  /** All that it writes in the records, or nothing. */
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

/** Undefined when the row is damaged. It needs the columns `sum` and `record`. */
export function fromSecretRow(row: Row): SealedSecret | undefined {
  const parsed = v.safeParse(Sealed, fromChecked(row));
  return parsed.success ? parsed.output : undefined;
}
