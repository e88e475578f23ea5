/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/dropbox/upload.ts',
    find: "if (hasErrorTags(cause, 'insufficient_space')) await ensureSpace(context.client, transfer.source.size);",
    replace: '',
    breaks: 'an account with some space left is called full, so smaller files wait',
    caughtBy: { unit: 'a file that does not fit reports the space that is left' },
  },
  {
    file: 'src-main/providers/dropbox/resume.ts',
    find: "if (fingerprint === '' || fingerprint === unknownFingerprint) continue;",
    replace: "if (fingerprint === '') continue;",
    breaks: 'a complete upload session counts as a changed file, and the whole file is sent again',
    caughtBy: { unit: 'no byte is sent again after Dropbox closed the session and the commit failed twice' },
  },
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: "host === new URL(this.uri).host && pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    replace: "pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    breaks: 'another site can finish the sign-in by DNS rebinding',
    caughtBy: { e2e: 'Dropbox with a redirect' },
  },
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: "host === new URL(this.uri).host && pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    replace: "host === new URL(this.uri).host && pathname === '/'",
    breaks: 'any request to the redirect address counts as a sign-in',
    caughtBy: { unit: 'a redirect with another state, another Host header or no code is rejected' },
  },
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: 'this.#isCodeReceived ||= result !== undefined;',
    replace: '',
    breaks: 'a second request with the same code is reported as a successful sign-in',
    caughtBy: { e2e: 'Dropbox with a redirect' },
  },
  {
    file: 'src-main/providers/dropbox/discard.ts',
    find: `if (typeof existing !== 'object' || existing.rev !== rev) return;
  await revokeLinks(client, id);
  await removeFile(client, { id, rev });`,
    replace: `if (typeof existing !== 'object') return;
await revokeLinks(client, id);
await removeFile(client, existing);`,
    breaks: 'a file that another client changed is deleted',
    caughtBy: { unit: 'does not delete a file that another client changed' },
  },
  {
    file: 'src-main/providers/dropbox/access-tokens.ts',
    find: `this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });`,
    replace: 'this.#renewal = this.#renew().finally(() => { this.#renewal = undefined; });',
    breaks: 'each request with an expired token renews it separately',
    caughtBy: {
      unit: 'an expired access token is renewed once for all waiting requests, and no file is sent twice',
    },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: `return credentials && (values.account ?? '').trim().startsWith('{') && credentials.appSecret === undefined
    ? credentials
    : undefined;`,
    replace: 'return credentials;',
    breaks: 'removing a destination revokes a token that the user provided',
    caughtBy: {
      unit: 'sign-out keeps a pasted token, a token with an app secret and an access token',
    },
  },
  {
    file: 'src-main/providers/dropbox/links.ts',
    find: "url.searchParams.delete('raw');",
    replace: "url.search = '';",
    breaks: 'choosing the form of a link replaces its query, so the link does not open',
    caughtBy: { unit: 'a link is created once, keeps its key, and has the chosen form' },
  },
  {
    file: 'src-main/providers/dropbox/upload-context.ts',
    find: "const isReplacing = !isUnique && keyAllocator.ifTaken === 'replace';",
    replace: "const isReplacing = !isUnique && keyAllocator.ifTaken !== 'refuse';",
    breaks: 'an existing file with the same name is overwritten',
    caughtBy: { unit: 'if another client takes the name first, the stored bytes are kept under another name' },
  },
  {
    file: 'src-main/providers/dropbox/commit.ts',
    find: `const existing = await findCommittedFile(context, isSessionGone ? [0, ...store.recheckDelaysMs] : [0], hash);
    if (existing) return existing;`,
    replace: 'await findCommittedFile(context, isSessionGone ? [0, ...store.recheckDelaysMs] : [0], hash);',
    breaks: 'after a lost response to the last call the upload creates a second file',
    caughtBy: { unit: 'the file is found after a lost response to the finish request, and no byte is sent again' },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: 'if (!credentials || others.some((other) => isSameToken(refreshCredentialsOf(other), credentials))) return;',
    replace: 'if (!credentials) return;',
    breaks: 'removing a destination signs out another destination with the same sign-in',
    caughtBy: { unit: 'does not revoke a token that another destination uses in any format' },
  },
  {
    file: 'src-main/providers/dropbox/driver.ts',
    find: `link: (ref, signal, linkOverride) =>
      createDropboxLink(clientFactory.create({ signal }), parseDropboxRef(ref).id, settings, { now: ports.now(), linkOverride }),`,
    replace:
      'link: (ref, signal) => createDropboxLink(clientFactory.create({ signal }), parseDropboxRef(ref).id, settings, { now: ports.now() }),',
    breaks: 'Dropbox ignores the link kind chosen for an upload',
    caughtBy: { unit: 'the link kind of an upload overrides the link kind of the settings' },
  },
  {
    file: 'src-main/providers/dropbox/errors.ts',
    find: "if (found.field !== 'linkDays' || linkDays !== undefined) return found;",
    replace: 'return found;',
    breaks: 'a link password that the plan does not allow is reported as an expiry',
    caughtBy: { unit: 'a wrong link password' },
  },
  {
    file: 'src-main/providers/dropbox/access-tokens.ts',
    find: 'redactLoadedSecrets(...Object.values(credentials));',
    replace: '',
    breaks: 'a server that repeats a token of Dropbox puts it into the log',
    caughtBy: { unit: 'no output and no stored file contains a refresh token and an app secret of Dropbox (store)' },
  },
];
