/**
 * The body of a request, checked as it streams: its length, the hash that was signed, the chunks' signatures, Content-MD5
 * and the checksum. All of it is known only behind the last byte, so the last step of {@link Payload.bytes} throws, and
 * whoever writes the bytes down must not keep them before it has ended.
 */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { unchunked, type Chunking } from './aws-chunked.ts';
import {
  announcedChecksum,
  base64Of,
  checkedValue,
  isBase64Of,
  startSum,
  type Announced,
  type Checksum,
  type ChecksumName,
} from './checksums.ts';
import { refuse } from './refusal.ts';
import type { Signed } from './signature.ts';

interface Form {
  chunking: Chunking | undefined;
  sha256: string | undefined;
}

export class Payload {
  /** bytes, without the framing of chunks */
  readonly length: number;
  readonly #raw: () => AsyncIterator<Buffer>;
  readonly #form: Form;
  readonly #contentMd5: string | undefined;
  readonly #announced: Announced | undefined;
  readonly #md5 = createHash('md5');
  #md5Hex = '';
  #checksum: Checksum | undefined;

  /**
   * @param raw begins to take the body from the network
   * @param wanted a checksum that is to be computed although the request does not bring it
   * @throws Refusal for a body that cannot be taken, before a byte of it is
   */
  constructor(headers: IncomingHttpHeaders, signed: Signed, raw: () => AsyncIterator<Buffer>, wanted?: ChecksumName) {
    this.#raw = raw;
    this.#form = formOf(signed);
    this.length = lengthOf(headers, this.#form);
    this.#contentMd5 = headers['content-md5']?.toString();
    if (this.#contentMd5 !== undefined && !isBase64Of(this.#contentMd5, 16)) throw refuse('InvalidDigest');
    this.#announced = announcedChecksum(headers) ?? (wanted && { from: 'us', name: wanted });
  }

  /** Was a checksum or Content-MD5 sent along? */
  get isGuarded(): boolean {
    return this.#contentMd5 !== undefined || (this.#announced !== undefined && this.#announced.from !== 'us');
  }
  get announced(): Announced | undefined {
    return this.#announced;
  }

  /** Of all bytes, in hexadecimal digits; only behind the last of them. */
  get md5(): string {
    return this.#md5Hex;
  }
  /** The one that the request brought, verified; only behind the last byte. */
  get checksum(): Checksum | undefined {
    return this.#checksum;
  }

  /** @throws Refusal when something does not match; what the network throws */
  async *bytes(): AsyncGenerator<Buffer> {
    const { chunking, sha256 } = this.#form;
    const trailers = new Map<string, string>();
    const raw = this.#raw();
    const sum = this.#announced && startSum(this.#announced.name);
    const hash = sha256 === undefined ? undefined : createHash('sha256');
    let count = 0;
    for await (const slice of chunking ? unchunked(raw, chunking, trailers) : { [Symbol.asyncIterator]: () => raw }) {
      count += slice.length;
      if (count > this.length) throw refuse('IncompleteBody');
      this.#md5.update(slice);
      sum?.update(slice);
      hash?.update(slice);
      yield slice;
    }
    if (count !== this.length) throw refuse('IncompleteBody');
    this.#verify(hash);
    if (this.#announced && sum) this.#checksum = await verified(this.#announced, trailers, await base64Of(sum));
  }

  /**
   * The whole body as text, for documents.
   * @param limit bytes
   * @throws Refusal MaxMessageLengthExceeded; as {@link bytes}
   */
  async text(limit: number): Promise<string> {
    if (this.length > limit) throw refuse('MaxMessageLengthExceeded');
    const slices: Buffer[] = [];
    for await (const slice of this.bytes()) slices.push(slice);
    return Buffer.concat(slices).toString('utf8');
  }

  #verify(hash: Hash | undefined): void {
    if (hash && hash.digest('hex') !== this.#form.sha256) throw refuse('XAmzContentSHA256Mismatch');
    const md5 = this.#md5.digest();
    this.#md5Hex = md5.toString('hex');
    if (this.#contentMd5 !== undefined && md5.toString('base64') !== this.#contentMd5)
      throw refuse('BadDigest', { message: 'The Content-MD5 you specified did not match what we received.' });
  }
}

async function verified(
  announced: Announced,
  trailers: ReadonlyMap<string, string>,
  computed: string,
): Promise<Checksum> {
  const { name } = announced;
  const claimed =
    announced.from === 'header'
      ? announced.value
      : announced.from === 'us'
        ? computed
        : trailers.get(`x-amz-checksum-${name}`);
  if (claimed === undefined) throw refuse('IncompleteBody', { message: 'The trailer that was announced is missing' });
  if (checkedValue(name, claimed) !== computed)
    throw refuse('BadDigest', {
      message: `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
    });
  return { name, value: computed };
}

function formOf({ payload, chain }: Signed): Form {
  switch (payload) {
    case 'UNSIGNED-PAYLOAD':
      return { chunking: undefined, sha256: undefined };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { chunking: { chain, hasTrailer: false }, sha256: undefined };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { chunking: { chain, hasTrailer: true }, sha256: undefined };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { chunking: { chain: undefined, hasTrailer: true }, sha256: undefined };
    default:
      if (payload.startsWith('STREAMING-')) throw refuse('NotImplemented');
      if (!/^[0-9a-f]{64}$/.test(payload))
        throw refuse('InvalidArgument', {
          message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a valid sha256 value.',
        });
      return { chunking: undefined, sha256: payload };
  }
}

function lengthOf(headers: IncomingHttpHeaders, { chunking }: Form): number {
  const text = chunking ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (text === undefined) throw refuse('MissingContentLength');
  if (!/^\d{1,15}$/.test(String(text))) throw refuse('InvalidArgument');
  return Number(text);
}
