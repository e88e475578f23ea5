/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/practice/object-store.ts',
    find: 'await rm(this.#uploadFolder(record.id), { recursive: true, force: true });',
    replace: '',
    breaks: 'an upload whose record could not be written appears after the next start and is never removed',
    caughtBy: { unit: 'each failing file call for a multipart upload' },
  },
  {
    file: 'src-main/practice/complete-upload.ts',
    find: `if (existing?.uploadId !== id || existing.etag !== multipartEtag(references.map((part) => part.etag)))
    throw s3Error('NoSuchUpload');`,
    replace:
      "if (existing?.uploadId === id || existing === undefined || existing.etag !== multipartEtag(references.map((part) => part.etag))) throw s3Error('NoSuchUpload');",
    breaks: 'an upload whose response was lost fails although the object exists',
    caughtBy: { unit: 'completes the same upload again with the same response' },
  },
  {
    file: 'src-main/practice/signature.ts',
    find: 'return a.length === b.length && timingSafeEqual(a, b);',
    replace: 'return a.length === b.length && timingSafeEqual(a, a);',
    breaks: 'a client that knows the access key can read and write without the secret key',
    caughtBy: { unit: 'refuses a request whose method, URL, headers or signature changed' },
  },
  {
    file: 'src-main/practice/object-store.ts',
    find: 'precondition(previous);',
    replace: 'if (previous === undefined) precondition(previous);',
    breaks: 'two conditional writes of the same key both succeed',
    caughtBy: { unit: 'checks the conditions of a write when it stores the object' },
  },
  {
    file: 'src-main/practice/blob-store.ts',
    find: 'await rm(this.#file(blob.id), { force: true });',
    replace: 'if (isDiskFull(cause)) await rm(this.#file(blob.id), { force: true });',
    breaks: 'partial data of an interrupted upload stays on the disk',
    caughtBy: { unit: 'a client that disconnects during the upload leaves no data' },
  },
  {
    file: 'src-main/practice/blob-store.ts',
    find: 'this.#bytes += length;',
    replace: '',
    breaks: 'the store grows beyond its quota',
    caughtBy: { unit: 'refuses an object that would exceed the quota' },
  },
  {
    file: 'src-main/practice/practice.ts',
    find: 'if (hasStandby) await this.#waitForStandby(settings);',
    replace: '',
    breaks: 'a link that a command printed fails for a moment although serve is running',
    caughtBy: { unit: 'takes over the links of a command that ran Practice itself' },
  },
  {
    file: 'src-main/practice/signature.ts',
    find: 'if (now > expiresAt)',
    replace: 'if (now > expiresAt + maxExpiresSeconds * 1000)',
    breaks: 'a link opens long after its expiry',
    caughtBy: { unit: 'a presigned URL is valid until it expires' },
  },
  {
    file: 'src-main/practice/object-store.ts',
    find: "#objectFile(key: string): string { return join(this.#folder, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`); }",
    replace: "#objectFile(key: string): string { return join(this.#folder, 'objects', `${key}.json`); }",
    breaks: 'an uploaded file is written outside the store',
    caughtBy: { unit: 'never uses a key as a file path' },
  },
  {
    file: 'src-main/practice/start-server.ts',
    find: 'storedSettings.set(settings);',
    replace: '',
    breaks: 'links do not work after a restart',
    caughtBy: { unit: 'keeps its address, keys and objects after a restart' },
  },
  {
    file: 'src-main/practice/response-headers.ts',
    find: "...(scriptableTypes.test(type) ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),",
    replace:
      "...(scriptableTypes.test(type) && !headers['content-disposition'] ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),",
    breaks: 'a web page that was uploaded runs its scripts when its link is opened',
    caughtBy: { unit: 'objects that can contain scripts are downloaded, not shown' },
  },
  {
    file: 'src-main/practice/complete-upload.ts',
    find: "if (part?.etag !== etag) throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });",
    replace: "if (!part) throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });",
    breaks: 'an upload is completed with a different part than the client listed',
    caughtBy: { unit: 'refuses to complete an upload whose list of parts is wrong' },
  },
  {
    file: 'src-main/practice/read-object.ts',
    find: `for (const blob of record.blobs) blobs.retain(blob);
  return {
    ...response,
    body: { length: range.end - range.start, bytes: blobs.read(record.blobs, range) },
    onFinished: async () => {
      for (const blob of record.blobs) await blobs.release(blob);
    },`,
    replace: `return {
  ...response, body: { length: range.end - range.start, bytes: blobs.read(record.blobs, range) },`,
    breaks: 'a download fails when the object is replaced or deleted meanwhile',
    caughtBy: { unit: 'a download continues when the object is replaced or deleted' },
  },
  {
    file: 'src-main/practice/request-target.ts',
    find: `if (!match) throw s3Error('MisdirectedRequest');
  return match[1]?.toLowerCase();`,
    replace: 'return match?.[1]?.toLowerCase();',
    breaks: 'a foreign web page whose host name resolves to this computer may send requests (DNS rebinding)',
    caughtBy: { unit: 'refuses requests to a foreign host name' },
  },
  {
    file: 'src-main/practice/identity.ts',
    find: 'return actual.length === expected.length && timingSafeEqual(actual, expected);',
    replace: 'return actual.length === expected.length && timingSafeEqual(actual, actual);',
    breaks: 'another program on the port receives the files',
    caughtBy: { unit: 'accepts only a server that knows the secret key' },
  },
  {
    file: 'src-main/practice/payload.ts',
    find: "declared.from === 'header' ? declared.value : trailers.get(`x-amz-checksum-${name}`);",
    replace:
      "declared.from === 'header' ? declared.value : trailers.size > 0 ? computed : trailers.get(`x-amz-checksum-${name}`);",
    breaks: 'damaged bytes are stored although a trailing checksum does not match',
    caughtBy: { unit: 'refuses an aws-chunked body and leaves no data' },
  },
  {
    file: 'src-main/practice/folder-lock.ts',
    find: "database.exec('BEGIN EXCLUSIVE');",
    replace: "database.exec('BEGIN');",
    breaks: 'two processes serve one folder and overwrite each other’s data',
    caughtBy: { unit: 'when several processes start at once, exactly one serves' },
  },
  {
    file: 'src-main/practice/records.ts',
    find: 'return { ...rest, pieces: blobs };',
    replace: 'return { ...rest, blobs } as never;',
    breaks: 'Practice cannot read the objects that it stored',
    caughtBy: { unit: 'of an earlier version can be read, and its properties keep their names' },
  },
];
