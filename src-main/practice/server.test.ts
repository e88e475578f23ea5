/** The clock and the timeouts of the server. */
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MiB } from '../platform/testing/mib.ts';
import { ObjectStore } from './object-store.ts';
import { PracticeServer } from './server.ts';
import { signRequest } from './testing/raw-request.ts';
import { Bucket, startServerForEachTest, waitUntil } from './testing/server-fixture.ts';

const server = startServerForEachTest();

test('checks the time of a request against its clock, and sends the time of this clock', async () => {
  server.clockOffsetMs = 3_600_000;
  expect(await server.send({ path: '/practice' })).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
  const response = await server.send({ path: '/practice', at: Date.now() + server.clockOffsetMs });
  expect(response.status).toBe(200);
  expect(Math.abs(Date.parse(response.headers.date!) - (Date.now() + server.clockOffsetMs))).toBeLessThan(5000);
});

test('closes a connection on which the client stops sending, before and during the body', async () => {
  const store = await ObjectStore.open(join(server.practice.folder, 'other'), {
    quotaBytes: MiB,
    freeBytes: async () => Infinity,
  });
  const serverWithTimeouts = await PracticeServer.listen(0, {
    context: { store, bucket: Bucket, region: 'us-east-1', now: Date.now },
    keys: { ...server.practice.address },
    proveIdentity: () => '',
    idleTimeoutMs: 200,
    headersTimeoutMs: 200,
  });
  const address = { ...server.practice.address, endpoint: `http://127.0.0.1:${serverWithTimeouts.port}` };
  const { authorization, date } = signRequest(address, {
    method: 'PUT',
    path: '/practice/k',
    headers: { host: `127.0.0.1:${serverWithTimeouts.port}` },
    payload: 'UNSIGNED-PAYLOAD',
    at: Date.now(),
  });
  const partialRequests = [
    '',
    'GET / HTTP/1.1\r\nHost: 127',
    `PUT /practice/k HTTP/1.1\r\nHost: 127.0.0.1:${serverWithTimeouts.port}\r\nContent-Length: 100\r\nx-amz-date: ${date}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: ${authorization}\r\n\r\nxxx`,
  ];
  for (const partialRequest of partialRequests) {
    await new Promise<void>((resolve) => {
      const socket = net.connect(serverWithTimeouts.port, '127.0.0.1', () => socket.write(partialRequest));
      socket
        .on('error', () => undefined)
        .resume()
        .once('close', () => resolve());
    });
  }
  await waitUntil(async () => (await readdir(join(server.practice.folder, 'other', 'pieces'))).length === 0);
  expect(store.usage()).toMatchObject({ objects: 0, bytes: 0 });
  await serverWithTimeouts.close();
});
