/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: "host === new URL(this.uri).host && pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    replace: "pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    breaks: 'a page elsewhere whose name leads to this computer can end the sign-in',
    caughtBy: { e2e: 'Dropbox with a redirect' },
  },
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: "host === new URL(this.uri).host && pathname === '/' && isEqualInConstantTime(searchParams.get('state') ?? '', this.#state)",
    replace: "host === new URL(this.uri).host && pathname === '/'",
    breaks: 'whoever calls the address for the way back has signed in',
    caughtBy: { unit: 'a visit with another state, another Host, or no code at all is answered and not believed' },
  },
  {
    file: 'src-main/providers/dropbox/redirect-server.ts',
    find: 'this.#isCodeReceived ||= result !== undefined;',
    replace: '',
    breaks: 'a second visit with the same code is told that it signed in',
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
    breaks: 'a file that somebody changed since is deleted as if it were still ours',
    caughtBy: { unit: 'a file that somebody changed since is theirs: it stays' },
  },
  {
    file: 'src-main/providers/dropbox/access-tokens.ts',
    find: `this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });`,
    replace: 'this.#renewal = this.#renew().finally(() => { this.#renewal = undefined; });',
    breaks: 'everyone who meets an expired token asks for another one',
    caughtBy: {
      unit: 'an access token that expired is renewed once, however many wait for it, and nothing is sent twice',
    },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: `return credentials && (values.account ?? '').trim().startsWith('{') && credentials.appSecret === undefined
    ? credentials
    : undefined;`,
    replace: 'return credentials;',
    breaks: 'a token that the person brought is ended with the destination',
    caughtBy: { unit: 'what a person brought is theirs' },
  },
  {
    file: 'src-main/providers/dropbox/links.ts',
    find: "url.searchParams.delete('raw');",
    replace: "url.search = '';",
    breaks: 'the form of a link is chosen by writing its query anew: it no longer opens',
    caughtBy: { unit: 'a link is made once, keeps its key, and has the form that was chosen' },
  },
  {
    file: 'src-main/providers/dropbox/upload-context.ts',
    find: "const isReplacing = !isUnique && keyAllocator.ifTaken === 'replace';",
    replace: "const isReplacing = !isUnique && keyAllocator.ifTaken !== 'refuse';",
    breaks: 'a name that is taken is written over',
    caughtBy: { unit: 'somebody is quicker: the bytes stay, and go under another name' },
  },
  {
    file: 'src-main/providers/dropbox/commit.ts',
    find: `const existing = await findCommittedFile(context, isSessionGone ? [0, ...store.recheckDelaysMs] : [0], hash);
    if (existing) return existing;`,
    replace: 'await findCommittedFile(context, isSessionGone ? [0, ...store.recheckDelaysMs] : [0], hash);',
    breaks: 'the answer to the last call was lost, and all of it is sent again to a second file',
    caughtBy: { unit: 'the answer to finish is lost: the file is found, and nothing is sent again' },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: 'if (!credentials || others.some((one) => isSameToken(refreshCredentialsOf(one), credentials))) return;',
    replace: 'if (!credentials) return;',
    breaks: 'removing one destination signs out another one that has the same sign-in',
    caughtBy: { unit: 'not while another destination has the same, however that one is written' },
  },
  {
    file: 'src-main/providers/dropbox/driver.ts',
    find: `link: (ref, signal, linkOverride) =>
      createDropboxLink(clientFactory.create({ signal }), parseDropboxRef(ref).id, settings, { now: ports.now(), linkOverride }),`,
    replace:
      'link: (ref, signal) => createDropboxLink(clientFactory.create({ signal }), parseDropboxRef(ref).id, settings, { now: ports.now() }),',
    breaks: 'Dropbox makes the links of its settings whatever is wished',
    caughtBy: { unit: 'an upload’s link kind overrides the one of the settings' },
  },
];
