/** Parses the form's values into settings, without network access. */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { byteLength } from '../../../src-shared/safe-name.ts';
import { fieldIssue } from '../settings/field-issues.ts';
import { parseCredentials, type DropboxCredentials } from './credentials.ts';
import { builtInAppKey, isAppKey } from './app-key.ts';

export interface DropboxSettings {
  credentials: DropboxCredentials;
  /** '' for the top folder; otherwise without slashes at either end. */
  folder: string;
  /** `direct`: opens in the browser if possible; `download`: downloads the file; `page`: Dropbox's preview page. */
  linkKind: 'direct' | 'download' | 'page';
  /** If absent, links do not expire. */
  linkDays?: number;
  linkPassword?: string;
  audience: 'public' | 'team';
}

const dropboxLinkKinds = ['direct', 'download', 'page'] as const;
const linkLifetimes = ['never', '1', '7', '30', '90'] as const;
const linkAudiences = ['public', 'team'] as const;

/** Leaves at least 511 bytes of a key for the path below the folder. */
const maxFolderBytes = 512;

export const dropboxSettingsSchema: v.GenericSchema<FieldValues, DropboxSettings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const issues = new Map<string, string>();
    const settings = parse(dataset.value, (field, why) => {
      if (!issues.has(field)) issues.set(field, why);
      return undefined;
    });
    for (const [field, why] of issues) addIssue(fieldIssue(field, why));
    return settings && issues.size === 0 ? settings : NEVER;
  }),
);

type ReportIssue = (field: string, why: string) => undefined;

function parse(values: FieldValues, reportIssue: ReportIssue): DropboxSettings | undefined {
  const { linkDays = 'never', linkPassword = '' } = values;
  const appKey = appKeyOf(values, reportIssue);
  const credentials = parseCredentialsField(values, { appKey, reportIssue });
  const folder = folderOf(values.folder ?? '', reportIssue);
  const linkKind = parseChoice(dropboxLinkKinds, values.linkKind, () => reportIssue('linkKind', 'choice'));
  const audience = parseChoice(linkAudiences, values.audience, () => reportIssue('audience', 'choice'));
  const days = parseChoice(linkLifetimes, linkDays, () => reportIssue('linkDays', 'choice'));
  if (!credentials) return undefined;
  return {
    credentials,
    folder,
    linkKind,
    audience,
    ...(days === 'never' ? {} : { linkDays: Number(days) }),
    ...(linkPassword.trim() === '' ? {} : { linkPassword }),
  };
}

/** The user's app key overrides the app key of this build. */
function appKeyOf(values: FieldValues, reportIssue: ReportIssue = () => undefined): string {
  const userAppKey = (values.appKey ?? '').trim();
  if (userAppKey === '') return builtInAppKey;
  if (!isAppKey(userAppKey)) reportIssue('appKey', 'key');
  return userAppKey;
}

function parseCredentialsField(
  values: FieldValues,
  { appKey, reportIssue }: { appKey: string; reportIssue: ReportIssue },
): DropboxCredentials | undefined {
  const text = (values.account ?? '').trim();
  if (text === '') return reportIssue('account', 'missing');
  const credentials = parseCredentials(text, appKey);
  if (credentials === 'unusable') return reportIssue('account', 'key');
  if (credentials === 'no-app-key') return reportIssue('appKey', 'missing');
  return credentials;
}

/**
 * Removes slashes at the ends and repeated slashes. Reports an issue for control characters, backslashes, names that
 * Dropbox rejects (`.`, `..` and names with a space at the end), and for a path that is too long.
 */
function folderOf(text: string, reportIssue: ReportIssue): string {
  const folder = text
    .trim()
    .normalize('NFC')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/|\/$/g, '');
  if (
    /[\p{Cc}\\]/u.test(folder) ||
    byteLength(folder) > maxFolderBytes ||
    folder.split('/').some((name) => name === '.' || name === '..' || name.endsWith(' '))
  )
    reportIssue('folder', 'folder');
  return folder;
}

/** Returns the value if it is one of the choices. The first choice is the default, also after a reported issue. */
function parseChoice<const T extends string>(
  choices: readonly [T, ...T[]],
  value: string | undefined,
  reportIssue: () => void,
): T {
  if (value === undefined || value === '') return choices[0];
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) reportIssue();
  return chosen ?? choices[0];
}

/** Returns the values to save, for values that the schema accepts. */
export function normalizeDropboxSettings(values: FieldValues): FieldValues {
  const normalized = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, key === 'linkPassword' ? value : value.trim()]),
  );
  return {
    ...normalized,
    ...(normalized.folder === undefined ? {} : { folder: folderOf(normalized.folder, () => undefined) }),
  };
}
