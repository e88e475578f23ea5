/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/fal/driver.ts',
    find: "if (typeof size === 'number') throw failure('forbidden', { params: { why: 'noDelete' } });",
    replace: "if (typeof size === 'string') throw failure('forbidden', { params: { why: 'noDelete' } });",
    breaks: 'a file that cannot be deleted is reported as deleted',
    caughtBy: { unit: 'deleting a stored file fails, because the service cannot delete files' },
  },
  {
    file: 'src-main/providers/fal/api.ts',
    find: "return { ...headers, ...(lifecycle === undefined ? {} : { 'x-fal-object-lifecycle': lifecycle }) };",
    replace: 'return { ...headers, ...(lifecycle === undefined ? {} : {}) };',
    breaks: "only one of the two headers says how long a file lives, so some of the service's storages keep it forever",
    caughtBy: { unit: 'is declared under both header names, in one request and in parts' },
  },
  {
    file: 'src-main/providers/fal/store.ts',
    find: "headers['content-type']?.includes('json') === true || headers['etag'] !== undefined || text === '';",
    replace: "headers['content-type'] !== undefined || headers['etag'] !== undefined || text === '';",
    breaks: 'a sign-in page in response to an upload counts as success',
    caughtBy: { unit: 'of a file or of its parts is not success' },
  },
  {
    file: 'src-main/providers/fal/multipart.ts',
    find: 'if (number > plan.count || sum !== (await md5OfRange(context, range, signal))) continue;',
    replace: "if (number > plan.count || sum === '' || signal.aborted) continue;",
    breaks: 'parts of an earlier attempt count although the file has changed',
    caughtBy: { unit: 'sends a stored part again if it no longer matches the file' },
  },
  {
    file: 'src-main/providers/fal/multipart.ts',
    find: 'context.progress.addStored(range.length);',
    replace: `context.progress.addStored(range.length);
return;`,
    breaks: 'acknowledged parts are not saved, so a killed upload restarts from zero',
    caughtBy: { unit: 'sends only the missing parts if the stored parts match the file' },
  },
  {
    file: 'src-main/providers/fal/single-request.ts',
    find: `const isAlreadyStored =
      (isRetry || part.wasFullySent) && (await sizeAt(store, urls.file, falRequestOptions(transfer))) === source.size;`,
    replace:
      'const isAlreadyStored = isRetry && (await sizeAt(store, urls.file, falRequestOptions(transfer))) === source.size;',
    breaks: 'a lost response causes a second file that cannot be deleted',
    caughtBy: { unit: 'the stored file is found, and only one exists' },
  },
];
