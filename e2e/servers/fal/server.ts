/**
 * fal.ai's storage on loopback, as strict as its clients' sources and its documentation allow to know: what the real service
 * refuses is refused here, in the same shape, and what nobody may send is written down as a violation. All of its hosts are
 * served at one port. What is not known of the real service is in README.md beside this file.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { answerOf, type Answer, Refusal } from './answers.ts';
import { bodyOf, initiation, lifecycleIn, partsOf, type Acl } from './validation.ts';

export interface Key {
  mayUpload: boolean;
  mayReadAssets: boolean;
  /** Why the account is locked. */ locked?: string;
}

export interface FalServerOptions {
  /** By `id:secret`. */
  keys?: Record<string, Partial<Key>>;
  /** ms since 1970 */
  now?(): number;
  /** ms that a signed address can be used */
  uploadMs?: number;
  /** Where clients reach it, when that is not its own address. */
  address?: string;
}

export type Route =
  | 'token'
  | 'initiate'
  | 'initiate-multipart'
  | 'put'
  | 'part'
  | 'complete'
  | 'sign'
  | 'get'
  | 'unknown';

/** One request as the server saw it. */
export interface Heard {
  route: Route;
  method: string;
  target: string;
  userAgent: string;
  status: number;
  bytes: number;
  lifecycle: string[];
}

/** What happens instead of the answer: another one, none at all, or the work done and the answer lost. */
export type Instead = Answer | 'cut' | 'lost-answer';

interface Stored {
  bytes: Buffer[];
  size: number;
  contentType: string;
  name: string;
  expiresAt?: number;
  acl: Acl;
  tag: string;
}
interface Slot {
  kind: 'whole' | 'parts';
  id: string;
  file: string;
  contentType: string;
  name: string;
  expiresAt: number;
  isUsed: boolean;
  lifecycle: { seconds?: number; acl: Acl };
  parts: Map<number, { bytes: Buffer; tag: string }>;
}

interface Call {
  request: http.IncomingMessage;
  url: URL;
  route: Route;
  body: Buffer;
}

export class FalServer {
  readonly #server: http.Server;
  readonly #secret = randomBytes(16);
  readonly #options: Required<Omit<FalServerOptions, 'address' | 'keys'>>;
  readonly #keys: Map<string, Key>;
  readonly #slots = new Map<string, Slot>();
  readonly #files = new Map<string, Stored>();
  /** Every request that was answered, in order. */
  readonly heard: Heard[] = [];
  /** What a client sent although the service has no use for it, or must never see it. */
  readonly violations: string[] = [];
  /** Asked for each request before it is served. */
  instead: (route: Route, target: string) => Instead | undefined = () => undefined;
  /** Where clients reach it: its own address, or that of a proxy in front of it. */
  address: string;

  private constructor(
    server: http.Server,
    { keys = {}, now = Date.now, uploadMs = 3_600_000, address }: FalServerOptions,
  ) {
    this.#server = server;
    this.#options = { now, uploadMs };
    this.#keys = new Map(
      Object.entries(keys).map(([key, rights]) => [key, { mayUpload: true, mayReadAssets: true, ...rights }]),
    );
    this.address = address ?? this.origin;
    server.on('request', (request, response) => {
      void this.#serve(request, response);
    });
  }

  static async start(options: FalServerOptions = {}): Promise<FalServer> {
    const server = http.createServer({ requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FalServer(server, options);
  }

  /** Its own address. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that can be opened. What was begun and never ended opens for nobody, and the service drops it. */
  leftovers(): { objects: number; uploads: number } {
    return { objects: this.#files.size, uploads: 0 };
  }

  /** @returns undefined for what is not there */
  bytesAt(address: string): Buffer | undefined {
    const file = this.#files.get(new URL(address).pathname);
    return file && Buffer.concat(file.bytes);
  }

  fileAt(address: string): Pick<Stored, 'size' | 'contentType' | 'name' | 'expiresAt' | 'acl'> | undefined {
    return this.#files.get(new URL(address).pathname);
  }

  /** Addresses of uploads end now, as they do by themselves after a while. */
  endSlots(): void {
    for (const slot of this.#slots.values()) slot.expiresAt = 0;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  // ---------------------------------------------------------------- one request

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const url = new URL(request.url ?? '/', this.origin);
    const route = routeOf(request.method ?? '', url.pathname);
    const body = await bodyOf(request);
    // Whoever hung up in the middle has sent nothing.
    if (body === undefined) return;
    const instead = this.instead(route, url.pathname);
    if (instead === 'cut') {
      request.socket.destroy();
      return;
    }
    const answer = typeof instead === 'object' ? instead : this.#answer({ request, url, route, body });
    const lifecycle = ['x-fal-object-lifecycle', 'x-fal-object-lifecycle-preference'].flatMap(
      (name) => request.headers[name] ?? [],
    );
    this.heard.push({
      route,
      method: request.method ?? '',
      target: request.url ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      status: answer.status,
      bytes: body.length,
      lifecycle,
    });
    if (instead === 'lost-answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, {
      'content-length': answer.body.reduce((sum, one) => sum + one.length, 0),
      ...answer.headers,
    });
    for (const chunk of request.method === 'HEAD' ? [] : answer.body) response.write(chunk);
    response.end();
  }

  #answer(call: Call): Answer {
    try {
      return this.#served(call);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      return answerOf(cause.status, cause.body);
    }
  }

  #served(call: Call): Answer {
    switch (call.route) {
      case 'token':
        return this.#token(call);
      case 'initiate':
        return this.#initiate(call, 'whole');
      case 'initiate-multipart':
        return this.#initiate(call, 'parts');
      case 'put':
        return this.#put(call);
      case 'part':
        return this.#part(call);
      case 'complete':
        return this.#complete(call);
      case 'sign':
        return this.#sign(call);
      case 'get':
        return this.#get(call);
      case 'unknown':
        this.violations.push(`${call.request.method} ${call.url.pathname} is no route`);
        throw new Refusal(404, { detail: 'Not Found' });
    }
  }

  // ---------------------------------------------------------------- what needs a key

  #keyOf({ request }: Call): Key {
    const sent = request.headers.authorization;
    const key = /^Key (.+)$/.exec(sent ?? '')?.[1];
    const rights = key === undefined ? undefined : this.#keys.get(key);
    if (!rights)
      throw new Refusal(401, {
        detail:
          sent === undefined
            ? 'Authentication is required to access this application'
            : 'No user found for Key ID and Secret',
      });
    if (rights.locked !== undefined) throw new Refusal(403, { detail: `User is locked. Reason: ${rights.locked}` });
    return rights;
  }

  #token(call: Call): Answer {
    this.#mayUpload(call);
    storageTypeOf(call.url);
    return answerOf(200, {
      token: randomBytes(12).toString('hex'),
      token_type: 'Bearer',
      base_url: this.address,
      expires_at: new Date(this.#options.now() + 3_600_000).toISOString(),
    });
  }

  #mayUpload(call: Call): void {
    if (!this.#keyOf(call).mayUpload) throw new Refusal(403, { detail: 'This key is not allowed to upload files' });
  }

  #initiate(call: Call, kind: Slot['kind']): Answer {
    this.#mayUpload(call);
    storageTypeOf(call.url);
    const { contentType, name } = initiation(call.request, call.body);
    const lifecycle = lifecycleIn(call.request.headers);
    const id = randomBytes(12).toString('hex');
    // As the service does it: the name stays readable at the end, and what an address cannot hold is gone.
    const file = `/files/b/${id}/${
      name
        .normalize('NFKD')
        .replace(/[^\w.-]+/g, '_')
        .replace(/^\.+/, '_')
        .slice(-100) || 'file'
    }`;
    const slot: Slot = {
      kind,
      id,
      file,
      contentType,
      name,
      expiresAt: this.#options.now() + this.#options.uploadMs,
      isUsed: false,
      lifecycle,
      parts: new Map(),
    };
    this.#slots.set(id, slot);
    return answerOf(200, {
      upload_url: `${this.address}/uploads/${id}?signature=${this.#signed(id)}`,
      file_url: `${this.address}${file}`,
    });
  }

  #sign(call: Call): Answer {
    if (!this.#keyOf(call).mayReadAssets)
      throw new Refusal(403, { error: { type: 'authorization_error', message: 'Missing permission: assets:read' } });
    const address = call.url.searchParams.get('url') ?? '';
    const seconds = (JSON.parse(call.body.toString()) as { expiration_seconds?: unknown }).expiration_seconds;
    if (!URL.canParse(address) || new URL(address).search !== '')
      throw new Refusal(400, {
        error: { type: 'validation_error', message: 'url must be the address of a file, without a query' },
      });
    if (!Number.isInteger(seconds) || Number(seconds) < 1 || Number(seconds) > 604_800)
      throw new Refusal(400, {
        error: { type: 'validation_error', message: 'expiration_seconds must be 1 to 604800' },
      });
    const { pathname } = new URL(address);
    this.#fileAt(pathname);
    const until = Math.floor(this.#options.now() / 1000) + Number(seconds);
    return answerOf(200, {
      signed_url: `${this.address}${pathname}?until=${until}&identity=${this.#signed(`${pathname}:${until}`)}`,
    });
  }

  // ---------------------------------------------------------------- what needs a signed address

  #slotOf({ request, url }: Call, kind: Slot['kind']): Slot {
    if (request.headers.authorization !== undefined)
      this.violations.push(`${request.method} ${url.pathname} brings a key to a signed address`);
    const slot = this.#slots.get(url.pathname.split('/')[2] ?? '');
    if (!slot || slot.kind !== kind || url.searchParams.get('signature') !== this.#signed(slot.id))
      throw new Refusal(403, { detail: 'Invalid signature' });
    if (slot.expiresAt <= this.#options.now()) throw new Refusal(403, { detail: 'Signature expired' });
    return slot;
  }

  #put(call: Call): Answer {
    const slot = this.#slotOf(call, 'whole');
    if (slot.isUsed) throw new Refusal(403, { detail: 'Upload was already completed' });
    if (call.request.headers['content-type'] !== slot.contentType)
      throw new Refusal(403, { detail: 'Content-Type is not what was signed' });
    slot.isUsed = true;
    const tag = md5(call.body);
    this.#store(slot, [call.body], tag);
    return answerOf(200, {}, { etag: `"${tag}"` });
  }

  #part(call: Call): Answer {
    const slot = this.#slotOf(call, 'parts');
    const number = Number(call.url.pathname.split('/')[3]);
    if (slot.isUsed) throw new Refusal(404, { detail: 'Upload not found' });
    if (number < 1 || number > 10_000) throw new Refusal(400, { detail: 'Part number must be 1 to 10000' });
    if (call.body.length === 0) throw new Refusal(400, { detail: 'Part is empty' });
    const tag = `"${md5(call.body)}"`;
    slot.parts.set(number, { bytes: call.body, tag });
    return answerOf(200, { partNumber: number, etag: tag }, { etag: tag });
  }

  #complete(call: Call): Answer {
    const slot = this.#slotOf(call, 'parts');
    if (slot.isUsed) throw new Refusal(404, { detail: 'Upload not found' });
    const parts = partsOf(call.request, call.body).map(({ partNumber, etag }) => {
      const part = slot.parts.get(partNumber);
      if (part?.tag !== etag)
        throw new Refusal(400, { detail: `Part ${partNumber} is not there, or has another etag` });
      return part.bytes;
    });
    if (parts.length !== slot.parts.size) throw new Refusal(400, { detail: 'Some parts are not named' });
    slot.isUsed = true;
    slot.parts.clear();
    this.#store(slot, parts, `${md5(Buffer.from(String(parts.length)))}-${parts.length}`);
    return answerOf(200, {});
  }

  #store({ file, contentType, name, lifecycle: { seconds, acl } }: Slot, bytes: Buffer[], tag: string): void {
    const size = bytes.reduce((sum, one) => sum + one.length, 0);
    this.#files.set(file, {
      bytes,
      size,
      contentType,
      name,
      acl,
      tag,
      ...(seconds === undefined ? {} : { expiresAt: this.#options.now() + seconds * 1000 }),
    });
  }

  // ---------------------------------------------------------------- what everybody may

  #fileAt(pathname: string): Stored {
    const file = this.#files.get(pathname);
    if (!file || (file.expiresAt ?? Infinity) <= this.#options.now()) throw new Refusal(404, { detail: 'Not Found' });
    return file;
  }

  #get({ request, url }: Call): Answer {
    const file = this.#fileAt(url.pathname);
    if (request.headers.authorization !== undefined)
      this.violations.push(`GET ${url.pathname} brings a key to a public address`);
    const until = url.searchParams.get('until');
    const isSigned =
      until !== null &&
      Number(until) * 1000 > this.#options.now() &&
      url.searchParams.get('identity') === this.#signed(`${url.pathname}:${until}`);
    if (file.acl.default !== 'allow' && !isSigned)
      throw new Refusal(file.acl.default === 'hide' ? 404 : 403, {
        detail: file.acl.default === 'hide' ? 'Not Found' : 'Access denied',
      });
    const headers = { 'content-type': file.contentType, 'accept-ranges': 'bytes', etag: `"${file.tag}"` };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (!range) return { status: 200, headers, body: file.bytes };
    const start = Number(range[1]);
    const end = Math.min(range[2] ? Number(range[2]) : Infinity, file.size - 1);
    if (start > end) return { status: 416, headers: { ...headers, 'content-range': `bytes */${file.size}` }, body: [] };
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${start}-${end}/${file.size}` },
      body: [Buffer.concat(file.bytes).subarray(start, end + 1)],
    };
  }

  #signed(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('hex').slice(0, 32);
  }
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** The older client says none. */
function storageTypeOf(url: URL): void {
  const type = url.searchParams.get('storage_type');
  if (type !== null && type !== 'fal-cdn-v3' && type !== 'gcs')
    throw new Refusal(422, { detail: [{ loc: ['query', 'storage_type'], msg: 'unexpected value', type: 'enum' }] });
}

const routes: readonly [Route, string, RegExp][] = [
  ['token', 'POST', /^\/storage\/auth\/token$/],
  ['initiate', 'POST', /^\/storage\/upload\/initiate$/],
  ['initiate-multipart', 'POST', /^\/storage\/upload\/initiate-multipart$/],
  ['sign', 'POST', /^\/v1\/storage\/files\/sign$/],
  ['put', 'PUT', /^\/uploads\/[\da-f]+$/],
  ['part', 'PUT', /^\/uploads\/[\da-f]+\/\d+$/],
  ['complete', 'POST', /^\/uploads\/[\da-f]+\/complete$/],
  ['get', 'GET', /^\/files\//],
  ['get', 'HEAD', /^\/files\//],
];

const routeOf = (method: string, path: string): Route =>
  routes.find(([, its, pattern]) => its === method && pattern.test(path))?.[0] ?? 'unknown';
