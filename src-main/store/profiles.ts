/**
 * The destinations that the user has set up. secrets.ts stores their secrets. The name of a removed destination remains
 * for the history.
 */
import * as v from 'valibot';
import type { Profile } from '../../src-shared/profile.ts';
import type { ProviderId } from '../../src-shared/provider.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import { fromChecked, toChecked } from './checked-json.ts';
import type { Connection } from './connection.ts';
import { quarantineRows } from './damaged-rows.ts';
import { foldText } from './search-text.ts';
import type { Row } from './sqlite.ts';

export interface ProfileRepository {
  /** In the order of their creation. */
  list(): Profile[];
  get(id: ProfileId): Profile | undefined;
  /** Adds the profile, or replaces the one with the same id. */
  save(profile: Profile): void;
  /** Also removes its secrets. */
  remove(id: ProfileId): void;
  /** Names by id, including those of removed profiles. */
  names(): Map<ProfileId, string>;
}

const ProfileRecord = v.object({
  id: v.string(),
  // Accepts any string, so that a profile is kept when only another version of Hoist has its provider. The window then
  // says that the provider can't be loaded.
  providerId: v.custom<ProviderId>((id) => typeof id === 'string'),
  name: v.string(),
  settings: v.record(v.string(), v.string()),
  source: v.optional(v.literal('environment')),
  incomplete: v.optional(v.literal(true)),
  createdAt: v.number(),
}) satisfies v.GenericSchema<unknown, Profile>;

/** @param now ms since 1970 */
export function createProfileRepository(connection: Connection, now: () => number): ProfileRepository {
  const read = (rows: Row[]): Profile[] => {
    const profiles = rows.map(fromProfileRow);
    quarantineRows(
      connection,
      'profiles',
      rows.filter((_, index) => !profiles[index]),
      now(),
    );
    return profiles.filter((profile) => profile !== undefined);
  };
  const columns = 'seq, id, sum, record';

  return {
    list: () => read(connection.all(`SELECT ${columns} FROM profiles WHERE record IS NOT NULL ORDER BY seq`)),
    get: (id) => read(connection.all(`SELECT ${columns} FROM profiles WHERE id = ? AND record IS NOT NULL`, id))[0],
    save(profile) {
      const { record, sum } = toChecked(profile);
      connection.write('full', () =>
        connection.run(
          `INSERT INTO profiles (id, name, search, sum, record) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
           name = excluded.name, search = excluded.search, sum = excluded.sum, record = excluded.record`,
          profile.id,
          profile.name,
          foldText(profile.name),
          sum,
          record,
        ),
      );
    },
    remove(id) {
      connection.write('full', () => {
        connection.run('DELETE FROM secrets WHERE profile_id = ?', id);
        connection.run('UPDATE profiles SET sum = NULL, record = NULL WHERE id = ?', id);
      });
    },
    names: () =>
      new Map(connection.all('SELECT id, name FROM profiles').map((row) => [String(row['id']), String(row['name'])])),
  };
}

/** Undefined when the row is damaged. `row` needs the columns `id`, `sum` and `record`. */
export function fromProfileRow(row: Row): Profile | undefined {
  const parsed = v.safeParse(ProfileRecord, fromChecked(row));
  return parsed.success && parsed.output.id === row['id'] ? parsed.output : undefined;
}
