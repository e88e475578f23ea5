/** The proxy variables, compared with the documented rules of curl, Go and the AWS command line. */
import { expect, test } from 'vitest';
import type { AppFailure } from '../../../src-shared/errors.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { hasProxyVariable, proxyFromEnvironment } from './proxy-environment.ts';
import { noProxyCases } from './testing/no-proxy-cases.ts';

const https = 'https://store.example.com/';
const http = 'http://store.example.com/';

test.each<[string, string, Record<string, string>, string]>([
  ['the variable of the scheme', https, { HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://a:1'],
  ['the variable of the scheme', http, { HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://b:2'],
  [
    'the lowercase variable before the uppercase one',
    https,
    { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' },
    'http://a:1',
  ],
  [
    'the uppercase variable if the lowercase one is empty',
    https,
    { https_proxy: '', HTTPS_PROXY: 'http://b:2' },
    'http://b:2',
  ],
  ['ALL_PROXY for every scheme', http, { ALL_PROXY: 'socks5://a:1' }, 'socks5://a:1'],
  [
    'the variable of the scheme before ALL_PROXY',
    https,
    { all_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' },
    'http://b:2',
  ],
  ['no proxy without a variable', https, { HTTP_PROXY: 'http://b:2' }, 'DIRECT'],
  [
    'no HTTP_PROXY under CGI, where a client can set it',
    http,
    { HTTP_PROXY: 'http://a:1', REQUEST_METHOD: 'GET' },
    'DIRECT',
  ],
  ['http_proxy under CGI', http, { http_proxy: 'http://a:1', REQUEST_METHOD: 'GET' }, 'http://a:1'],
])('%s is used for %s with %j', (_, url, env, proxy) => expect(proxyFromEnvironment(url, env)).toBe(proxy));

test.each([
  ['proxy.example.com:8080', 'http://proxy.example.com:8080'],
  ['proxy.example.com', 'http://proxy.example.com'],
  ['10.9.9.9:3128', 'http://10.9.9.9:3128'],
  ['[fd00::1]:3128', 'http://[fd00::1]:3128'],
  ['fd00::1', 'http://[fd00::1]'],
  [' http://proxy.example.com:8080/ ', 'http://proxy.example.com:8080'],
  ['HTTP://proxy.example.com:8080/path', 'http://proxy.example.com:8080'],
  ['https://proxy.example.com:8443', 'https://proxy.example.com:8443'],
  ['socks5h://10.0.0.1:1080', 'socks5h://10.0.0.1:1080'],
  ['socks4a://10.0.0.1:1080', 'socks4a://10.0.0.1:1080'],
  ['ann:pass@proxy.example.com:8080', 'http://ann:pass@proxy.example.com:8080'],
  ['http://ann@proxy.example.com:8080', 'http://ann@proxy.example.com:8080'],
  ['http://ann:p%40ss%2F@proxy.example.com:8080', 'http://ann:p%40ss%2F@proxy.example.com:8080'],
  ['http://corp\\ann:p@ss#1/?@proxy.example.com:8080', 'http://corp%5Cann:p%40ss%231%2F%3F@proxy.example.com:8080'],
  ['http://ann:100%@proxy.example.com:8080', 'http://ann:100%25@proxy.example.com:8080'],
])('the value %j means %s', (value, proxy) => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])
    expect(proxyFromEnvironment(https, { [name]: value })).toBe(proxy);
});

test.each([
  'ftp://proxy.example.com',
  'http://',
  'http://a b:1',
  'proxy.example.com:port',
  'http://ann:s3cret@',
  ':8080',
])('the value %j is an error that names the variable, and no request is sent directly', (value) => {
  const failed = (): unknown => {
    try {
      return proxyFromEnvironment(https, { HTTPS_PROXY: value });
    } catch (cause) {
      return cause;
    }
  };
  const { error } = failed() as AppFailure;
  expect(error).toMatchObject({ code: 'invalid-input', field: 'proxy' });
  expect(errorText(error).what).toContain('HTTPS_PROXY');
  expect(JSON.stringify(error)).not.toContain('s3cret');
});

test.each(noProxyCases)('NO_PROXY=%s: %s is reached through %s', (noProxy, url, route) => {
  const env = { ALL_PROXY: 'http://proxy.invalid:3128', NO_PROXY: noProxy };
  expect(proxyFromEnvironment(url, env)).toBe(route === 'proxy' ? 'http://proxy.invalid:3128' : 'DIRECT');
});

test('an empty variable names no proxy', () => {
  expect(hasProxyVariable({})).toBe(false);
  expect(hasProxyVariable({ HTTPS_PROXY: '', https_proxy: ' ' })).toBe(false);
  for (const name of ['HTTPS_PROXY', 'http_proxy', 'all_proxy'])
    expect(hasProxyVariable({ [name]: 'proxy:8080' })).toBe(true);
});
