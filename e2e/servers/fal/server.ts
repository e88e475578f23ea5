/**
 * fal.ai's storage on loopback, as strict as its documentation and its clients' sources allow. It refuses everything
 * that the real service refuses, in the same format, and records forbidden requests as violations. It serves all hosts
 * on one port. README.md lists open questions about the real service.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { falJsonResponse, type FalServerResponse, FalErrorResponse } from './responses.ts';
import {
  parseDefaultAcl,
  parseFileUrl,
  parseInitiation,
  parseLifecycle,
  parseParts,
  parseSigningRequest,
  readFalBody,
  type Acl,
} from './validation.ts';

export interface FalKeyRights {
  mayUpload: boolean;
  mayReadAssets: boolean;
  mayWriteAssets: boolean;
  mayReadSettings: boolean;
  /** Why the account is locked, if so. */
  locked?: string;
}

/** `seconds`: the lifetime of new files; undefined when they never expire. */
export interface FalAccount {
  seconds?: number;
  acl?: Acl;
}

export interface FalServerOptions {
  /** Keys as `id:secret`. */
  keys?: Record<string, Partial<FalKeyRights>>;
  /** ms since 1970 */
  now?(): number;
  /** lifetime of a signed URL in ms */
  uploadMs?: number;
  /** The account's default settings for new files; the service's own defaults when absent. */
  account?: FalAccount;
  /** The service ignores the ACL of a lifecycle header, which users have observed. */
  ignoresInitialAcl?: boolean;
  /** The public address, if it differs from the server's own. */
  address?: string;
}

const allRights: FalKeyRights = { mayUpload: true, mayReadAssets: true, mayWriteAssets: true, mayReadSettings: true };

export type Route =
  | 'token'
  | 'initiate'
  | 'initiate-multipart'
  | 'put'
  | 'part'
  | 'complete'
  | 'sign'
  | 'settings'
  | 'acl'
  | 'set-acl'
  | 'get'
  | 'unknown';

/** One recorded request. */
export interface RecordedFalRequest {
  route: Route;
  method: string;
  target: string;
  userAgent: string;
  status: number;
  bytes: number;
  lifecycle: string[];
}

/** Another response; `cut`: neither handles nor answers the request; `lost-answer`: handles it without an answer. */
export type ResponseOverride = FalServerResponse | 'cut' | 'lost-answer';

interface StoredFile {
  bytes: Buffer[];
  size: number;
  contentType: string;
  name: string;
  expiresAt?: number;
  acl: Acl;
  tag: string;
}
interface PendingUpload {
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
  readonly #keys: Map<string, FalKeyRights>;
  readonly #pendingUploads = new Map<string, PendingUpload>();
  readonly #files = new Map<string, StoredFile>();
  /** All answered requests, in order. */
  readonly requests: RecordedFalRequest[] = [];
  /** Requests that a client must not send although the service accepts them. */
  readonly violations: string[] = [];
  /** Called before each request is handled. */
  overrideResponse: (route: Route, target: string) => ResponseOverride | undefined = () => undefined;
  /** The address for clients: the server's own or that of a proxy in front of it. */
  address: string;

  private constructor(
    server: http.Server,
    {
      keys = {},
      now = Date.now,
      uploadMs = 3_600_000,
      account = {},
      ignoresInitialAcl = false,
      address,
    }: FalServerOptions,
  ) {
    this.#server = server;
    this.#options = { now, uploadMs, account, ignoresInitialAcl };
    this.#keys = new Map(Object.entries(keys).map(([key, rights]) => [key, { ...allRights, ...rights }]));
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

  /** The server's own address. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Counts only files: the service deletes unfinished uploads itself. */
  leftovers(): { objects: number; uploads: number } {
    return { objects: this.#files.size, uploads: 0 };
  }

  /** @returns undefined when it does not exist */
  bytesAt(address: string): Buffer | undefined {
    const file = this.#files.get(new URL(address).pathname);
    return file && Buffer.concat(file.bytes);
  }

  fileAt(address: string): Pick<StoredFile, 'size' | 'contentType' | 'name' | 'expiresAt' | 'acl'> | undefined {
    return this.#files.get(new URL(address).pathname);
  }

  /** Expires all upload URLs. */
  expireUploadUrls(): void {
    for (const upload of this.#pendingUploads.values()) upload.expiresAt = 0;
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
    const body = await readFalBody(request);
    // Ignores a request whose client disconnected before its end.
    if (body === undefined) return;
    const override = this.overrideResponse(route, url.pathname);
    if (override === 'cut') {
      request.socket.destroy();
      return;
    }
    const answered = typeof override === 'object' ? override : this.#respond({ request, url, route, body });
    const lifecycle = ['x-fal-object-lifecycle', 'x-fal-object-lifecycle-preference'].flatMap(
      (name) => request.headers[name] ?? [],
    );
    this.requests.push({
      route,
      method: request.method ?? '',
      target: request.url ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      status: answered.status,
      bytes: body.length,
      lifecycle,
    });
    if (override === 'lost-answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answered.status, {
      'content-length': answered.body.reduce((sum, chunk) => sum + chunk.length, 0),
      ...answered.headers,
    });
    for (const chunk of request.method === 'HEAD' ? [] : answered.body) response.write(chunk);
    response.end();
  }

  #respond(call: Call): FalServerResponse {
    try {
      return this.#dispatch(call);
    } catch (cause) {
      if (!(cause instanceof FalErrorResponse)) throw cause;
      return falJsonResponse(cause.status, cause.body);
    }
  }

  #dispatch(call: Call): FalServerResponse {
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
      case 'settings':
        return this.#settings(call);
      case 'acl':
        return this.#acl(call);
      case 'set-acl':
        return this.#setAcl(call);
      case 'get':
        return this.#get(call);
      case 'unknown':
        this.violations.push(`${call.request.method} ${call.url.pathname} is not a route`);
        throw new FalErrorResponse(404, { detail: 'Not Found' });
    }
  }

  // ---------------------------------------------------------------- routes that require a key

  #keyOf({ request }: Call): FalKeyRights {
    const authorization = request.headers.authorization;
    const key = /^Key (.+)$/.exec(authorization ?? '')?.[1];
    const rights = key === undefined ? undefined : this.#keys.get(key);
    if (!rights)
      throw new FalErrorResponse(401, {
        detail:
          authorization === undefined
            ? 'Authentication is required to access this application'
            : 'No user found for Key ID and Secret',
      });
    if (rights.locked !== undefined)
      throw new FalErrorResponse(403, { detail: `User is locked. Reason: ${rights.locked}` });
    return rights;
  }

  #token(call: Call): FalServerResponse {
    this.#mayUpload(call);
    checkStorageType(call.url);
    return falJsonResponse(200, {
      token: randomBytes(12).toString('hex'),
      token_type: 'Bearer',
      base_url: this.address,
      expires_at: new Date(this.#options.now() + 3_600_000).toISOString(),
    });
  }

  #mayUpload(call: Call): void {
    if (!this.#keyOf(call).mayUpload)
      throw new FalErrorResponse(403, { detail: 'This key is not allowed to upload files' });
  }

  #initiate(call: Call, kind: PendingUpload['kind']): FalServerResponse {
    this.#mayUpload(call);
    checkStorageType(call.url);
    const { contentType, name } = parseInitiation(call.request, call.body);
    const { account, ignoresInitialAcl } = this.#options;
    const requested = parseLifecycle(call.request.headers);
    // A lifecycle that the service does not accept is dropped as a whole, without an error.
    const lifecycle = ignoresInitialAcl && requested.acl ? {} : requested;
    const seconds = lifecycle.seconds ?? account.seconds;
    const acl = lifecycle.acl ?? account.acl ?? publicAcl;
    const id = randomBytes(12).toString('hex');
    // As at the service, the address ends with at most 100 characters of the file name; other characters than letters,
    // digits, dots and hyphens are replaced by "_".
    const file = `/files/b/${id}/${
      name
        .normalize('NFKD')
        .replace(/[^\w.-]+/g, '_')
        .replace(/^\.+/, '_')
        .slice(-100) || 'file'
    }`;
    const upload: PendingUpload = {
      kind,
      id,
      file,
      contentType,
      name,
      expiresAt: this.#options.now() + this.#options.uploadMs,
      isUsed: false,
      lifecycle: { ...(seconds === undefined ? {} : { seconds }), acl },
      parts: new Map(),
    };
    this.#pendingUploads.set(id, upload);
    return falJsonResponse(200, {
      upload_url: `${this.address}/uploads/${id}?signature=${this.#signatureOf(id)}`,
      file_url: `${this.address}${file}`,
    });
  }

  /** The platform's error for a key without this permission. */
  #requireRight(call: Call, right: 'mayReadAssets' | 'mayWriteAssets' | 'mayReadSettings', permission: string): void {
    if (!this.#keyOf(call)[right])
      throw new FalErrorResponse(403, {
        error: { type: 'authorization_error', message: `Missing permission: ${permission}` },
      });
  }

  #sign(call: Call): FalServerResponse {
    this.#requireRight(call, 'mayReadAssets', 'assets:read');
    const pathname = parseFileUrl(call.url);
    const seconds = parseSigningRequest(call.request, call.body);
    this.#fileAt(pathname);
    const expires = Math.floor(this.#options.now() / 1000) + seconds;
    return falJsonResponse(200, {
      signed_url: `${this.address}${pathname}?until=${expires}&identity=${this.#signatureOf(`${pathname}:${expires}`)}`,
    });
  }

  #settings(call: Call): FalServerResponse {
    this.#requireRight(call, 'mayReadSettings', 'account:settings:read');
    const { seconds, acl } = this.#options.account;
    return falJsonResponse(200, { expiration_duration_seconds: seconds ?? null, initial_acl: acl ?? null });
  }

  #acl(call: Call): FalServerResponse {
    this.#requireRight(call, 'mayReadAssets', 'assets:read');
    return falJsonResponse(200, this.#fileAt(parseFileUrl(call.url)).acl);
  }

  #setAcl(call: Call): FalServerResponse {
    this.#requireRight(call, 'mayWriteAssets', 'assets:write');
    const pathname = parseFileUrl(call.url);
    const acl = parseDefaultAcl(call.request, call.body);
    const file = this.#fileAt(pathname);
    // The service drops the rules of users that do not exist; this server has no other users.
    file.acl = { default: acl.default, rules: [] };
    return falJsonResponse(200, file.acl);
  }

  // ---------------------------------------------------------------- routes that require a signed URL

  #pendingUploadFor({ request, url }: Call, kind: PendingUpload['kind']): PendingUpload {
    if (request.headers.authorization !== undefined)
      this.violations.push(`${request.method} ${url.pathname} sends a key to a signed URL`);
    const upload = this.#pendingUploads.get(url.pathname.split('/')[2] ?? '');
    if (!upload || upload.kind !== kind || url.searchParams.get('signature') !== this.#signatureOf(upload.id))
      throw new FalErrorResponse(403, { detail: 'Invalid signature' });
    if (upload.expiresAt <= this.#options.now()) throw new FalErrorResponse(403, { detail: 'Signature expired' });
    return upload;
  }

  #put(call: Call): FalServerResponse {
    const upload = this.#pendingUploadFor(call, 'whole');
    if (upload.isUsed) throw new FalErrorResponse(403, { detail: 'Upload was already completed' });
    if (call.request.headers['content-type'] !== upload.contentType)
      throw new FalErrorResponse(403, { detail: 'Content-Type is not what was signed' });
    upload.isUsed = true;
    const tag = md5(call.body);
    this.#store(upload, [call.body], tag);
    return falJsonResponse(200, {}, { etag: `"${tag}"` });
  }

  #part(call: Call): FalServerResponse {
    const upload = this.#pendingUploadFor(call, 'parts');
    const number = Number(call.url.pathname.split('/')[3]);
    if (upload.isUsed) throw new FalErrorResponse(404, { detail: 'Upload not found' });
    if (number < 1 || number > 10_000) throw new FalErrorResponse(400, { detail: 'Part number must be 1 to 10000' });
    if (call.body.length === 0) throw new FalErrorResponse(400, { detail: 'Part is empty' });
    const tag = `"${md5(call.body)}"`;
    upload.parts.set(number, { bytes: call.body, tag });
    return falJsonResponse(200, { partNumber: number, etag: tag }, { etag: tag });
  }

  #complete(call: Call): FalServerResponse {
    const upload = this.#pendingUploadFor(call, 'parts');
    if (upload.isUsed) throw new FalErrorResponse(404, { detail: 'Upload not found' });
    const parts = parseParts(call.request, call.body).map(({ partNumber, etag }) => {
      const part = upload.parts.get(partNumber);
      if (part?.tag !== etag)
        throw new FalErrorResponse(400, { detail: `Part ${partNumber} is not there, or has another etag` });
      return part.bytes;
    });
    if (parts.length !== upload.parts.size) throw new FalErrorResponse(400, { detail: 'Some parts are not named' });
    upload.isUsed = true;
    upload.parts.clear();
    this.#store(upload, parts, `${md5(Buffer.from(String(parts.length)))}-${parts.length}`);
    return falJsonResponse(200, {});
  }

  #store({ file, contentType, name, lifecycle: { seconds, acl } }: PendingUpload, bytes: Buffer[], tag: string): void {
    const size = bytes.reduce((sum, chunk) => sum + chunk.length, 0);
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

  // ---------------------------------------------------------------- public routes

  #fileAt(pathname: string): StoredFile {
    const file = this.#files.get(pathname);
    if (!file || (file.expiresAt ?? Infinity) <= this.#options.now())
      throw new FalErrorResponse(404, { detail: 'Not Found' });
    return file;
  }

  #get({ request, url }: Call): FalServerResponse {
    const file = this.#fileAt(url.pathname);
    if (request.headers.authorization !== undefined)
      this.violations.push(`GET ${url.pathname} sends a key to a public URL`);
    const expires = url.searchParams.get('until');
    const isSigned =
      expires !== null &&
      Number(expires) * 1000 > this.#options.now() &&
      url.searchParams.get('identity') === this.#signatureOf(`${url.pathname}:${expires}`);
    if (file.acl.default !== 'allow' && !isSigned)
      throw new FalErrorResponse(file.acl.default === 'hide' ? 404 : 403, {
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

  #signatureOf(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('hex').slice(0, 32);
  }
}

const publicAcl: Acl = { default: 'allow', rules: [] };

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** The older client sends no storage type. */
function checkStorageType(url: URL): void {
  const type = url.searchParams.get('storage_type');
  if (type !== null && type !== 'fal-cdn-v3' && type !== 'gcs')
    throw new FalErrorResponse(422, {
      detail: [{ loc: ['query', 'storage_type'], msg: 'unexpected value', type: 'enum' }],
    });
}

const routes: readonly [Route, string, RegExp][] = [
  ['token', 'POST', /^\/storage\/auth\/token$/],
  ['initiate', 'POST', /^\/storage\/upload\/initiate$/],
  ['initiate-multipart', 'POST', /^\/storage\/upload\/initiate-multipart$/],
  ['sign', 'POST', /^\/v1\/storage\/files\/sign$/],
  ['settings', 'GET', /^\/v1\/storage\/settings$/],
  ['acl', 'GET', /^\/v1\/storage\/files\/acl$/],
  ['set-acl', 'PUT', /^\/v1\/storage\/files\/acl$/],
  ['put', 'PUT', /^\/uploads\/[\da-f]+$/],
  ['part', 'PUT', /^\/uploads\/[\da-f]+\/\d+$/],
  ['complete', 'POST', /^\/uploads\/[\da-f]+\/complete$/],
  ['get', 'GET', /^\/files\//],
  ['get', 'HEAD', /^\/files\//],
];

const routeOf = (method: string, path: string): Route =>
  routes.find(([, routeMethod, pattern]) => routeMethod === method && pattern.test(path))?.[0] ?? 'unknown';
