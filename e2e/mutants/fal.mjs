/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/fal/driver.ts',
    find: "if (typeof size === 'number') throw failure('forbidden', { params: { why: 'noDelete' } });",
    replace: "if (typeof size === 'string') throw failure('forbidden', { params: { why: 'noDelete' } });",
    breaks: 'a file that cannot be deleted is said to be gone',
    caughtBy: { unit: 'a stored file stays, and that is said' },
  },
  {
    file: 'src-main/providers/fal/api.ts',
    find: "return { ...headers, ...(lifecycle === undefined ? {} : { 'x-fal-object-lifecycle': lifecycle }) };",
    replace: 'return { ...headers, ...(lifecycle === undefined ? {} : {}) };',
    breaks:
      "only one of the two headers says how long a file lives, so some of the service's storages keep it for ever",
    caughtBy: { unit: 'says so under both names, small and in parts' },
  },
  {
    file: 'src-main/providers/fal/store.ts',
    find: "headers['content-type']?.includes('json') === true || headers['etag'] !== undefined || text === '';",
    replace: "headers['content-type'] !== undefined || headers['etag'] !== undefined || text === '';",
    breaks: 'a sign-in page in answer to the bytes counts as success',
    caughtBy: { unit: 'a page in answer to the bytes, or to the end of the parts' },
  },
  {
    file: 'src-main/providers/fal/multipart.ts',
    find: 'if (number > plan.count || sum !== (await md5OfRange(context, range, signal))) continue;',
    replace: "if (number > plan.count || sum === '' || signal.aborted) continue;",
    breaks: 'parts of an earlier attempt count although the file holds other bytes now',
    caughtBy: { unit: 'parts of which the file holds other bytes now are sent again, and only they' },
  },
  {
    file: 'src-main/providers/fal/multipart.ts',
    find: 'context.progress.addStored(range.length);',
    replace: `context.progress.addStored(range.length);
return;`,
    breaks: 'what the service acknowledged is not written down, so a killed upload begins from zero',
    caughtBy: { unit: 'parts that are there and still true are not sent again; the others are' },
  },
  {
    file: 'src-main/providers/fal/single-request.ts',
    find: `const isAlreadyStored =
      (isRetry || part.wasFullySent) && (await sizeAt(store, urls.file, falRequestOptions(transfer))) === source.size;`,
    replace:
      'const isAlreadyStored = isRetry && (await sizeAt(store, urls.file, falRequestOptions(transfer))) === source.size;',
    breaks: 'a lost answer makes a second file that nobody can delete',
    caughtBy: { unit: 'is lost: the file itself tells, and there is one' },
  },
];
