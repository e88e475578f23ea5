/**
 * The proxy that the environment variables name, with the rules of curl, Go and the AWS command line:
 *
 * | variable                               | meaning                                                          |
 * | -------------------------------------- | ---------------------------------------------------------------- |
 * | `https_proxy`, `HTTPS_PROXY`           | the proxy for https; the lowercase variable takes precedence      |
 * | `http_proxy`, `HTTP_PROXY`             | the proxy for http; under CGI only the lowercase variable counts  |
 * | `all_proxy`, `ALL_PROXY`               | the proxy if the variables above are empty                       |
 * | `no_proxy`, `NO_PROXY`                 | hosts, domains, addresses and ranges that are reached directly   |
 *
 * Where these programs differ, the rule of most of them applies: `.example.com` in NO_PROXY includes `example.com`.
 */
import { BlockList, isIP } from 'node:net';
import { failure } from '../../../src-shared/errors.ts';
import { isProxyProtocol } from '../settings/common-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the address of the proxy for a URL, or `DIRECT`. A proxy without a scheme is an http proxy.
 * @throws AppFailure invalid-input when the variable's value is not a proxy: a direct connection may be forbidden
 */
export function proxyFromEnvironment(url: string, env: Environment): string {
  const { protocol, hostname, port } = new URL(url);
  const isHttps = protocol === 'https:';
  const defaultPort = isHttps ? '443' : '80';
  if (isExcluded(hostname, port === '' ? defaultPort : port, read(env, 'no_proxy').value)) return 'DIRECT';
  const proxyOfScheme = isHttps ? read(env, 'https_proxy') : readHttpProxy(env);
  const { name, value } = proxyOfScheme.value === '' ? read(env, 'all_proxy') : proxyOfScheme;
  if (value === '') return 'DIRECT';
  const proxy = parseProxyVariable(value);
  // The value may contain a password, so the message has only the name of the variable.
  if (proxy === undefined)
    throw failure('invalid-input', { field: 'proxy', params: { why: 'proxyVariable', variable: name } });
  return proxy;
}

/** The proxy variables that curl, Go and the AWS command line read. */
const proxyVariables = ['https_proxy', 'http_proxy', 'all_proxy'];

/** Whether a variable names a proxy, for any URL. */
export const hasProxyVariable = (env: Environment): boolean =>
  proxyVariables.some((name) => read(env, name).value !== '');

/** Reads the lowercase variable, or the uppercase one if the lowercase one is empty. */
function read(env: Environment, lowercase: string): { name: string; value: string } {
  const name = env[lowercase]?.trim() ? lowercase : lowercase.toUpperCase();
  return { name, value: env[name]?.trim() ?? '' };
}

/** Under CGI, a client sets HTTP_PROXY with the request header `Proxy` (httpoxy). */
const readHttpProxy = (env: Environment): { name: string; value: string } =>
  env['REQUEST_METHOD'] ? { name: 'http_proxy', value: env['http_proxy']?.trim() ?? '' } : read(env, 'http_proxy');

/**
 * Parses `[scheme://][user:password@]host[:port][/path]` and drops the path. Everything before the last `@` is the
 * login, so a password may contain characters that a URL would have to encode.
 */
function parseProxyVariable(value: string): string | undefined {
  const {
    scheme = 'http',
    login,
    host = '',
  } = /^(?:(?<scheme>[a-z][a-z\d+.-]*):\/\/)?(?:(?<login>.*)@)?(?<host>[^@/\s]*[^@/\s:])(?:\/[^@\s]*)?$/i.exec(value)
    ?.groups ?? {};
  const address = `${scheme.toLowerCase()}://${isIP(host) === 6 ? `[${host}]` : host}`;
  if (host === '' || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!isProxyProtocol(url.protocol) || url.hostname === '' || url.search + url.hash !== '') return undefined;
  return `${url.protocol}//${login === undefined ? '' : `${encodeLogin(login)}@`}${url.host}`;
}

function encodeLogin(login: string): string {
  const separator = login.indexOf(':');
  const parts = separator === -1 ? [login] : [login.slice(0, separator), login.slice(separator + 1)];
  return parts.map((part) => encodeURIComponent(decode(part))).join(':');
}

/** A `%` that begins no encoded character is part of the password. */
const decode = (part: string): string =>
  part.replace(/(?:%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch (cause) {
      if (!(cause instanceof URIError)) throw cause;
      return encoded;
    }
  });

// ---------------------------------------------------------------- NO_PROXY

/** @param hostname as in a URL: an IPv6 address has brackets */
function isExcluded(hostname: string, port: string, noProxy: string): boolean {
  const host = normalizeHost(hostname);
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

/** Whether an entry of NO_PROXY (a name, an address or a range, with or without a port) matches a host and port. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (isIP(host) !== 0) {
    const range = parseRange(entry);
    if (range) return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  }
  const { pattern, entryPort } = splitPort(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(host) !== 0 && isIP(pattern) !== 0) return sameAddress(pattern, host);
  return matchesName(pattern, host);
}

function matchesName(pattern: string, host: string): boolean {
  // `*.example.com` means the names below example.com; `*example.com` also means notexample.com.
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1));
  const domain = pattern.replace(/^\.+|\.$/g, '');
  return domain !== '' && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)));
}

/** Without brackets and the dot at the end of a fully qualified name; an IPv4 address in IPv6 form becomes IPv4. */
const normalizeHost = (hostname: string): string =>
  mappedAddress(
    hostname
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, ''),
  );

/** `::ffff:10.1.1.1` is the IPv4 address 10.1.1.1. A URL writes it as `::ffff:a01:101`. */
function mappedAddress(host: string): string {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host)?.[1] ?? host;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function sameAddress(a: string, b: string): boolean {
  const list = new BlockList();
  list.addAddress(normalizeHost(a), isIP(normalizeHost(a)) === 6 ? 'ipv6' : 'ipv4');
  return list.check(b, isIP(b) === 6 ? 'ipv6' : 'ipv4');
}

/** A range in CIDR notation: `10.0.0.0/8`, `fd00::/8`. */
function parseRange(entry: string): BlockList | undefined {
  const [, address = '', bits = ''] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return range;
}

/** `example.com:8080`, `[::1]:8080`. An IPv6 address without brackets has no port. */
function splitPort(entry: string): { pattern: string; entryPort?: string } {
  if (isIP(entry) === 6) return { pattern: entry };
  const [, pattern, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return {
    pattern: (pattern ?? entry).replace(/^\[|\]$/g, ''),
    ...(entryPort === undefined ? {} : { entryPort: String(Number(entryPort)) }),
  };
}
