/** What {@link commonFields} amount to: limits, and the way through the network. What cannot be understood is an issue at its field. */
import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { parseTemplate, usualTemplate, type Template } from '../../src-shared/name-template.ts';
import type { FieldValues } from '../../src-shared/profile.ts';
import { collisions, type Collision } from '../../src-shared/upload.ts';
import { issueAt, why } from './issues.ts';

/** `system`: what the computer is set to, or the environment says. */
export type ProxyChoice =
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
  names: { template: Template; collision: Collision };
  /** bytes */
  largest?: number;
  /** For all uploads of the destination together. */
  bytesPerSecond?: number;
  proxy: ProxyChoice;
  /** PEM, one certificate each; trusted besides what the system trusts. */
  certificates: string[];
}

/** What a destination has that says nothing about it. */
export const plainSettings: CommonSettings = {
  names: { template: parseTemplate(usualTemplate).template!, collision: 'new-name' },
  proxy: { kind: 'system' },
  certificates: [],
};

export const commonSettings: v.GenericSchema<FieldValues, CommonSettings> = v.pipe(
  v.record(v.string(), v.string()),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const issues: { field: string; why: string; names: string }[] = [];
    const take = <T>(field: string, parse: () => T | Wrong): T | undefined => {
      const got = parse();
      if (!(got instanceof Wrong)) return got;
      issues.push({ field: got.field ?? field, why: got.why, names: got.names });
      return undefined;
    };
    const template = take('nameTemplate', () => templateOf(value.nameTemplate));
    const collision = take('collision', () => collisionOf(value.collision));
    const largest = take('largestMB', () => positive(value.largestMB, 1e6));
    const bytesPerSecond = take('speedKBs', () => positive(value.speedKBs, 1e3));
    const proxy = take('proxyAddress', () => proxyOf(value));
    const certificates = take('ca', () => certificatesOf(value.ca ?? ''));
    for (const one of issues) addIssue(issueAt(one.field, one.why, one.names));
    if (!template || !collision || !proxy || !certificates || issues.length > 0) return NEVER;
    return {
      names: { template, collision },
      proxy,
      certificates,
      ...(largest === undefined ? {} : { largest }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
  }),
);

class Wrong {
  readonly why: string;
  readonly field: string | undefined;
  /** What the sentence may name. */
  readonly names: string;
  constructor(reason: string, field?: string, names = '') {
    this.why = reason;
    this.field = field;
    this.names = names;
  }
}

/** Nothing is how files are usually named. */
function templateOf(typed: string | undefined): Template | Wrong {
  const text = typed?.trim() ?? '';
  const { template, problem } = parseTemplate(text === '' ? usualTemplate : text);
  return template ?? new Wrong(problem.why, undefined, problem.what);
}

function collisionOf(typed: string | undefined): Collision | Wrong {
  const chosen = typed?.trim() ?? '';
  return chosen === '' ? 'new-name' : (collisions.find((one) => one === chosen) ?? new Wrong(why.choice));
}

/** `1,5` and `1.5`, `2 000` and `2000`; nothing is no limit. */
function positive(typed: string | undefined, unit: number): number | Wrong | undefined {
  const text = typed?.replace(/[\s'_\u00a0\u202f]/g, '').replace(',', '.') ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,12}(\.\d{1,3})?$/.test(text) || Number(text) <= 0) return new Wrong(why.number);
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
const pacProtocols: ReadonlySet<string> = new Set(['http:', 'https:', 'file:']);

function proxyOf({
  proxy = '',
  proxyAddress = '',
  proxyUser = '',
  proxyPassword = '',
}: FieldValues): ProxyChoice | Wrong {
  const login = proxyUser.trim() === '' ? {} : { login: { user: proxyUser.trim(), password: proxyPassword } };
  switch (proxy) {
    case '':
    case 'system':
      return { kind: 'system', ...login };
    case 'none':
      return { kind: 'none' };
    case 'address':
      return proxyAt(proxyAddress.trim(), login);
    case 'pac':
      return pacAt(proxyAddress.trim(), login);
    default:
      return new Wrong(why.choice, 'proxy');
  }
}

function proxyAt(typed: string, given: { login?: ProxyLogin }): ProxyChoice | Wrong {
  const url = addressOf(typed, 'http://');
  if (url instanceof Wrong) return url;
  if (
    !proxyProtocols.has(url.protocol) ||
    url.hostname === '' ||
    !/^\/?$/.test(url.pathname) ||
    url.search + url.hash !== ''
  )
    return new Wrong(why.proxy);
  // A login inside the address would be shown with it: it belongs into its own fields.
  if (url.username + url.password !== '') return new Wrong(why.login);
  return { kind: 'address', url: `${url.protocol}//${url.host}`, ...given };
}

function pacAt(typed: string, given: { login?: ProxyLogin }): ProxyChoice | Wrong {
  const url = path.isAbsolute(typed) ? pathToFileURL(typed) : addressOf(typed, 'http://');
  if (url instanceof Wrong) return url;
  if (!pacProtocols.has(url.protocol)) return new Wrong(why.proxy);
  if (url.username + url.password !== '') return new Wrong(why.login);
  return { kind: 'pac', url: url.href, ...given };
}

function addressOf(typed: string, scheme: string): URL | Wrong {
  if (typed === '') return new Wrong(why.missing);
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : scheme + typed;
  return URL.canParse(address) && !/\s/.test(address) ? new URL(address) : new Wrong(why.proxy);
}

// ---------------------------------------------------------------- certificates

const mostPem = 512 * 1024;

/** Text around the certificates is common: tools print what is in them before them. */
function certificatesOf(typed: string): string[] | Wrong {
  if (typed.trim() === '') return [];
  if (typed.length > mostPem) return new Wrong(why.certificate);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(typed)) return new Wrong(why.privateKey);
  const found =
    typed.match(
      /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g,
    ) ?? [];
  return found.length > 0 && found.every(isCertificate)
    ? found.map((one) => one.replaceAll(/\r\n?/g, '\n'))
    : new Wrong(why.certificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch (cause) {
    // OpenSSL's own words; that it is none is all there is to say.
    if (!(cause instanceof Error)) throw cause;
    return false;
  }
}
