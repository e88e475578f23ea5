/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/practice/object-store.ts',
    find: 'await rm(this.#uploadFolder(record.id), { recursive: true, force: true });',
    replace: '',
    breaks: 'an upload that Practice could not write down is there at its next start, and nobody ever takes it away',
    caughtBy: { unit: 'each file call for a file in parts' },
  },
  {
    file: 'src-main/practice/multipart-uploads.ts',
    find: `if (existing?.uploadId !== id || existing.etag !== multipartEtag(references.map((part) => part.etag)))
    throw s3Error('NoSuchUpload');`,
    replace:
      "if (existing?.uploadId === id || existing === undefined || existing.etag !== multipartEtag(references.map((part) => part.etag))) throw s3Error('NoSuchUpload');",
    breaks: 'an upload whose answer was lost fails although it is there',
    caughtBy: { unit: 'completing again gives the same answer' },
  },
  {
    file: 'src-main/practice/signature.ts',
    find: 'return a.length === b.length && timingSafeEqual(a, b);',
    replace: 'return a.length === b.length && timingSafeEqual(a, a);',
    breaks: 'whoever knows the key id reads and writes without the secret',
    caughtBy: { unit: 'whatever was signed cannot be changed' },
  },
  {
    file: 'src-main/practice/object-store.ts',
    find: 'precondition(previous);',
    replace: 'if (previous === undefined) precondition(previous);',
    breaks: 'of two that write only when nothing is there, both write',
    caughtBy: { unit: 'conditions of writing hold at the moment of writing' },
  },
  {
    file: 'src-main/practice/blob-store.ts',
    find: 'await rm(this.#file(blob.id), { force: true });',
    replace: 'if (isDiskFull(cause)) await rm(this.#file(blob.id), { force: true });',
    breaks: 'what arrived of an upload that was cut off stays on the disk',
    caughtBy: { unit: 'a client that hangs up in the middle leaves nothing' },
  },
  {
    file: 'src-main/practice/blob-store.ts',
    find: 'this.#bytes += length;',
    replace: '',
    breaks: 'the store grows beyond its quota',
    caughtBy: { unit: 'no room: the quota and the disk' },
  },
  {
    file: 'src-main/practice/practice.ts',
    find: 'if (hasStandby) await this.#waitForStandby(settings);',
    replace: '',
    breaks: 'a link that a command printed is refused for a moment although serve runs',
    caughtBy: { unit: 'answers the link of a command that had served Practice itself' },
  },
  {
    file: 'src-main/practice/signature.ts',
    find: 'if (now > expiresAt)',
    replace: 'if (now > expiresAt + maxExpiresSeconds * 1000)',
    breaks: 'a link opens long after the day that it names',
    caughtBy: { unit: 'an address counts as long as it says' },
  },
  {
    file: 'src-main/practice/object-store.ts',
    find: "#objectFile(key: string): string { return join(this.#folder, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`); }",
    replace: "#objectFile(key: string): string { return join(this.#folder, 'objects', `${key}.json`); }",
    breaks: 'an uploaded file is written outside of the store',
    caughtBy: { unit: 'any key is only a key' },
  },
  {
    file: 'src-main/practice/start-server.ts',
    find: 'storedSettings.set(settings);',
    replace: '',
    breaks: 'links of yesterday do not open today',
    caughtBy: { unit: 'the address, the keys and what was stored are the same after a restart' },
  },
  {
    file: 'src-main/practice/response-headers.ts',
    find: "...(scriptableTypes.test(type) ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),",
    replace:
      "...(scriptableTypes.test(type) && !headers['content-disposition'] ? { 'content-disposition': asAttachment(headers['content-disposition']) } : {}),",
    breaks: 'a web page that was uploaded runs its scripts when its link is opened',
    caughtBy: { unit: 'no answer lets another origin read it, and none of them runs' },
  },
  {
    file: 'src-main/practice/multipart-uploads.ts',
    find: "if (part?.etag !== etag) throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });",
    replace: "if (!part) throw s3Error('InvalidPart', { details: { PartNumber: String(number) } });",
    breaks: 'an upload is completed with another part than the client named',
    caughtBy: { unit: 'the end: what is refused, and with which word' },
  },
  {
    file: 'src-main/practice/read-object.ts',
    find: `for (const blob of record.pieces) blobs.retain(blob);
  return {
    ...response,
    body: { length: range.end - range.start, bytes: blobs.read(record.pieces, range) },
    onFinished: async () => {
      for (const blob of record.pieces) await blobs.release(blob);
    },`,
    replace: `return {
  ...response, body: { length: range.end - range.start, bytes: blobs.read(record.blobs, range) },`,
    breaks: 'a download breaks off when the file is replaced or removed meanwhile',
    caughtBy: { unit: 'what is read stays until it was read' },
  },
  {
    file: 'src-main/practice/request-target.ts',
    find: `if (!match) throw s3Error('MisdirectedRequest');
  return match[1]?.toLowerCase();`,
    replace: 'return match?.[1]?.toLowerCase();',
    breaks: 'a web page of a stranger, whose name resolves to this computer, may ask the store',
    caughtBy: { unit: 'a name of somebody else for this computer is refused' },
  },
  {
    file: 'src-main/practice/identity.ts',
    find: 'return actual.length === expected.length && timingSafeEqual(actual, expected);',
    replace: 'return actual.length === expected.length && timingSafeEqual(actual, actual);',
    breaks: 'a stranger on the port gets the files that were meant for Practice',
    caughtBy: { unit: 'nobody who does not know the secret passes for it' },
  },
  {
    file: 'src-main/practice/payload.ts',
    find: `const expected =
    declared.from === 'header'
      ? declared.value
      : declared.from === 'server'
        ? computed
        : trailers.get(\`x-amz-checksum-\${name}\`);`,
    replace:
      "const expected = declared.from === 'header' ? declared.value : declared.from === 'server' || trailers.size > 0 ? computed : trailers.get(`x-amz-checksum-${name}`);",
    breaks: 'bytes that were damaged on the way are kept although their checksum follows',
    caughtBy: { unit: 'aws-chunked: signed, unsigned with a trailer' },
  },
  {
    file: 'src-main/practice/folder-lock.ts',
    find: "database.exec('BEGIN EXCLUSIVE');",
    replace: "database.exec('BEGIN');",
    breaks: 'two Hoists serve one folder and overwrite each other',
    caughtBy: { unit: 'of those that start at the same instant exactly one serves' },
  },
];
