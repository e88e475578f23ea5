/** Which server gets the requests of a form, so that Hoist notices when another server would get them. */
import { expect, test } from 'vitest';
import { s3RequestServer, usesExternalKeys } from './request-server.ts';

const computer = { env: {}, home: '/home/ada', platform: 'linux' as const, read: () => undefined };
const server = (values: Record<string, string>): string => s3RequestServer({ bucket: 'files', ...values }, computer);

test('Amazon is one server, whatever the region, except for a separate partition', () => {
  expect(server({})).toBe('https://amazonaws.com');
  expect(server({ region: 'eu-west-1', awsEndpoint: 'dualstack' })).toBe('https://amazonaws.com');
  expect(server({ region: 'cn-north-1' })).toBe('https://amazonaws.com.cn');
});

test.each([
  [{ endpoint: 'https://s3.example.com' }, 'https://s3.example.com'],
  [{ endpoint: 'http://192.168.1.2:9000/' }, 'http://192.168.1.2:9000'],
  [{ endpoint: 'https://s3.{region}.wasabisys.com', region: 'eu-west-1' }, 'https://s3.eu-west-1.wasabisys.com'],
  [{ bucket: 'https://s3.example.com/files' }, 'https://s3.example.com'],
  [{ endpoint: 'https://host-1.compute-1.amazonaws.com' }, 'https://host-1.compute-1.amazonaws.com'],
])('the server of %o is %s', (values, expected) => {
  expect(server(values)).toBe(expected);
});

test('a form that cannot be parsed yet has another server than every parsed form', () => {
  expect(server({ endpoint: 'https://s3.example.com', region: '???' })).not.toBe('https://s3.example.com');
});

test('an AWS profile and a role of the machine use keys outside Hoist', () => {
  expect(
    ['profile', 'container', 'instance', 'keys', 'sso', 'nobody', ''].filter((credentials) =>
      usesExternalKeys({ credentials }),
    ),
  ).toEqual(['profile', 'container', 'instance']);
});
