/** Parses the values of {@link commonFields}. Each value that cannot be parsed becomes an issue at its field. */
import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { parseTemplate, defaultTemplate, type Template } from '../../../src-shared/name-template.ts';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { collisions, type Collision } from '../../../src-shared/upload.ts';
import { fieldIssue, issueReasons } from './field-issues.ts';

/** `system`: the proxy from the system settings or the environment variables. */
type ProxySettings =
  | { kind: 'none' }
  | { kind: 'system'; login?: ProxyLogin }
  /** `url`: `http://host:8080`, without a login */
  | { kind: 'address'; url: string; login?: ProxyLogin }
  /** `url` of a proxy configuration file: https, http or file */
  | { kind: 'pac'; url: string; login?: ProxyLogin };

export interface ProxyLogin {
  user: string;
  password: string;
}

export interface CommonSettings {
  naming: { template: Template; collision: Collision };
  /** The user's size limit for a file, in bytes. */
  maxFileBytes?: number;
  /** The total speed limit for all uploads of the destination. */
  bytesPerSecond?: number;
  proxy: ProxySettings;
  /** PEM certificates, one per entry. They are trusted in addition to the system's certificates. */
  certificates: string[];
}

/** The settings of a destination that has no values for the common fields. */
export const defaultCommonSettings: CommonSettings = {
  naming: { template: parseTemplate(defaultTemplate).template!, collision: 'new-name' },
  proxy: { kind: 'system' },
  certificates: [],
};

export const commonSettingsSchema: v.GenericSchema<FieldValues, CommonSettings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const issues: { field: string; why: string; names: string }[] = [];
    const read = <T>(field: string, parse: () => T | FieldIssue): T | undefined => {
      const result = parse();
      if (!(result instanceof FieldIssue)) return result;
      issues.push({ field: result.field ?? field, why: result.reason, names: result.names });
      return undefined;
    };
    const template = read('nameTemplate', () => parseNameTemplate(value.nameTemplate));
    const collision = read('collision', () => parseCollision(value.collision));
    const maxFileBytes = read('largestMB', () => parsePositive(value.largestMB, 1e6));
    const bytesPerSecond = read('speedKBs', () => parsePositive(value.speedKBs, 1e3));
    const proxy = read('proxyAddress', () => parseProxy(value));
    const certificates = read('ca', () => parseCertificates(value.ca ?? ''));
    for (const issue of issues) addIssue(fieldIssue(issue.field, issue.why, issue.names));
    if (!template || !collision || !proxy || !certificates || issues.length > 0) return NEVER;
    return {
      naming: { template, collision },
      proxy,
      certificates,
      ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
  }),
);

class FieldIssue {
  readonly reason: string;
  readonly field: string | undefined;
  /** Text that the error message may show, such as a placeholder's name; never a typed value. */
  readonly names: string;
  constructor(reason: string, field?: string, names = '') {
    this.reason = reason;
    this.field = field;
    this.names = names;
  }
}

/** An empty template means the default template. */
function parseNameTemplate(typed: string | undefined): Template | FieldIssue {
  const text = typed?.trim() ?? '';
  const { template, problem } = parseTemplate(text === '' ? defaultTemplate : text);
  return template ?? new FieldIssue(problem.why, undefined, problem.what);
}

function parseCollision(typed: string | undefined): Collision | FieldIssue {
  const text = typed?.trim() ?? '';
  return text === ''
    ? 'new-name'
    : (collisions.find((collision) => collision === text) ?? new FieldIssue(issueReasons.choice));
}

/** Accepts `1,5` and `1.5`, `2 000`, `2'000`, `2_000` and `2000`. An empty text means no limit. */
function parsePositive(typed: string | undefined, unit: number): number | FieldIssue | undefined {
  const text = typed?.replace(/[\s'_\u00a0\u202f]/g, '').replace(',', '.') ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,12}(\.\d{1,3})?$/.test(text) || Number(text) <= 0) return new FieldIssue(issueReasons.number);
  return Math.max(1, Math.round(Number(text) * unit));
}

// ---------------------------------------------------------------- proxy

const proxyProtocols: ReadonlySet<string> = new Set([
  'http:',
  'https:',
  'socks:',
  'socks4:',
  'socks4a:',
  'socks5:',
  'socks5h:',
]);
export const isProxyProtocol = (protocol: string): boolean => proxyProtocols.has(protocol);
const pacProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'file:']);

function parseProxy({
  proxy = '',
  proxyAddress = '',
  proxyUser = '',
  proxyPassword = '',
}: FieldValues): ProxySettings | FieldIssue {
  const login = proxyUser.trim() === '' ? {} : { login: { user: proxyUser.trim(), password: proxyPassword } };
  switch (proxy) {
    case '':
    case 'system':
      return { kind: 'system', ...login };
    case 'none':
      return { kind: 'none' };
    case 'address':
      return parseProxyAddress(proxyAddress.trim(), login);
    case 'pac':
      return parsePacUrl(proxyAddress.trim(), login);
    default:
      return new FieldIssue(issueReasons.choice, 'proxy');
  }
}

function parseProxyAddress(typed: string, credentials: { login?: ProxyLogin }): ProxySettings | FieldIssue {
  const url = parseUrl(typed, 'http://');
  if (url instanceof FieldIssue) return url;
  if (
    !proxyProtocols.has(url.protocol) ||
    url.hostname === '' ||
    !/^\/?$/.test(url.pathname) ||
    url.search + url.hash !== ''
  )
    return new FieldIssue(issueReasons.proxy);
  // A login inside the address would be visible wherever the address is shown, so it has to go into its own fields.
  if (url.username + url.password !== '') return new FieldIssue(issueReasons.login);
  return { kind: 'address', url: `${url.protocol}//${url.host}`, ...credentials };
}

function parsePacUrl(typed: string, credentials: { login?: ProxyLogin }): ProxySettings | FieldIssue {
  const url = path.isAbsolute(typed) ? pathToFileURL(typed) : parseUrl(typed, 'http://');
  if (url instanceof FieldIssue) return url;
  if (!pacProtocols.has(url.protocol) || isOnFileServer(typed, url)) return new FieldIssue(issueReasons.proxy);
  if (url.username + url.password !== '') return new FieldIssue(issueReasons.login);
  return { kind: 'pac', url: url.href, ...credentials };
}

/** Whether the path is on a file server (`\\server\share`), to which Windows would send the user's password hash. */
const isOnFileServer = (typed: string, { protocol, host, pathname }: URL): boolean =>
  /^[\\/]{2}/.test(typed) || (protocol === 'file:' && (host !== '' || pathname.startsWith('//')));

/** @param scheme added in front of an address without a scheme */
function parseUrl(typed: string, scheme: string): URL | FieldIssue {
  if (typed === '') return new FieldIssue(issueReasons.missing);
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : scheme + typed;
  return URL.canParse(address) && !/\s/.test(address) ? new URL(address) : new FieldIssue(issueReasons.proxy);
}

// ---------------------------------------------------------------- certificates

const maxPemLength = 512 * 1024;

/** Allows text around the certificates, because tools print a description before each one. */
function parseCertificates(typed: string): string[] | FieldIssue {
  if (typed.trim() === '') return [];
  if (typed.length > maxPemLength) return new FieldIssue(issueReasons.certificate);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(typed)) return new FieldIssue(issueReasons.privateKey);
  const pems = pemsIn(typed);
  return pems.length > 0 && pems.every(isCertificate) ? pems : new FieldIssue(issueReasons.certificate);
}

/** The valid certificates in a bundle of another program. */
export const readCertificateBundle = (text: string): string[] => pemsIn(text).filter(isCertificate);

/** A certificate in PEM format: base64 between a BEGIN and an END line, for which OpenSSL has three names. */
const pemPattern =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const pemsIn = (text: string): string[] => (text.match(pemPattern) ?? []).map((pem) => pem.replaceAll(/\r\n?/g, '\n'));

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch (cause) {
    // The error comes from OpenSSL, and its message would not help the user.
    if (!(cause instanceof Error)) throw cause;
    return false;
  }
}
