/**
 * Settings: all stored values other than uploads and destinations. {@link schemas} is the complete list: add a new
 * setting there.
 */
import * as v from 'valibot';
import { appSettings } from '../../src-shared/app-settings.ts';
import type { ProviderId } from '../../src-shared/provider.ts';
import type { Connection } from './connection.ts';

const pixels = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));

const schemas = {
  /** App settings that the user changed. Unchanged ones are absent. */
  app: v.partial(appSettings),
  /** An unfinished setup form that the user closed. It never contains a secret. */
  savedSetup: v.pipe(
    v.object({
      providerId: v.custom<ProviderId>((id) => typeof id === 'string'),
      name: v.string(),
      preset: v.string(),
      settings: v.record(v.string(), v.string()),
      discoveredId: v.optional(v.string()),
      /** The name of `discoveredId` before database version 3. */
      foundId: v.optional(v.string()),
    }),
    v.transform(({ foundId, ...setup }) => (foundId === undefined ? setup : { discoveredId: foundId, ...setup })),
  ),
  /** Id of the profile that new uploads go to. */
  currentProfile: v.string(),
  /** SHA-256 hashes of the command lines that the user allowed to start, in hexadecimal. */
  allowedPrograms: v.array(v.pipe(v.string(), v.hash(['sha256']))),
  /** The destinations to try next when one fails. */
  fallback: v.object({ on: v.boolean(), order: v.array(v.string()) }),
  /** Profile ids in the order that the user chose. */
  order: v.array(v.string()),
  /** The folder in which the file dialog opens. */
  lastFolder: v.string(),
  /** Port and keys of Practice. The keys only give access to files on this computer. */
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
  /** Undefined when the setting was never set or its stored value is invalid. The caller's default applies then. */
  get<S extends Setting>(key: S): SettingValue<S> | undefined;
  /** `undefined` deletes the setting. */
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
