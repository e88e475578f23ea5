/** Parses typed and pasted values into settings, without network access. */
import * as v from 'valibot';
import type { FieldValues } from '../../../src-shared/profile.ts';
import type { LinkOverride } from '../../../src-shared/upload.ts';
import { fieldIssue, issueReasons } from '../settings/field-issues.ts';

/** Seconds until the service deletes a file. `never` sends no value, so the account's setting applies. */
export const expiries = {
  never: undefined,
  '1h': 3600,
  '1d': 86_400,
  '7d': 7 * 86_400,
  '30d': 30 * 86_400,
  '1y': 365 * 86_400,
} as const;
export type Expiry = keyof typeof expiries;

export const isExpiry = (value: string): value is Expiry => Object.hasOwn(expiries, value);

export interface FalSettings {
  /** `id:secret` */
  key: string;
  /** Seconds until the service deletes a file. If absent, the account's setting applies. */
  expirySeconds?: number;
  /** Seconds until the account's own setting deletes a file, if it is known and applies. */
  accountExpirySeconds?: number;
  /** `signed`: only signed links, which expire, open a file. The service calls such a file restricted. */
  access: 'public' | 'signed';
  /** 1 to 7, for signed links */
  linkDays: number;
}

/**
 * The settings of an upload whose link kind the user chose. Only signed links can expire before their file, so an
 * expiring link to a public file makes the file expire.
 */
export function applyFalLinkOverride(settings: FalSettings, linkOverride: LinkOverride | undefined): FalSettings {
  if (linkOverride === undefined) return settings;
  const { expirySeconds = secondsPerWeek, ...rest } = settings;
  if (linkOverride.kind === 'public') return { ...rest, access: 'public' };
  return settings.access === 'signed' ? settings : { ...rest, expirySeconds: linkOverride.seconds ?? expirySeconds };
}

const secondsPerWeek = 7 * 86_400;

type FieldKey = 'key' | 'expiry' | 'access' | 'linkDays';

export const falSettingsSchema: v.GenericSchema<FieldValues, FalSettings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const { key = '', expiry, access, linkDays } = normalizeFalSettings(dataset.value);
    const problems = settingsProblems({ key, expiry, access, linkDays });
    for (const [field, reason] of problems) addIssue(fieldIssue(field, reason));
    if (problems.length > 0) return NEVER;
    const expirySeconds = expiries[(expiry ?? 'never') as Expiry];
    const settings: FalSettings = {
      key,
      ...(expirySeconds === undefined ? {} : { expirySeconds }),
      access: access === 'signed' ? 'signed' : 'public',
      linkDays: Number(linkDays ?? 7),
    };
    return settings;
  }),
);

/** Returns the problems of all fields. */
function settingsProblems({
  key,
  expiry = 'never',
  access = 'public',
  linkDays = '7',
}: Record<FieldKey, string | undefined>): [FieldKey, string][] {
  const problems: [FieldKey, string][] = [];
  if (!key) problems.push(['key', issueReasons.missing]);
  // Visible ASCII characters on both sides of the first colon.
  else if (!/^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/.test(key)) problems.push(['key', issueReasons.falKey]);
  if (!isExpiry(expiry)) problems.push(['expiry', issueReasons.choice]);
  if (access !== 'public' && access !== 'signed') problems.push(['access', issueReasons.choice]);
  if (!/^[1-7]$/.test(linkDays)) problems.push(['linkDays', issueReasons.days]);
  return problems;
}

/** Returns the values to save: trimmed, and only the key of a pasted shell command or header line. */
export function normalizeFalSettings(values: FieldValues): FieldValues {
  const normalized = Object.entries(values).map(
    ([name, value]) => [name, name === 'key' ? parsePastedKey(value) : value.trim()] as const,
  );
  return Object.fromEntries(normalized.filter(([, value]) => value !== ''));
}

/** Accepts `export FAL_KEY="id:secret"` and `Authorization: Key id:secret`, for example, and returns `id:secret`. */
const parsePastedKey = (pasted: string): string =>
  pasted
    .replace(/[\u200b\ufeff]/g, '')
    .trim()
    .replace(/^(?:export\s+)?FAL_KEY\s*=\s*/, '')
    .replace(/^(?:Authorization:\s*)?Key\s+/i, '')
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replace(/\s+/g, '');
