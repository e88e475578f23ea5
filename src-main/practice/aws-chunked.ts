/**
 * Takes aws-chunked bodies apart: `size[;chunk-signature=…]`, the bytes, and so on to a chunk of no bytes, then perhaps
 * trailers (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html). Bytes are passed on as they come; a
 * wrong signature shows at the end of its chunk, before anything is kept.
 */
import { createHash } from 'node:crypto';
import { refuse } from './refusal.ts';
import type { SignatureChain } from './signature.ts';

export interface Chunking {
  /** Given when the chunks are signed. */
  chain: SignatureChain | undefined;
  hasTrailer: boolean;
}

const maxLineBytes = 1024;
const maxTrailers = 20;

/**
 * @param trailers filled with what stands behind the body, by lower-case name
 * @throws Refusal IncompleteBody, SignatureDoesNotMatch; what `raw` throws
 */
export async function* unchunked(
  raw: AsyncIterator<Buffer>,
  { chain, hasTrailer }: Chunking,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const bytes = new ByteReader(raw);
  for (;;) {
    const { size, signature } = parseChunkLine(await bytes.line());
    const hash = chain && createHash('sha256');
    for await (const slice of bytes.take(size)) {
      hash?.update(slice);
      yield slice;
    }
    if (chain && hash) chain.check('PAYLOAD', hash.digest('hex'), signature);
    if (size === 0) break;
    if ((await bytes.line()) !== '') throw refuse('IncompleteBody');
  }
  await readTrailers(bytes, chain, trailers);
  if (hasTrailer && trailers.size === 0)
    throw refuse('IncompleteBody', { message: 'The trailer that was announced is missing' });
  if (!(await bytes.isAtEnd())) throw refuse('IncompleteBody');
}

function parseChunkLine(line: string): { size: number; signature: string } {
  const match = /^([0-9a-f]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line);
  if (!match) throw refuse('IncompleteBody', { message: 'The body is no aws-chunked one' });
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}

async function readTrailers(
  bytes: ByteReader,
  chain: SignatureChain | undefined,
  trailers: Map<string, string>,
): Promise<void> {
  let signature: string | undefined;
  // Some clients leave out the empty line at the end.
  for (let line = await bytes.line('or end'); line !== ''; line = await bytes.line('or end')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || trailers.size >= maxTrailers) throw refuse('IncompleteBody');
    const [name, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (name === 'x-amz-trailer-signature') signature = value;
    else trailers.set(name, value);
  }
  if (!chain || trailers.size === 0) return;
  const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('');
  chain.check('TRAILER', createHash('sha256').update(text).digest('hex'), signature ?? '');
}

/** Lines and counted bytes from slices of any length. */
class ByteReader {
  readonly #raw: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(raw: AsyncIterator<Buffer>) {
    this.#raw = raw;
  }

  /** Up to the next line end, without it. */
  async line(end: 'required' | 'or end' = 'required'): Promise<string> {
    for (let searched = 0; ;) {
      const at = this.#rest.indexOf('\n', searched);
      if (at >= 0) {
        const line = this.#rest.toString('latin1', 0, at).replace(/\r$/, '');
        this.#rest = this.#rest.subarray(at + 1);
        return line;
      }
      searched = this.#rest.length;
      if (searched > maxLineBytes) throw refuse('IncompleteBody');
      if (await this.#more()) continue;
      if (end === 'required' || searched > 0) throw refuse('IncompleteBody');
      return '';
    }
  }

  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) throw refuse('IncompleteBody');
      const slice = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(slice.length);
      left -= slice.length;
      yield slice;
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#more());
  }

  async #more(): Promise<boolean> {
    const next = await this.#raw.next();
    if (next.done) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}
