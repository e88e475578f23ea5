/** Parses and normalizes the sign-in fields of the form. */
import type { FieldValues } from '../../../src-shared/profile.ts';
import { hostReach } from '../../platform/host-reach.ts';
import { issueReasons } from '../settings/field-issues.ts';
import { FieldError, tryOrReport, type FieldKey, type ReportProblem } from './field-error.ts';
import { cleanKey, cleanSecret, cleanText } from './form-text.ts';
import { optionalEntry } from './optional-entry.ts';

/**
 * How requests are signed:
 * - `keys`: with typed keys. `expiresAt` (ms since 1970) is set when the expiry of temporary keys is known
 * - `profile`: with an AWS profile, which is read at each use. `form` holds the form's values, because the profile's
 *   region and endpoint apply only where the form's fields are empty
 * - `sso`: with a role of IAM Identity Center. `region` is Identity Center's region, `tokens` the result of the sign-in
 * - `container`, `instance`: with the role of the machine that Hoist runs on
 * - `anonymous`: not at all
 */
export type S3SignIn =
  | { by: 'keys'; accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiresAt?: number }
  | { by: 'profile'; profile: string; form: FieldValues }
  | { by: 'sso'; startUrl: string; region: string; account: string; role: string; tokens: string }
  | { by: 'container' }
  | { by: 'instance' }
  | { by: 'anonymous' };

/**
 * The values of the field `credentials`. `nobody` means anonymous requests; saved settings and scripts contain this
 * value, so it keeps its name.
 */
const signInMethods = ['keys', 'profile', 'sso', 'container', 'instance', 'nobody'] as const;
type SignInMethod = (typeof signInMethods)[number];

/** An empty field means `keys`, because settings of early versions do not have the field. */
const readSignInMethod = ({ credentials = '' }: FieldValues): SignInMethod | undefined =>
  credentials === '' ? 'keys' : signInMethods.find((method) => method === credentials);

/** The fields of each sign-in method. Fields of other methods are not saved. */
const fieldsByMethod: Record<SignInMethod, readonly string[]> = {
  keys: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  profile: ['awsProfile', 'awsSignIn'],
  sso: ['ssoStartUrl', 'ssoRegion', 'ssoFlow', 'ssoSignIn', 'ssoAccount', 'ssoRole'],
  container: [],
  instance: [],
  nobody: [],
};

const normalizers: Record<string, (typed: string | undefined) => string | undefined> = {
  accessKeyId: (typed) => cleanKey(typed),
  secretAccessKey: (typed) => cleanSecret(typed),
  sessionToken: (typed) => cleanSecret(typed),
  ssoAccount: (typed) => parseAccountId(typed) ?? cleanText(typed),
  ssoStartUrl: (typed) => normalizeStartUrl(typed) ?? cleanText(typed),
  ssoRegion: (typed) => cleanText(typed)?.toLowerCase(),
};

/**
 * Normalizes the sign-in fields. Omits the expiry of the keys and the certificate file of the environment, because
 * their source reports them each time.
 */
export function normalizeSignIn(values: FieldValues): Record<string, string | undefined> {
  const method = readSignInMethod(values) ?? 'keys';
  const fields = Object.values(fieldsByMethod)
    .flat()
    .map(
      (key) =>
        [key, fieldsByMethod[method].includes(key) ? (normalizers[key] ?? cleanText)(values[key]) : undefined] as const,
    );
  return { ...Object.fromEntries(fields), credentials: method, keysEnd: undefined, caFile: undefined };
}

export function parseSignIn(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  switch (readSignInMethod(values)) {
    case 'keys':
      return parseKeys(values, report);
    case 'sso':
      return parseSso(values, report);
    case 'container':
      return { by: 'container' };
    case 'instance':
      return { by: 'instance' };
    case 'nobody':
      // Expiring links need a signature.
      return attempt(() => {
        if (cleanText(values.linkKind) !== 'public') throw new FieldError('linkKind', issueReasons.linksNeedKey);
        return { by: 'anonymous' };
      });
    case 'profile': {
      const profile = attempt(() => parseProfile(values));
      return profile === undefined ? undefined : { by: 'profile', profile, form: values };
    }
    case undefined:
      return attempt(() => {
        throw new FieldError('credentials', issueReasons.choice);
      });
  }
}

function parseKeys(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const accessKeyId = attempt(() => required('accessKeyId', cleanKey(values.accessKeyId)));
  const secretAccessKey = attempt(() => required('secretAccessKey', cleanSecret(values.secretAccessKey)));
  const sessionToken = attempt(() => {
    const token = cleanSecret(values.sessionToken);
    // Amazon's temporary keys begin with ASIA. Amazon refuses them without a token.
    if (token === undefined && /^ASIA[A-Z2-7]{12,}$/.test(accessKeyId ?? ''))
      throw new FieldError('sessionToken', issueReasons.tokenNeeded);
    return token && required('sessionToken', token);
  });
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const expiresAt = Date.parse(cleanText(values.keysEnd) ?? '');
  return {
    by: 'keys',
    accessKeyId,
    secretAccessKey,
    ...optionalEntry('sessionToken', sessionToken),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

function parseSso(values: FieldValues, report: ReportProblem): S3SignIn | undefined {
  const attempt = <T>(parse: () => T): T | undefined => tryOrReport(report, parse);
  const start = parseSsoStart(values, report);
  const signedInTokens = attempt(() => {
    const tokens = cleanText(values.ssoSignIn);
    if (tokens === undefined) throw new FieldError('ssoSignIn', issueReasons.signIn);
    return tokens;
  });
  const account = attempt(() => {
    const id = parseAccountId(values.ssoAccount);
    if (id === undefined)
      throw new FieldError(
        'ssoAccount',
        cleanText(values.ssoAccount) === undefined ? issueReasons.missing : issueReasons.account,
      );
    return id;
  });
  const role = attempt(() => {
    const name = cleanText(values.ssoRole);
    if (name === undefined || !/^[\w+=,.@-]{1,64}$/.test(name))
      throw new FieldError('ssoRole', name === undefined ? issueReasons.missing : issueReasons.role);
    return name;
  });
  return start && signedInTokens !== undefined && account !== undefined && role !== undefined
    ? { by: 'sso', ...start, account, role, tokens: signedInTokens }
    : undefined;
}

export interface SsoStart {
  startUrl: string;
  region: string;
}

function parseSsoStart(values: FieldValues, report: ReportProblem): SsoStart | undefined {
  const startUrl = tryOrReport(report, () => {
    const url = normalizeStartUrl(values.ssoStartUrl);
    if (url === undefined)
      throw new FieldError(
        'ssoStartUrl',
        cleanText(values.ssoStartUrl) === undefined ? issueReasons.missing : issueReasons.startUrl,
      );
    return url;
  });
  const region = tryOrReport(report, () => {
    const typed = cleanText(values.ssoRegion)?.toLowerCase();
    if (typed === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(typed))
      throw new FieldError('ssoRegion', typed === undefined ? issueReasons.missing : issueReasons.region);
    return typed;
  });
  return startUrl !== undefined && region !== undefined ? { startUrl, region } : undefined;
}

/**
 * Reads the start URL and the region from a form whose other fields may be empty.
 * @returns the first invalid field if there is one
 */
export function readSsoStart(values: FieldValues): SsoStart | { field: string; why: string } {
  const problems: FieldError[] = [];
  const start = parseSsoStart(values, (problem) => problems.push(problem));
  return start ?? { field: problems[0]?.field ?? 'ssoStartUrl', why: problems[0]?.why ?? issueReasons.missing };
}

/** Removes the query and the fragment that the start page adds to its address. */
function normalizeStartUrl(typed: string | undefined): string | undefined {
  const address = cleanText(typed)
    ?.replace(/[#?].*$/, '')
    .replace(/\/+$/, '');
  if (address === undefined || address === '') return undefined;
  const withScheme = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  if (!URL.canParse(withScheme) || /[\s\\]/.test(withScheme)) return undefined;
  const url = new URL(withScheme);
  const isSafe = url.protocol === 'https:' || hostReach(url.hostname) === 'this-computer';
  return isSafe && url.hostname.includes('.') && url.username + url.password === ''
    ? url.href.replace(/\/+$/, '')
    : undefined;
}

/** Twelve digits, or the console's groups of four. A name may follow, as in the suggestions. */
const parseAccountId = (typed: string | undefined): string | undefined =>
  /^(\d{4})-?(\d{4})-?(\d{4})(?:\s.*)?$/
    .exec(cleanText(typed) ?? '')
    ?.slice(1)
    .join('');

function parseProfile(values: FieldValues): string {
  const name = cleanText(values.awsProfile);
  if (name === undefined) throw new FieldError('awsProfile', issueReasons.missing);
  if (name.length > 200 || /[\p{Cc}[\]]/u.test(name)) throw new FieldError('awsProfile', issueReasons.profile);
  return name;
}

function required(field: FieldKey, value: string | undefined): string {
  if (value === undefined) throw new FieldError(field, issueReasons.missing);
  // Headers and signatures accept printable ASCII only. Other text is not a copied key.
  if (!/^[\x21-\x7e]+$/.test(value)) throw new FieldError(field, issueReasons.key);
  return value;
}
