/**
 * Decodes aws-chunked bodies: chunks of `size[;chunk-signature=…]` and bytes, ended by an empty chunk and optional
 * trailers (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html). Bytes are passed on as they arrive.
 * A wrong signature is detected at the end of its chunk, before the object is stored.
 */
import { createHash } from 'node:crypto';
import { s3Error } from './s3-error.ts';
import type { SignatureChain } from './signature.ts';

export interface ChunkedEncoding {
  /** Set when the chunks are signed. */
  chain: SignatureChain | undefined;
  hasTrailer: boolean;
}

const maxLineBytes = 1024;
const maxTrailers = 20;

/**
 * @param trailers receives the trailers after the body, by lower-case name
 * @throws S3Error IncompleteBody, SignatureDoesNotMatch; errors of `raw`
 */
export async function* decodeAwsChunked(
  raw: AsyncIterator<Buffer>,
  { chain, hasTrailer }: ChunkedEncoding,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const bytes = new ByteReader(raw);
  for (;;) {
    const { size, signature } = parseChunkLine(await bytes.readLine());
    const hash = chain && createHash('sha256');
    for await (const slice of bytes.readBytes(size)) {
      hash?.update(slice);
      yield slice;
    }
    if (chain && hash) chain.check('PAYLOAD', hash.digest('hex'), signature);
    if (size === 0) break;
    if ((await bytes.readLine()) !== '') throw s3Error('IncompleteBody');
  }
  await readTrailers(bytes, chain, trailers);
  if (hasTrailer && trailers.size === 0)
    throw s3Error('IncompleteBody', { message: 'The announced trailer is missing' });
  if (!(await bytes.isAtEnd())) throw s3Error('IncompleteBody');
}

/** Reads `10000;chunk-signature=ab12…`: the size in hexadecimal, and the signature if the chunks are signed. */
function parseChunkLine(line: string): { size: number; signature: string } {
  const match = /^([0-9a-f]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line);
  if (!match) throw s3Error('IncompleteBody', { message: 'The body is not in the aws-chunked format' });
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}

async function readTrailers(
  bytes: ByteReader,
  chain: SignatureChain | undefined,
  trailers: Map<string, string>,
): Promise<void> {
  let signature: string | undefined;
  // An empty line ends the trailers. 'optional', because some clients end the body without it.
  for (let line = await bytes.readLine('optional'); line !== ''; line = await bytes.readLine('optional')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || trailers.size >= maxTrailers) throw s3Error('IncompleteBody');
    const [name, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (name === 'x-amz-trailer-signature') signature = value;
    else trailers.set(name, value);
  }
  if (!chain || trailers.size === 0) return;
  const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('');
  chain.check('TRAILER', createHash('sha256').update(text).digest('hex'), signature ?? '');
}

/** Reads lines and byte counts from slices of any length. */
class ByteReader {
  readonly #raw: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(raw: AsyncIterator<Buffer>) {
    this.#raw = raw;
  }

  /**
   * Reads up to the next line end, which is not returned.
   * @param end 'optional' returns '' at the end of the body
   */
  async readLine(end: 'required' | 'optional' = 'required'): Promise<string> {
    // The first `searched` buffered bytes have no line end.
    for (let searched = 0; ;) {
      const at = this.#buffered.indexOf('\n', searched);
      if (at >= 0) {
        const line = this.#buffered.toString('latin1', 0, at).replace(/\r$/, '');
        this.#buffered = this.#buffered.subarray(at + 1);
        return line;
      }
      searched = this.#buffered.length;
      if (searched > maxLineBytes) throw s3Error('IncompleteBody');
      if (await this.#fill()) continue;
      if (end === 'required' || searched > 0) throw s3Error('IncompleteBody');
      return '';
    }
  }

  async *readBytes(count: number): AsyncGenerator<Buffer> {
    for (let remaining = count; remaining > 0;) {
      if (this.#buffered.length === 0 && !(await this.#fill())) throw s3Error('IncompleteBody');
      const slice = this.#buffered.subarray(0, remaining);
      this.#buffered = this.#buffered.subarray(slice.length);
      remaining -= slice.length;
      yield slice;
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#buffered.length === 0 && !(await this.#fill());
  }

  /** Adds the next slice of the body to the buffer. False at the end of the body. */
  async #fill(): Promise<boolean> {
    const next = await this.#raw.next();
    if (next.done) return false;
    this.#buffered = this.#buffered.length === 0 ? next.value : Buffer.concat([this.#buffered, next.value]);
    return true;
  }
}
