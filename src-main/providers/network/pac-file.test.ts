import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TlsProxy } from '../testing/tls-proxy.ts';
import { PacFile } from './pac-file.ts';

describe('a proxy configuration file that is not a regular file of limited size', () => {
  test.skipIf(process.platform === 'win32').each([
    ['a device', '/dev/zero', ''],
    ['a named pipe', 'pipe', 'mkfifo "$0"'],
    ['a file of 2 MiB', 'large', 'echo FindProxyForURL > "$0"; head -c 2097152 /dev/zero >> "$0"'],
  ])('is rejected without reading it: %s', async (_, name, command) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'hoist-pac-'));
    const file = path.resolve(folder, name);
    if (command !== '') execFileSync('sh', ['-c', command, file]);
    await expect(new PacFile(pathToFileURL(file).href, []).script()).rejects.toMatchObject({
      error: { code: 'invalid-input', field: 'proxyAddress' },
    });
    await rm(folder, { recursive: true });
  });
});

test('a proxy configuration file is loaded over TLS only with a trusted certificate', async () => {
  const plain = http.createServer((_, response) => response.end('function FindProxyForURL() { return "DIRECT"; }'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const proxy = await TlsProxy.start(`http://127.0.0.1:${(plain.address() as AddressInfo).port}`);
  expect(await new PacFile(proxy.url, [proxy.certificate]).script()).toContain('FindProxyForURL');
  await expect(new PacFile(proxy.url, []).script()).rejects.toMatchObject({ error: { code: 'unreachable' } });
  proxy.stop();
  plain.close();
});
