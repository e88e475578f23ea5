/**
 * Checks the server with unmodified third-party clients, so that the server does not merely match our driver. Their
 * `fetch` option redirects the host names to the server.
 */
import { createFalClient } from '@fal-ai/client';
import * as older from '@fal-ai/serverless-client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fillPattern } from '../../../src-main/providers/testing/pattern-source.ts';
import { FalServer } from './server.ts';

const MiB = 1024 * 1024;
const key = 'outside-id:0123456789abcdef';
const passed: string[] = [];

let server: FalServer;
beforeEach(async () => {
  server = await FalServer.start({ keys: { [key]: {} } });
});
afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.stop();
});
afterAll(() => {
  console.info(`outside clients that passed against the fal server: ${passed.join(', ')}`);
});

/** Maps the service's hosts, old and new, to this server. */
const redirected: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  return fetch(
    /(^|\.)fal\.(ai|media|run)$/.test(url.hostname) ? new URL(url.pathname + url.search, server.origin) : url,
    init,
  );
};

function fileOf(size: number, name: string, type: string): File {
  const bytes = Buffer.allocUnsafe(size);
  fillPattern(bytes, 0);
  return new File([bytes], name, { type });
}

async function expectStored(address: string, file: File): Promise<void> {
  const answer = await fetch(address);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(file.type);
  expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
}

describe('@fal-ai/client 1.10.1', () => {
  const client = () => createFalClient({ credentials: key, fetch: redirected });

  test.each([0, 1, 100_000])('uploads %d bytes in one request', async (size) => {
    const file = fileOf(size, 'photo ü.png', 'image/png');
    await expectStored(await client().storage.upload(file), file);
    expect(server.requests.map(({ route }) => route)).toEqual(['initiate', 'put', 'get']);
    expect(server.requests[0]!.userAgent).toBe('@fal-ai/client/1.10.1');
  });

  test('uploads more than 90 MiB in parts, one after another', async () => {
    const file = fileOf(91 * MiB, 'film.mp4', 'video/mp4');
    await expectStored(await client().storage.upload(file), file);
    const routes = server.requests.map(({ route }) => route);
    expect(routes).toEqual(['initiate-multipart', ...Array.from({ length: 10 }, () => 'part'), 'complete', 'get']);
    passed.push('@fal-ai/client 1.10.1');
  }, 120_000);

  test('declares a file’s lifetime and access', async () => {
    const address = await client().storage.upload(fileOf(10, 'a.txt', 'text/plain'), {
      lifecycle: { expiresIn: '1d', initialAcl: { default: 'hide', rules: [] } },
    });
    expect(JSON.parse(server.requests[0]!.lifecycle[0]!)).toEqual({
      expiration_duration_seconds: 86_400,
      initial_acl: { default: 'hide', rules: [] },
    });
    expect((await fetch(address)).status).toBe(404);
    expect(server.fileAt(address)!.expiresAt).toBeGreaterThan(Date.now() + 86_000_000);
  });

  test('reports why the server refused a request', async () => {
    const refused = createFalClient({ credentials: 'nobody:at-all', fetch: redirected }).storage.upload(
      fileOf(10, 'a.txt', 'text/plain'),
    );
    await expect(refused).rejects.toMatchObject({
      name: 'ApiError',
      status: 401,
      body: { detail: 'No user found for Key ID and Secret' },
    });
  });
});

describe('@fal-ai/serverless-client 0.15.0', () => {
  test('uploads with the older protocol', async () => {
    older.config({ credentials: key, fetch: redirected });
    const file = fileOf(300_000, 'sound.wav', 'audio/wav');
    await expectStored(await older.storage.upload(file), file);
    expect(server.requests.map(({ route, target }) => [route, target.split('?')[0]])).toEqual([
      ['initiate', '/storage/upload/initiate'],
      ['put', expect.stringMatching(/^\/uploads\//)],
      ['get', expect.stringMatching(/^\/files\//)],
    ]);
    passed.push('@fal-ai/serverless-client 0.15.0');
  });
});
