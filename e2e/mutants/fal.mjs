/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/fal/restrict-file.ts',
    find: "if (restricted) throw failure('forbidden', { params: { why: 'falSigned' } });",
    replace: '',
    breaks: 'a signed link is reported as revoked although it still opens the file',
    caughtBy: {
      unit: 'of a signed link is refused, because a signed link opens the file regardless of its access list',
    },
  },
  {
    file: 'src-main/providers/fal/restrict-file.ts',
    find: "if (await opensPublicly(store, file, options)) throw failure('forbidden', { params: { why: 'falAcl' } }, cause);",
    replace: '',
    breaks: 'a link that the service cannot revoke is reported as revoked',
    caughtBy: { unit: 'of a file that has no access list is refused' },
  },
  {
    file: 'src-main/providers/fal/driver.ts',
    find: 'await requireRestricted(uploadStore, ref, { signal, onSlowDown });',
    replace: '',
    breaks: 'a file for signed links stays public when the service ignores the access list of the upload',
    caughtBy: { unit: 'is restricted after the upload if the service ignored the access list of the upload' },
  },
  {
    file: 'src-main/providers/fal/account-defaults.ts',
    find: "if (settings.access === 'public' && acl !== 'allow') {",
    replace: "if (settings.access === 'public' && acl === 'forbid') {",
    breaks: 'a file is uploaded although the account hides new files, so its link does not open',
    caughtBy: { unit: 'access stop a public upload before its first byte' },
  },
  {
    file: 'src-main/providers/fal/driver.ts',
    find: `    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
  }
  throw failure('forbidden', { params: { why: 'noDelete' } });`,
    replace: `    if (!(cause instanceof AppFailure) || cause.error.code !== 'forbidden') throw cause;
  }`,
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
    caughtBy: { unit: 'gets status 200 with a body of type' },
  },
  {
    file: 'src-main/providers/fal/multipart.ts',
    find: 'if (number > plan.count || md5 !== (await md5OfRange(context, range, signal))) continue;',
    replace: "if (number > plan.count || md5 === '' || signal.aborted) continue;",
    breaks: 'parts of an earlier attempt count as stored although the file has changed',
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
    caughtBy: { unit: 'the driver finds the stored file and creates no second file' },
  },
];
