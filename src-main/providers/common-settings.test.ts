import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../src-shared/profile.ts';
import { errorText } from '../../src-shared/text/text.ts';
import { commonFields } from './common-fields.ts';
import { commonSettings, plainSettings, type CommonSettings } from './common-settings.ts';
import { errorOfIssue } from './issues.ts';
import { authority, good } from './testing/certificates.ts';

const parse = (values: FieldValues): CommonSettings => v.parse(commonSettings, values);
const problems = (values: FieldValues) =>
  (v.safeParse(commonSettings, values).issues ?? []).map((issue) => errorOfIssue(issue));
const atFault = (values: FieldValues): unknown[] => problems(values).map(({ field }) => field);

test('nothing said is nothing special', () => {
  expect(parse({})).toEqual(plainSettings);
  expect(parse({ largestMB: '', speedKBs: ' ', proxy: 'system', ca: '\n' })).toEqual(plainSettings);
});

describe('limits', () => {
  test.each([
    ['100', 100e6],
    ['1,5', 1.5e6],
    ['0.5', 5e5],
    ['2 000', 2000e6],
    ['2_000', 2000e6],
  ])('%s MB', (largestMB, largest) => expect(parse({ largestMB }).largest).toBe(largest));
  test('kB/s', () => expect(parse({ speedKBs: '2000' }).bytesPerSecond).toBe(2e6));
  test.each(['0', '-5', 'fast', '1e9', '10 MB', '1.2.3', '0,0'])('%s is no limit', (typed) => {
    expect(atFault({ largestMB: typed, speedKBs: typed })).toEqual(['largestMB', 'speedKBs']);
  });
});

describe('proxy', () => {
  test.each<[FieldValues, CommonSettings['proxy']]>([
    [{ proxy: 'none', proxyAddress: 'nonsense that is not shown' }, { kind: 'none' }],
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
  ])('%j', (values, proxy) => expect(parse(values).proxy).toEqual(proxy));
  test.each([
    '',
    'ftp://proxy.example.com',
    'http://',
    'a b',
    'http://proxy.example.com/path',
    'http://ann:s3cret@proxy.example.com:8080',
  ])('%j is no proxy', (proxyAddress) => {
    expect(atFault({ proxy: 'address', proxyAddress })).toEqual(['proxyAddress']);
  });
  test('a choice that there is not', () => expect(atFault({ proxy: 'magic' })).toEqual(['proxy']));
});

describe('certificates', () => {
  test('one or several, with what tools print around them', () => {
    expect(parse({ ca: authority }).certificates).toEqual([authority.trim()]);
    expect(
      parse({ ca: `Certificate:\r\n    Data:\r\n${authority.replaceAll('\n', '\r\n')}\n# another\n${good.cert}` })
        .certificates,
    ).toHaveLength(2);
  });
  test.each([
    ['text', 'hello'],
    ['a broken one', authority.replace('MII', 'MIX')],
    ['a cut one', authority.slice(0, 200)],
    ['an empty one', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'],
  ])('%s is none', (_, ca) => expect(atFault({ ca })).toEqual(['ca']));
  test('a private key is refused, and never repeated', () => {
    const said = problems({ ca: authority + good.key });
    expect(said.map(({ field }) => field)).toEqual(['ca']);
    expect(errorText(said[0]!).what).toContain('private key');
    expect(JSON.stringify(said)).not.toContain(good.key.split('\n')[1]);
  });
});

test('every problem is at a field of the form, all of them at once, and holds nothing of what was typed', () => {
  const all = problems({
    largestMB: 'hunter2',
    speedKBs: 'hunter2',
    proxy: 'address',
    proxyAddress: 'http://ann:hunter2@x',
    ca: 'hunter2',
  });
  expect(all.map(({ field }) => field)).toEqual(['largestMB', 'speedKBs', 'proxyAddress', 'ca']);
  for (const { field } of all) expect(commonFields.map(({ key }) => key)).toContain(field);
  expect(JSON.stringify(all)).not.toContain('hunter2');
  expect(new Set(all.map((error) => errorText(error).what)).size).toBe(3);
});
