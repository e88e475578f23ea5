/**
 * An S3 server in the test's own process, for where no real one can be installed. It refuses what S3 refuses (a fake that
 * is politer than the real thing lets mistakes through): signatures are checked, an upload id belongs to its key, parts
 * have a least size and must be named by the ETags that were given out, checksums are compared with what arrived.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';

export interface FakeObject { bytes: Buffer; etag: string; headers: Record<string, string>; isPublic: boolean }
interface FakeUpload { key: string; headers: Record<string, string>; isPublic: boolean; crc32: boolean; parts: Map<number, { bytes: Buffer; etag: string; crc32: string }> }

export interface FakeS3Options {
  bucket?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  region?: string;
  /** Answers 501 to If-None-Match, as some stores do. */
  withoutConditions?: boolean;
  /** Answers Complete with an empty ETag, as Ceph 16 does. */
  withoutFinalEtag?: boolean;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly extra: string;
  constructor(status: number, code: string, extra = '') {
    super(code);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

interface Call { method: string; key: string; query: URLSearchParams; headers: http.IncomingHttpHeaders; body: Buffer; signed: boolean }
interface Reply { status: number; headers?: Record<string, string>; body?: string | Buffer }

const minPartBytes = 5 * 1024 * 1024;
const skewMs = 15 * 60_000;

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const crc32 = (bytes: Buffer): string => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(zlib.crc32(bytes));
  return out.toString('base64');
};
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const escapeXml = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
const strict = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export class FakeS3 {
  readonly url: string;
  readonly options: Required<Omit<FakeS3Options, 'sessionToken'>> & Pick<FakeS3Options, 'sessionToken'>;
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, FakeUpload>();
  /** The server's clock: ms since 1970. */
  now: () => number = Date.now;
  readonly #server: http.Server;

  private constructor(server: http.Server, options: FakeS3Options) {
    this.#server = server;
    this.options = { bucket: 'fake', accessKeyId: 'AKIDFAKE', secretAccessKey: 'fake/secret+key', region: 'us-east-1', withoutConditions: false, withoutFinalEtag: false, ...options };
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => void this.#serve(request, response));
  }

  static async start(options: FakeS3Options = {}): Promise<FakeS3> {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeS3(server, options);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The client hung up: S3 keeps nothing of it.
    }
    let reply: Reply;
    try {
      reply = this.#answer(request, Buffer.concat(chunks));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      reply = { status: cause.status, body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${cause.code}</Code><Message>${cause.code}</Message>${cause.extra}<RequestId>1</RequestId></Error>` };
    }
    const body = Buffer.from(reply.body ?? '');
    const type: Record<string, string> = typeof reply.body === 'string' ? { 'content-type': 'application/xml' } : {};
    response.writeHead(reply.status, { date: new Date(this.now()).toUTCString(), 'content-length': String(body.length), ...type, ...reply.headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #answer(request: http.IncomingMessage, body: Buffer): Reply {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split('?', 2);
    const query = new URLSearchParams(rawQuery);
    const { headers, method = '' } = request;
    if (method === 'PUT' && headers['content-length'] === undefined) throw new Refusal(411, 'MissingContentLength');
    if (/aws-chunked/.test(headers['content-encoding'] ?? '') || String(headers['x-amz-content-sha256']).startsWith('STREAMING')) throw new Refusal(501, 'NotImplemented');
    const signed = this.#checkSignature({ method, rawPath, query, headers, body });
    const [, bucket = '', ...rest] = rawPath.split('/').map(decodeURIComponent);
    if (bucket !== this.options.bucket) throw new Refusal(404, 'NoSuchBucket', `<BucketName>${escapeXml(bucket)}</BucketName>`);
    const call: Call = { method, key: rest.join('/'), query, headers, body, signed };
    if (Buffer.byteLength(call.key) > 1024) throw new Refusal(400, 'KeyTooLongError');
    return this.#route(call);
  }

  #route(call: Call): Reply {
    const { method, query } = call;
    if (!call.signed && !(method === 'GET' && this.objects.get(call.key)?.isPublic)) throw new Refusal(403, 'AccessDenied');
    const has = (name: string): boolean => query.has(name);
    if (method === 'POST' && has('uploads')) return this.#create(call);
    if (method === 'GET' && has('uploads')) return this.#list(call);
    if (method === 'PUT' && has('partNumber')) return this.#part(call);
    if (method === 'POST' && has('uploadId')) return this.#complete(call);
    if (method === 'DELETE' && has('uploadId')) return this.#abort(call);
    if (method === 'PUT') return this.#put(call);
    if (method === 'GET' || method === 'HEAD') return this.#get(call);
    if (method === 'DELETE') { this.objects.delete(call.key); return { status: 204 }; }
    throw new Refusal(405, 'MethodNotAllowed');
  }

  // -------------------------------------------------------------- objects

  #put(call: Call): Reply {
    const { key, body, headers } = call;
    this.#checkBody(call);
    if (headers['if-none-match'] !== undefined) {
      if (this.options.withoutConditions) throw new Refusal(501, 'NotImplemented');
      if (this.objects.has(key)) throw new Refusal(412, 'PreconditionFailed');
    }
    const etag = md5(body);
    this.objects.set(key, { bytes: body, etag, headers: keptHeaders(headers), isPublic: headers['x-amz-acl'] === 'public-read' });
    return { status: 200, headers: { etag: `"${etag}"`, ...(headers['x-amz-checksum-crc32'] ? { 'x-amz-checksum-crc32': crc32(body) } : {}) } };
  }

  #get({ key, headers }: Call): Reply {
    const object = this.objects.get(key);
    if (!object) throw new Refusal(404, 'NoSuchKey');
    const { bytes, etag } = object;
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (!range) return { status: 200, headers: { ...object.headers, etag: `"${etag}"`, 'accept-ranges': 'bytes', 'content-length': String(bytes.length) }, body: bytes };
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    if (start >= bytes.length) throw new Refusal(416, 'InvalidRange');
    return { status: 206, headers: { ...object.headers, etag: `"${etag}"`, 'content-range': `bytes ${start}-${end}/${bytes.length}` }, body: bytes.subarray(start, end + 1) };
  }

  #checkBody({ body, headers }: Call): void {
    const sum = headers['content-md5'];
    if (sum !== undefined && sum !== Buffer.from(md5(body), 'hex').toString('base64')) throw new Refusal(400, 'BadDigest');
    const crc = headers['x-amz-checksum-crc32'];
    if (crc !== undefined && crc !== crc32(body)) throw new Refusal(400, 'BadDigest');
  }

  // -------------------------------------------------------------- uploads

  #create({ key, headers }: Call): Reply {
    const id = randomBytes(12).toString('base64url');
    this.uploads.set(id, { key, headers: keptHeaders(headers), isPublic: headers['x-amz-acl'] === 'public-read', crc32: headers['x-amz-checksum-algorithm'] === 'CRC32', parts: new Map() });
    return { status: 200, body: `<InitiateMultipartUploadResult><Bucket>${this.options.bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>` };
  }

  #upload({ key, query }: Call): { id: string; upload: FakeUpload } {
    const id = query.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload');
    return { id, upload };
  }

  #part(call: Call): Reply {
    const { upload } = this.#upload(call);
    const number = Number(call.query.get('partNumber'));
    if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new Refusal(400, 'InvalidArgument');
    this.#checkBody(call);
    if (upload.crc32 && call.headers['x-amz-checksum-crc32'] === undefined) throw new Refusal(400, 'InvalidRequest');
    const part = { bytes: call.body, etag: md5(call.body), crc32: crc32(call.body) };
    upload.parts.set(number, part);
    return { status: 200, headers: { etag: `"${part.etag}"`, ...(upload.crc32 ? { 'x-amz-checksum-crc32': part.crc32 } : {}) } };
  }

  #complete(call: Call): Reply {
    const { id, upload } = this.#upload(call);
    const named = [...call.body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, xml = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(xml)?.[1]), etag: /<ETag>(?:&quot;|&#34;|")?([^<&"]+)/.exec(xml)?.[1], crc32: /<ChecksumCRC32>([^<]+)</.exec(xml)?.[1],
    }));
    if (named.length === 0) throw new Refusal(400, 'MalformedXML');
    const chosen = named.map(({ number, etag, crc32: sum }, index) => {
      const part = upload.parts.get(number);
      if (!part || part.etag !== etag || (upload.crc32 && part.crc32 !== sum)) throw new Refusal(400, 'InvalidPart');
      if (index > 0 && number <= (named[index - 1]?.number ?? 0)) throw new Refusal(400, 'InvalidPartOrder');
      if (index < named.length - 1 && part.bytes.length < minPartBytes) throw new Refusal(400, 'EntityTooSmall');
      return part;
    });
    const etag = `${md5(Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex'))))}-${chosen.length}`;
    this.objects.set(upload.key, { bytes: Buffer.concat(chosen.map((part) => part.bytes)), etag, headers: upload.headers, isPublic: upload.isPublic });
    this.uploads.delete(id);
    return { status: 200, body: `<CompleteMultipartUploadResult><Key>${escapeXml(upload.key)}</Key><ETag>${this.options.withoutFinalEtag ? '' : `&quot;${etag}&quot;`}</ETag></CompleteMultipartUploadResult>` };
  }

  #abort(call: Call): Reply {
    this.uploads.delete(this.#upload(call).id);
    return { status: 204 };
  }

  #list({ query }: Call): Reply {
    const prefix = query.get('prefix') ?? '';
    const found = [...this.uploads].filter(([, upload]) => upload.key.startsWith(prefix));
    const rows = found.map(([id, upload]) => `<Upload><Key>${escapeXml(upload.key)}</Key><UploadId>${id}</UploadId></Upload>`).join('');
    return { status: 200, body: `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${rows}</ListMultipartUploadsResult>` };
  }

  // -------------------------------------------------------------- signatures

  /** Signature Version 4, in the header or in the address (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html). */
  #checkSignature({ method, rawPath, query, headers, body }: { method: string; rawPath: string; query: URLSearchParams; headers: http.IncomingHttpHeaders; body: Buffer }): boolean {
    const presigned = query.has('X-Amz-Signature');
    const auth = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(headers.authorization ?? '');
    if (!presigned && !auth) return false;
    const credential = presigned ? query.get('X-Amz-Credential') ?? '' : auth?.[1] ?? '';
    const signedHeaders = (presigned ? query.get('X-Amz-SignedHeaders') : auth?.[2]) ?? '';
    const signature = (presigned ? query.get('X-Amz-Signature') : auth?.[3]) ?? '';
    const date = String(presigned ? query.get('X-Amz-Date') : headers['x-amz-date']);
    const [accessKeyId = '', day = '', region = ''] = credential.split('/');
    if (accessKeyId !== this.options.accessKeyId) throw new Refusal(403, 'InvalidAccessKeyId');
    if (region !== this.options.region) throw new Refusal(400, 'AuthorizationHeaderMalformed', `<Region>${this.options.region}</Region>`);
    if (!presigned && (headers['x-amz-security-token'] ?? '') !== (this.options.sessionToken ?? '')) throw new Refusal(400, 'InvalidToken');
    const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    checkTime(this.now(), at, presigned ? Number(query.get('X-Amz-Expires')) * 1000 : undefined);
    const payload = presigned ? 'UNSIGNED-PAYLOAD' : String(headers['x-amz-content-sha256']);
    if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
    const canonical = [
      method, rawPath.split('/').map((segment) => strict(decodeURIComponent(segment))).join('/'),
      [...query].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${strict(name)}=${strict(value)}`).sort().join('&'),
      ...signedHeaders.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim().replace(/ +/g, ' ')}`), '', signedHeaders, payload,
    ].join('\n');
    const key = ['aws4_request', 's3', region, day].reduceRight<Buffer | string>((secret, text) => hmac(secret, text), `AWS4${this.options.secretAccessKey}`);
    const expected = hmac(key, ['AWS4-HMAC-SHA256', date, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n'));
    const given = Buffer.from(signature, 'hex');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Refusal(403, 'SignatureDoesNotMatch');
    return true;
  }
}

function checkTime(now: number, at: number, lifetime: number | undefined): void {
  if (lifetime === undefined) {
    if (Math.abs(now - at) > skewMs) throw new Refusal(403, 'RequestTimeTooSkewed', `<ServerTime>${new Date(now).toISOString()}</ServerTime>`);
  } else if (lifetime > 604_800_000 || at > now + skewMs || now > at + lifetime) {
    throw new Refusal(403, 'AccessDenied');
  }
}

const keptHeaders = (headers: http.IncomingHttpHeaders): Record<string, string> => ({
  'content-type': headers['content-type'] ?? 'binary/octet-stream',
  ...(headers['content-disposition'] === undefined ? {} : { 'content-disposition': headers['content-disposition'] }),
});
