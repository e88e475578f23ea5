import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import { errorText } from '../../../src-shared/text/text.ts';
import { commonFields } from './common-fields.ts';
import { commonSettingsSchema, defaultCommonSettings, type CommonSettings } from './common-settings.ts';
import { errorFromIssue } from './field-issues.ts';
import { testCa, loopbackCertificate } from '../testing/certificates.ts';

const parse = (values: FieldValues): CommonSettings => v.parse(commonSettingsSchema, values);
const problems = (values: FieldValues) =>
  (v.safeParse(commonSettingsSchema, values).issues ?? []).map((issue) => errorFromIssue(issue));
const invalidFields = (values: FieldValues): unknown[] => problems(values).map(({ field }) => field);

test('empty values give the defaults', () => {
  expect(parse({})).toEqual(defaultCommonSettings);
  expect(parse({ largestMB: '', speedKBs: ' ', proxy: 'system', ca: '\n' })).toEqual(defaultCommonSettings);
});

describe('limits', () => {
  test.each([
    ['100', 100e6],
    ['1,5', 1.5e6],
    ['0.5', 5e5],
    ['2 000', 2000e6],
    ['2_000', 2000e6],
  ])('parses %j as a size limit in MB', (largestMB, largest) =>
    expect(parse({ largestMB }).maxFileBytes).toBe(largest),
  );
  test('parses the speed limit in kB/s', () => expect(parse({ speedKBs: '2000' }).bytesPerSecond).toBe(2e6));
  test.each(['0', '-5', 'fast', '1e9', '10 MB', '1.2.3', '0,0'])('rejects %s as a limit', (typed) => {
    expect(invalidFields({ largestMB: typed, speedKBs: typed })).toEqual(['largestMB', 'speedKBs']);
  });
});

describe('proxy', () => {
  test.each<[FieldValues, CommonSettings['proxy']]>([
    [{ proxy: 'none', proxyAddress: 'ignored value of a hidden field' }, { kind: 'none' }],
    [
      { proxy: 'system', proxyUser: 'ann', proxyPassword: 's3cret' },
      { kind: 'system', login: { user: 'ann', password: 's3cret' } },
    ],
    [
      { proxy: 'address', proxyAddress: 'proxy.example.com:8080' },
      { kind: 'address', url: 'http://proxy.example.com:8080' },
    ],
    [
      { proxy: 'address', proxyAddress: 'https://proxy.example.com' },
      { kind: 'address', url: 'https://proxy.example.com' },
    ],
    [
      { proxy: 'address', proxyAddress: ' socks5://10.0.0.1:1080/ ', proxyUser: ' ann ' },
      { kind: 'address', url: 'socks5://10.0.0.1:1080', login: { user: 'ann', password: '' } },
    ],
    [
      { proxy: 'pac', proxyAddress: 'wpad.example.com/proxy.pac' },
      { kind: 'pac', url: 'http://wpad.example.com/proxy.pac' },
    ],
    [
      { proxy: 'pac', proxyAddress: '/etc/proxy.pac' },
      { kind: 'pac', url: 'file:///etc/proxy.pac' },
    ],
  ])('parses %j', (values, proxy) => expect(parse(values).proxy).toEqual(proxy));
  test.each([
    '',
    'ftp://proxy.example.com',
    'http://',
    'a b',
    'http://proxy.example.com/path',
    'http://ann:s3cret@proxy.example.com:8080',
  ])('rejects %j as a proxy', (proxyAddress) => {
    expect(invalidFields({ proxy: 'address', proxyAddress })).toEqual(['proxyAddress']);
  });
  test.each([
    'file://server/share/proxy.pac',
    'file:////server/share/proxy.pac',
    'file:///\\\\server/share/proxy.pac',
    '//server/share/proxy.pac',
    '\\\\server\\share\\proxy.pac',
    'ftp://server/proxy.pac',
  ])(
    'rejects %j as a configuration file, because Windows would send the password hash to the server',
    (proxyAddress) => {
      expect(invalidFields({ proxy: 'pac', proxyAddress })).toEqual(['proxyAddress']);
    },
  );
  test('rejects an unknown choice', () => expect(invalidFields({ proxy: 'magic' })).toEqual(['proxy']));
});

describe('certificates', () => {
  test('accepts one or several certificates, with the text that tools print around them', () => {
    expect(parse({ ca: testCa }).certificates).toEqual([testCa.trim()]);
    expect(
      parse({
        ca: `Certificate:\r\n    Data:\r\n${testCa.replaceAll('\n', '\r\n')}\n# another\n${loopbackCertificate.cert}`,
      }).certificates,
    ).toHaveLength(2);
  });
  test.each([
    ['text', 'hello'],
    ['a damaged certificate', testCa.replace('MII', 'MIX')],
    ['a truncated certificate', testCa.slice(0, 200)],
    ['an empty certificate', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
  ])('rejects %s', (_, ca) => expect(invalidFields({ ca })).toEqual(['ca']));
  test('rejects a private key and does not repeat it in the error', () => {
    const errors = problems({ ca: testCa + loopbackCertificate.key });
    expect(errors.map(({ field }) => field)).toEqual(['ca']);
    expect(errorText(errors[0]!).what).toContain('private key');
    expect(JSON.stringify(errors)).not.toContain(loopbackCertificate.key.split('\n')[1]);
  });
});

test('reports all problems at once, each at its field, without the typed values', () => {
  const errors = problems({
    largestMB: 'hunter2',
    speedKBs: 'hunter2',
    proxy: 'address',
    proxyAddress: 'http://ann:hunter2@x',
    ca: 'hunter2',
  });
  expect(errors.map(({ field }) => field)).toEqual(['largestMB', 'speedKBs', 'proxyAddress', 'ca']);
  for (const { field } of errors) expect(commonFields.map(({ key }) => key)).toContain(field);
  expect(JSON.stringify(errors)).not.toContain('hunter2');
  // Both limits have the same message.
  expect(new Set(errors.map((error) => errorText(error).what)).size).toBe(3);
});
