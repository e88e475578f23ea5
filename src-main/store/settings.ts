/** What Hoist remembers besides uploads and destinations. THE list of it is {@link schemas}: a new setting is one line there. */
import * as v from 'valibot';
import { appSettings } from '../../src-shared/app-settings.ts';
import type { ProviderId } from '../../src-shared/provider.ts';
import type { Connection } from './connection.ts';

const pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));

const schemas = {
  /** What the user chose about the app itself; what was never chosen is not there. */
  app: v.partial(appSettings),
  /** The setup that was begun and closed. Never with a secret in it. */
  savedSetup: v.object({
    providerId: v.custom<ProviderId>((id) => typeof id === 'string'),
    name: v.string(),
    preset: v.string(),
    settings: v.record(v.string(), v.string()),
    discoveredId: v.optional(v.string()),
  }),
  /** Id of the profile that new uploads go to. */
  currentProfile: v.string(),
  /** Where uploads go on when a destination fails. */
  fallback: v.object({ on: v.boolean(), order: v.array(v.string()) }),
  /** Ids of the profiles, as the user put them in order. */
  order: v.array(v.string()),
  /** Folder that the file dialog opens in. */
  lastFolder: v.string(),
  /** Where Practice answers and with which keys: they open nothing but files on this computer. */
  practice: v.object({
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
    accessKeyId: v.string(),
    secretAccessKey: v.string(),
  }),
  windowBounds: v.object({
    x: pixels,
    y: pixels,
    width: v.pipe(pixels, v.minValue(1)),
    height: v.pipe(pixels, v.minValue(1)),
  }),
};

export type Setting = keyof typeof schemas;
export type SettingValue<S extends Setting> = v.InferOutput<(typeof schemas)[S]>;

export interface SettingRepository {
  /** Undefined when it was never set, or when what is stored is not valid: the caller's default applies. */
  get<S extends Setting>(key: S): SettingValue<S> | undefined;
  /** Undefined forgets it. */
  set<S extends Setting>(key: S, value: SettingValue<S> | undefined): void;
}

export function createSettingRepository(connection: Connection): SettingRepository {
  return {
    get<S extends Setting>(key: S) {
      const parsed = v.safeParse(
        schemas[key],
        parseJson(connection.get('SELECT value FROM settings WHERE key = ?', key)?.['value']),
      );
      return parsed.success ? parsed.output : undefined;
    },
    set(key, value) {
      connection.write('normal', () =>
        value === undefined
          ? connection.run('DELETE FROM settings WHERE key = ?', key)
          : connection.run(
              'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
              key,
              JSON.stringify(value),
            ),
      );
    },
  };
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
