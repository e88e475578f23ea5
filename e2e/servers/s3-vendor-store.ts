/**
 * A small S3 server in memory that behaves like one vendor's store. It checks no signatures, so that a test can
 * compare what a store received with what it kept. It records every request and every refusal.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { parseRequestTarget } from '../../src-main/practice/request-target.ts';
import { requestKind, type RequestKind } from './s3-fault-plan.ts';
import { amazonBehaviour, type StoreBehaviour } from './s3-vendor-rules.ts';

export interface VendorRequest {
  kind: RequestKind;
  method: string;
  target: string;
  key: string;
  headers: http.IncomingHttpHeaders;
  status: number;
  /** The error code of the answer; undefined after a success. */
  code?: string;
}

interface StoredObject {
  bytes: Buffer;
  etag: string;
  headers: http.IncomingHttpHeaders;
  crc32?: string;
}

interface OpenUpload {
  key: string;
  headers: http.IncomingHttpHeaders;
  parts: Map<number, StoredObject>;
}

interface Answer {
  status: number;
  code?: string;
  body?: string | Buffer;
  headers?: http.OutgoingHttpHeaders;
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
function crc32(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlib.crc32(bytes));
  return sum.toString('base64');
}
const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const failed = (status: number, code: string): Answer => ({
  status,
  code,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

export class VendorStore {
  readonly url: string;
  readonly objects = new Map<string, StoredObject>();
  readonly uploads = new Map<string, OpenUpload>();
  behaviour: StoreBehaviour;
  requests: VendorRequest[] = [];
  readonly #server: http.Server;

  private constructor(server: http.Server, behaviour: StoreBehaviour) {
    this.#server = server;
    this.behaviour = behaviour;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('error', () => undefined);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => this.#respond(request, response, Buffer.concat(chunks)));
    });
  }

  static async start(behaviour: Partial<StoreBehaviour> = {}): Promise<VendorStore> {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new VendorStore(server, { ...amazonBehaviour, ...behaviour });
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The requests that the store refused because of a header. */
  get refusals(): VendorRequest[] {
    return this.requests.filter(({ code }) => code !== undefined && refusalCodes.has(code));
  }

  bytes(key: string): Buffer | undefined {
    return this.objects.get(key)?.bytes;
  }

  put(key: string, text: string): void {
    const bytes = Buffer.from(text);
    this.objects.set(key, { bytes, etag: md5(bytes), headers: {} });
  }

  #respond(request: http.IncomingMessage, response: http.ServerResponse, body: Buffer): void {
    const { method = '', url: target = '', headers } = request;
    const { key, query } = parseRequestTarget(target, undefined);
    const kind = requestKind({ method, target, headers });
    const answer = this.#refusal(kind, headers) ?? this.#answer({ kind, key, query, headers, body });
    this.requests.push({
      kind,
      method,
      target,
      key,
      headers,
      status: answer.status,
      ...(answer.code === undefined ? {} : { code: answer.code }),
    });
    const bytes = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status, {
      'content-length': bytes.length,
      ...(typeof answer.body === 'string' ? { 'content-type': 'application/xml' } : {}),
      ...answer.headers,
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }

  #refusal(kind: RequestKind, headers: http.IncomingHttpHeaders): Answer | undefined {
    const { refusedHeaders, crc32: checksum, ifNoneMatch } = this.behaviour;
    // By default a rule applies to any value and to all kinds of requests.
    for (const { header, value = /^/, kinds = [kind], status, code } of refusedHeaders) {
      const isRefused = Object.entries(headers).some(([name, text]) => header.test(name) && value.test(String(text)));
      if (isRefused && kinds.includes(kind)) return failed(status, code);
    }
    const checksumHeader = headers['x-amz-checksum-crc32'] ?? headers['x-amz-checksum-algorithm'];
    if (checksum === 'refuses' && checksumHeader !== undefined) return failed(501, 'NotImplemented');
    if (ifNoneMatch === 'refuses' && headers['if-none-match'] !== undefined) return failed(501, 'NotImplemented');
    return undefined;
  }

  #answer(input: {
    kind: RequestKind;
    key: string;
    query: ReturnType<typeof parseRequestTarget>['query'];
    headers: http.IncomingHttpHeaders;
    body: Buffer;
  }): Answer {
    const { kind, key, query, headers, body } = input;
    const uploadId = query.get('uploadId') ?? '';
    const upload = this.uploads.get(uploadId);
    switch (kind) {
      case 'put':
        return (
          this.#preconditionFailure(key, headers) ??
          this.#store(headers, body, (object) => this.objects.set(key, object))
        );
      case 'create': {
        const id = `upload-${this.requests.length}`;
        this.uploads.set(id, { key, headers, parts: new Map() });
        return { status: 200, body: xml('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`) };
      }
      case 'part':
        return upload
          ? this.#store(headers, body, (object) => upload.parts.set(Number(query.get('partNumber')), object))
          : failed(404, 'NoSuchUpload');
      case 'list-parts':
        return upload ? { status: 200, body: listParts(upload) } : failed(404, 'NoSuchUpload');
      case 'complete':
        return upload
          ? (this.#preconditionFailure(key, headers) ?? this.#complete(uploadId, upload))
          : failed(404, 'NoSuchUpload');
      case 'abort':
        return this.uploads.delete(uploadId) ? { status: 204 } : failed(404, 'NoSuchUpload');
      case 'list-uploads':
        return { status: 200, body: xml('ListMultipartUploadsResult', listUploads(this.uploads)) };
      case 'delete':
        this.objects.delete(key);
        return { status: 204 };
      case 'get':
      case 'head':
        return this.#read(key);
      default:
        return { status: 200, body: xml('ListBucketResult', '<IsTruncated>false</IsTruncated>') };
    }
  }

  /** The refusal of a conditional write to a key that exists. */
  #preconditionFailure(key: string, headers: http.IncomingHttpHeaders): Answer | undefined {
    const isConditional = headers['if-none-match'] === '*' && this.behaviour.ifNoneMatch === 'honours';
    return isConditional && this.objects.has(key) ? failed(412, 'PreconditionFailed') : undefined;
  }

  #store(headers: http.IncomingHttpHeaders, body: Buffer, save: (object: StoredObject) => void): Answer {
    const isChunked = headers['content-encoding']?.includes('aws-chunked') === true;
    const bytes = isChunked && this.behaviour.awsChunked === 'decodes' ? decodeChunks(body) : body;
    const sent = headers['x-amz-checksum-crc32'];
    const isVerified = this.behaviour.crc32 === 'verifies' && sent !== undefined;
    if (isVerified && sent !== crc32(bytes)) return failed(400, 'BadDigest');
    const contentMd5 = headers['content-md5'];
    if (contentMd5 !== undefined && contentMd5 !== Buffer.from(md5(bytes), 'hex').toString('base64'))
      return failed(400, 'BadDigest');
    save({ bytes, etag: md5(bytes), headers, ...(isVerified ? { crc32: crc32(bytes) } : {}) });
    return {
      status: 200,
      headers: { etag: `"${md5(bytes)}"`, ...(isVerified ? { 'x-amz-checksum-crc32': crc32(bytes) } : {}) },
    };
  }

  #complete(uploadId: string, { key, headers, parts }: OpenUpload): Answer {
    const ordered = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const bytes = Buffer.concat(ordered.map((part) => part.bytes));
    const etag = `${md5(Buffer.concat(ordered.map((part) => Buffer.from(part.etag, 'hex'))))}-${ordered.length}`;
    this.objects.set(key, { bytes, etag, headers });
    this.uploads.delete(uploadId);
    return { status: 200, body: xml('CompleteMultipartUploadResult', `<ETag>"${etag}"</ETag>`) };
  }

  #read(key: string): Answer {
    const object = this.objects.get(key);
    if (!object) return failed(404, 'NoSuchKey');
    const metadata = Object.entries(object.headers).filter(
      ([name]) => name.startsWith('x-amz-meta-') && this.behaviour.metadata === 'keeps',
    );
    return {
      status: 200,
      body: object.bytes,
      headers: {
        etag: `"${object.etag}"`,
        ...Object.fromEntries(metadata),
        ...(object.crc32 === undefined ? {} : { 'x-amz-checksum-crc32': object.crc32 }),
      },
    };
  }
}

/** Codes that name a header as the reason. */
const refusalCodes: ReadonlySet<string> = new Set(['ExcessHeaderValues', 'InvalidArgument', 'NotImplemented']);

const xml = (name: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;

const listParts = ({ parts }: OpenUpload): string =>
  xml(
    'ListPartsResult',
    `<IsTruncated>false</IsTruncated>${[...parts]
      .sort(([a], [b]) => a - b)
      .map(
        ([number, { etag, bytes }]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag><Size>${bytes.length}</Size></Part>`,
      )
      .join('')}`,
  );

const listUploads = (uploads: ReadonlyMap<string, OpenUpload>): string =>
  `<IsTruncated>false</IsTruncated>${[...uploads]
    .map(([id, { key }]) => `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></Upload>`)
    .join('')}`;

/** Removes the framing of an aws-chunked body: `SIZE;chunk-signature=…\r\nBYTES\r\n`. */
function decodeChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, lineEnd).toString(), 16);
    if (!(size > 0)) break;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
