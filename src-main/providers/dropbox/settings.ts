/** From what people type to settings that work; nothing here asks the network. */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { byteLength } from '../../../src-shared/safe-name.ts';
import { issueAt } from '../issues.ts';
import { readAccount, type Account } from './account.ts';
import { builtInAppKey, isAppKey } from './app-key.ts';

export interface DropboxSettings {
  account: Account;
  /** '' for the top; else no slash at either end. */
  folder: string;
  /** `direct`: shown by the browser where it can; `download`: saved; `page`: Dropbox's own page about it. */
  linkKind: 'direct' | 'download' | 'page';
  /** Absent: until the file is deleted. */
  linkDays?: number;
  linkPassword?: string;
  audience: 'public' | 'team';
}

export const linkKinds = ['direct', 'download', 'page'] as const;
export const lifetimes = ['never', '1', '7', '30', '90'] as const;
export const audiences = ['public', 'team'] as const;

const maxFolderBytes = 512;

export const settingsSchema: v.GenericSchema<FieldValues, DropboxSettings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const issues = new Map<string, string>();
    const settings = parse(dataset.value, (field, why) => {
      if (!issues.has(field)) issues.set(field, why);
      return undefined;
    });
    for (const [field, why] of issues) addIssue(issueAt(field, why));
    return settings && issues.size === 0 ? settings : NEVER;
  }),
);

type Complain = (field: string, why: string) => undefined;

function parse(values: FieldValues, complain: Complain): DropboxSettings | undefined {
  const { linkDays = 'never', linkPassword = '' } = values;
  const appKey = appKeyOf(values, complain);
  const account = accountOf(values, { appKey, complain });
  const folder = folderOf(values.folder ?? '', complain);
  const linkKind = oneOf(linkKinds, values.linkKind, () => complain('linkKind', 'choice'));
  const audience = oneOf(audiences, values.audience, () => complain('audience', 'choice'));
  const days = oneOf(lifetimes, linkDays, () => complain('linkDays', 'choice'));
  if (!account) return undefined;
  return {
    account,
    folder,
    linkKind,
    audience,
    ...(days === 'never' ? {} : { linkDays: Number(days) }),
    ...(linkPassword.trim() === '' ? {} : { linkPassword }),
  };
}

/** The user's own goes before the one of this build. */
export function appKeyOf(values: FieldValues, complain: Complain = () => undefined): string {
  const own = (values.appKey ?? '').trim();
  if (own === '') return builtInAppKey;
  if (!isAppKey(own)) complain('appKey', 'key');
  return own;
}

function accountOf(
  values: FieldValues,
  { appKey, complain }: { appKey: string; complain: Complain },
): Account | undefined {
  const text = (values.account ?? '').trim();
  if (text === '') return complain('account', 'missing');
  const account = readAccount(text, appKey);
  if (account === 'unusable') return complain('account', 'key');
  if (account === 'no app') return complain('appKey', 'missing');
  return account;
}

function folderOf(text: string, complain: Complain): string {
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
    complain('folder', 'folder');
  return folder;
}

function oneOf<const T extends string>(all: readonly [T, ...T[]], value: string | undefined, complain: () => void): T {
  if (value === undefined || value === '') return all[0];
  const known = all.find((one) => one === value);
  if (known === undefined) complain();
  return known ?? all[0];
}

/** What is saved of values that the schema takes. */
export function tidySettings(values: FieldValues): FieldValues {
  const tidy = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, key === 'linkPassword' ? value : value.trim()]),
  );
  return { ...tidy, ...(tidy.folder === undefined ? {} : { folder: folderOf(tidy.folder, () => undefined) }) };
}
