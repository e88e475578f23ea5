/**
 * The body of a request, verified while it streams: length, signed hash, chunk signatures, Content-MD5 and checksum.
 * {@link Payload.bytes} throws after the last byte if one of them is wrong, so the caller must not store the bytes
 * before the iteration has ended.
 */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { decodeAwsChunked, type ChunkedEncoding } from './aws-chunked.ts';
import {
  parseDeclaredChecksum,
  base64Digest,
  validateChecksumValue,
  isBase64OfLength,
  createHasher,
  type DeclaredChecksum,
  type ChecksumValue,
  type ChecksumName,
} from './checksums.ts';
import { s3Error } from './s3-error.ts';
import type { VerifiedSignature } from './signature.ts';

interface PayloadFormat {
  /** Set for an aws-chunked body. */
  chunking: ChunkedEncoding | undefined;
  /** The signed SHA-256 of the body, in hexadecimal digits; undefined when the client didn't sign one. */
  sha256: string | undefined;
}

export class Payload {
  /** Length in bytes, without the chunk headers */
  readonly length: number;
  readonly #raw: () => AsyncIterator<Buffer>;
  readonly #format: PayloadFormat;
  readonly #contentMd5: string | undefined;
  readonly #declaredChecksum: DeclaredChecksum | undefined;
  readonly #md5 = createHash('md5');
  #md5Hex = '';
  #checksum: ChecksumValue | undefined;

  /**
   * @param raw starts reading the body from the network
   * @param requestedChecksum a checksum to compute even if the request does not contain it
   * @throws S3Error for a body that can't be accepted, before any byte is read
   */
  constructor(
    headers: IncomingHttpHeaders,
    signed: VerifiedSignature,
    raw: () => AsyncIterator<Buffer>,
    requestedChecksum?: ChecksumName,
  ) {
    this.#raw = raw;
    this.#format = parsePayloadFormat(signed);
    this.length = parseContentLength(headers, this.#format);
    this.#contentMd5 = headers['content-md5']?.toString();
    if (this.#contentMd5 !== undefined && !isBase64OfLength(this.#contentMd5, 16)) throw s3Error('InvalidDigest');
    this.#declaredChecksum =
      parseDeclaredChecksum(headers) ?? (requestedChecksum && { from: 'server', name: requestedChecksum });
  }

  /** True when the request contains a checksum or Content-MD5. */
  get hasIntegrityCheck(): boolean {
    return (
      this.#contentMd5 !== undefined ||
      (this.#declaredChecksum !== undefined && this.#declaredChecksum.from !== 'server')
    );
  }
  get declaredChecksum(): DeclaredChecksum | undefined {
    return this.#declaredChecksum;
  }

  /** MD5 of all bytes in hexadecimal digits; available after the last byte. */
  get md5(): string {
    return this.#md5Hex;
  }
  /** The verified checksum of the request; available after the last byte. */
  get checksum(): ChecksumValue | undefined {
    return this.#checksum;
  }

  /** @throws S3Error when a check fails; errors of the network */
  async *bytes(): AsyncGenerator<Buffer> {
    const { chunking, sha256 } = this.#format;
    const trailers = new Map<string, string>();
    const raw = this.#raw();
    const hasher = this.#declaredChecksum && createHasher(this.#declaredChecksum.name);
    const hash = sha256 === undefined ? undefined : createHash('sha256');
    let count = 0;
    const decoded: AsyncIterable<Buffer> = chunking
      ? decodeAwsChunked(raw, chunking, trailers)
      : { [Symbol.asyncIterator]: () => raw };
    for await (const slice of decoded) {
      count += slice.length;
      if (count > this.length) throw s3Error('IncompleteBody');
      this.#md5.update(slice);
      hasher?.update(slice);
      hash?.update(slice);
      yield slice;
    }
    if (count !== this.length) throw s3Error('IncompleteBody');
    this.#verify(hash);
    if (this.#declaredChecksum && hasher)
      this.#checksum = await verifyChecksum(this.#declaredChecksum, trailers, await base64Digest(hasher));
  }

  /**
   * The whole body as text, for XML documents.
   * @param limit bytes
   * @throws S3Error MaxMessageLengthExceeded; as {@link bytes}
   */
  async text(limit: number): Promise<string> {
    if (this.length > limit) throw s3Error('MaxMessageLengthExceeded');
    const slices: Buffer[] = [];
    for await (const slice of this.bytes()) slices.push(slice);
    return Buffer.concat(slices).toString('utf8');
  }

  #verify(hash: Hash | undefined): void {
    if (hash && hash.digest('hex') !== this.#format.sha256) throw s3Error('XAmzContentSHA256Mismatch');
    const md5 = this.#md5.digest();
    this.#md5Hex = md5.toString('hex');
    if (this.#contentMd5 !== undefined && md5.toString('base64') !== this.#contentMd5)
      throw s3Error('BadDigest', { message: 'The Content-MD5 you specified did not match what we received.' });
  }
}

async function verifyChecksum(
  declared: DeclaredChecksum,
  trailers: ReadonlyMap<string, string>,
  computed: string,
): Promise<ChecksumValue> {
  const { name } = declared;
  if (declared.from === 'server') return { name, value: computed };
  const expected = declared.from === 'header' ? declared.value : trailers.get(`x-amz-checksum-${name}`);
  if (expected === undefined) throw s3Error('IncompleteBody', { message: 'The announced trailer is missing' });
  if (validateChecksumValue(name, expected) !== computed)
    throw s3Error('BadDigest', {
      message: `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
    });
  return { name, value: computed };
}

function parsePayloadFormat({ contentSha256, chain }: VerifiedSignature): PayloadFormat {
  switch (contentSha256) {
    case 'UNSIGNED-PAYLOAD':
      return { chunking: undefined, sha256: undefined };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { chunking: { chain, hasTrailer: false }, sha256: undefined };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { chunking: { chain, hasTrailer: true }, sha256: undefined };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { chunking: { chain: undefined, hasTrailer: true }, sha256: undefined };
    default:
      if (contentSha256.startsWith('STREAMING-')) throw s3Error('NotImplemented');
      if (!/^[0-9a-f]{64}$/.test(contentSha256))
        throw s3Error('InvalidArgument', {
          message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.',
        });
      return { chunking: undefined, sha256: contentSha256 };
  }
}

function parseContentLength(headers: IncomingHttpHeaders, { chunking }: PayloadFormat): number {
  const text = chunking ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (text === undefined) throw s3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(String(text))) throw s3Error('InvalidArgument');
  return Number(text);
}
