/** Bodies in chunks (aws-chunked), with and without signatures and trailing checksums. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeChunk, sendRawRequest, signRequest, type RawResponse } from './testing/raw-request.ts';
import { startServerForEachTest } from './testing/server-fixture.ts';

const server = startServerForEachTest();

/** How the chunks are protected: each with a signature, with a trailing checksum, or with both. */
type Protection = 'signed' | 'trailer' | 'signed trailer';

const payloadNames = {
  signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  trailer: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'signed trailer': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
} as const satisfies Record<Protection, string>;

interface ChunkedOptions {
  /** Changes the body after it was signed. */
  corrupt?: (body: Buffer) => Buffer;
  /** The value of x-amz-decoded-content-length; by default the correct one. */
  decodedLength?: number;
}

/** Stores an object with the key `c`, one chunk per text. */
function putChunked(
  protection: Protection,
  chunkTexts: string[],
  { corrupt = (body) => body, decodedLength = chunkTexts.join('').length }: ChunkedOptions = {},
): Promise<RawResponse> {
  const { address } = server.practice;
  const request = { method: 'PUT', path: '/practice/c', payload: payloadNames[protection], at: Date.now() };
  const headers = {
    'x-amz-decoded-content-length': String(decodedLength),
    ...(protection === 'signed' ? {} : { 'x-amz-trailer': 'x-amz-checksum-sha256' }),
  };
  const { chunk: signChunk, trailer: signTrailer } = signRequest(address, {
    ...request,
    headers: { ...headers, host: new URL(address.endpoint).host },
  });
  const chunks = [...chunkTexts, ''].map((text) =>
    encodeChunk(text, protection === 'trailer' ? undefined : signChunk(Buffer.from(text))),
  );
  const checksum = `x-amz-checksum-sha256:${createHash('sha256').update(chunkTexts.join('')).digest('base64')}`;
  const trailers = {
    signed: () => '',
    trailer: () => `${checksum}\r\n`,
    'signed trailer': () => `${checksum}\r\nx-amz-trailer-signature:${signTrailer(`${checksum}\n`)}\r\n`,
  }[protection]();
  const body = corrupt(Buffer.concat([...chunks, Buffer.from(`${trailers}\r\n`)]));
  // The signature does not cover the Content-Length header that sendRawRequest adds.
  return sendRawRequest(address, { ...request, headers, body });
}

/** A change of the body for {@link ChunkedOptions.corrupt}. */
const replacing =
  (from: string | RegExp, replacement: (match: string) => string) =>
  (body: Buffer): Buffer =>
    Buffer.from(body.toString('latin1').replace(from, replacement), 'latin1');

/** 25 bytes. */
const chunkTexts = ['first chunk ', 'second chunk', '3'];

test.each(['signed', 'trailer', 'signed trailer'] as const)('stores an aws-chunked body: %s', async (protection) => {
  expect((await putChunked(protection, chunkTexts)).status).toBe(200);
  expect((await server.practice.bytes('c')).toString()).toBe(chunkTexts.join(''));
  expect((await putChunked(protection, [])).status).toBe(200);
  expect(await server.practice.bytes('c')).toHaveLength(0);
});

const wrongSignature = { status: 403, code: 'SignatureDoesNotMatch' };
const incompleteBody = { status: 400, code: 'IncompleteBody' };

test.each<{ problem: string; protection: Protection; options: ChunkedOptions; expected: object }>([
  {
    problem: 'a changed chunk with a signature',
    protection: 'signed',
    options: { corrupt: replacing('second', () => 'SECOND') },
    expected: wrongSignature,
  },
  {
    problem: 'a changed chunk signature',
    protection: 'signed',
    options: {
      corrupt: replacing(/chunk-signature=./, (match) => match.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))),
    },
    expected: wrongSignature,
  },
  {
    problem: 'a changed checksum with a signature',
    protection: 'signed trailer',
    options: { corrupt: replacing('sha256:', () => 'sha256:A') },
    expected: wrongSignature,
  },
  {
    problem: 'a missing trailer signature',
    protection: 'signed trailer',
    options: { corrupt: replacing('x-amz-trailer-signature', () => 'x-amz-trailer-signatur_') },
    expected: wrongSignature,
  },
  {
    problem: 'a changed chunk with a trailing checksum',
    protection: 'trailer',
    options: { corrupt: replacing('second', () => 'SECOND') },
    expected: { status: 400, code: 'BadDigest' },
  },
  {
    problem: 'a missing trailing checksum',
    protection: 'trailer',
    options: { corrupt: replacing('x-amz-checksum-sha256', () => 'x-amz-checksum-sha25_') },
    expected: incompleteBody,
  },
  {
    problem: 'bytes after the last chunk',
    protection: 'trailer',
    options: { corrupt: (body) => Buffer.concat([body, Buffer.from('more')]) },
    expected: incompleteBody,
  },
  {
    problem: 'a chunk that is shorter than its length says',
    protection: 'trailer',
    options: { corrupt: replacing('c\r\nfirst', () => 'fffffff\r\nfirst') },
    expected: incompleteBody,
  },
  {
    problem: 'a chunk whose length is not a number',
    protection: 'trailer',
    options: { corrupt: replacing('c\r\nfirst', () => 'x\r\nfirst') },
    expected: incompleteBody,
  },
  {
    problem: 'a body that is shorter than the declared length',
    protection: 'trailer',
    options: { decodedLength: 26 },
    expected: incompleteBody,
  },
  {
    problem: 'a body that is longer than the declared length',
    protection: 'trailer',
    options: { decodedLength: 24 },
    expected: incompleteBody,
  },
])('refuses an aws-chunked body and leaves no data: $problem', async ({ protection, options, expected }) => {
  expect(await putChunked(protection, chunkTexts, options)).toMatchObject(expected);
  expect(await server.practice.keys()).toEqual([]);
  expect(await server.countBlobs()).toBe(0);
});

test('refuses signature algorithms that it does not support', async () => {
  expect(
    await server.send({
      method: 'PUT',
      path: '/practice/c',
      body: 'x',
      payload: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
      headers: { 'x-amz-decoded-content-length': '1' },
    }),
  ).toMatchObject({ status: 501, code: 'NotImplemented' });
  expect(await server.countBlobs()).toBe(0);
});
