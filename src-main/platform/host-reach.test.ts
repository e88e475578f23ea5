import { expect, test } from 'vitest';
import { hostReach } from './host-reach.ts';

test.each([
  ['localhost', 'this-computer'],
  ['LOCALHOST.', 'this-computer'],
  ['bucket.localhost', 'this-computer'],
  ['127.0.0.1', 'this-computer'],
  ['127.8.9.1', 'this-computer'],
  ['::1', 'this-computer'],
  ['[::1]', 'this-computer'],
  ['::ffff:127.0.0.1', 'this-computer'],
  ['0.0.0.0', 'this-computer'],
  ['10.1.2.3', 'this-network'],
  ['172.16.0.1', 'this-network'],
  ['172.31.255.255', 'this-network'],
  ['192.168.1.5', 'this-network'],
  ['169.254.1.1', 'this-network'],
  ['100.64.0.1', 'this-network'],
  ['fd00::1', 'this-network'],
  ['[fe80::1]', 'this-network'],
  ['::ffff:192.168.0.1', 'this-network'],
  ['nas', 'this-network'],
  ['nas.local', 'this-network'],
  ['minio.home.arpa', 'this-network'],
  ['files.corp.internal', 'this-network'],
  ['s3.amazonaws.com', 'anywhere'],
  ['172.32.0.1', 'anywhere'],
  ['8.8.8.8', 'anywhere'],
  ['2001:4860:4860::8888', 'anywhere'],
  ['10.1.2.3.example.com', 'anywhere'],
  ['mylocalhost.com', 'anywhere'],
  ['local.example.com', 'anywhere'],
])('%s can be reached from %s', (host, reach) => {
  expect(hostReach(host)).toBe(reach);
});
