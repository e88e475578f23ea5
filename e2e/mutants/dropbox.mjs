/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/providers/dropbox/redirect.ts',
    find: "return host === new URL(this.uri).host && pathname === '/' && isSame(searchParams.get('state') ?? '', this.#state);",
    replace: "return pathname === '/' && isSame(searchParams.get('state') ?? '', this.#state);",
    breaks: 'a page elsewhere whose name leads to this computer can end the sign-in',
    caughtBy: { e2e: 'Dropbox by the app’s own way back' },
  },
  {
    file: 'src-main/providers/dropbox/redirect.ts',
    find: "return host === new URL(this.uri).host && pathname === '/' && isSame(searchParams.get('state') ?? '', this.#state);",
    replace: "return host === new URL(this.uri).host && pathname === '/';",
    breaks: 'whoever calls the address for the way back has signed in',
    caughtBy: { unit: 'a visit with another state, another Host, or no code at all is answered and not believed' },
  },
  {
    file: 'src-main/providers/dropbox/redirect.ts',
    find: 'this.#isOver ||= returned !== undefined;',
    replace: '',
    breaks: 'a second visit with the same code is told that it signed in',
    caughtBy: { e2e: 'Dropbox by the app’s own way back' },
  },
  {
    file: 'src-main/providers/dropbox/discard.ts',
    find: `if (typeof there !== 'object' || there.rev !== rev) return;
await revokeLinks(client, id);
await removeFile(client, { id, rev });`,
    replace: `if (typeof there !== 'object') return;
await revokeLinks(client, id);
await removeFile(client, there);`,
    breaks: 'a file that somebody changed since is deleted as if it were still ours',
    caughtBy: { unit: 'a file that somebody changed since is theirs: it stays' },
  },
  {
    file: 'src-main/providers/dropbox/tokens.ts',
    find: 'this.#asking ??= this.#renew().finally(() => { this.#asking = undefined; });',
    replace: 'this.#asking = this.#renew().finally(() => { this.#asking = undefined; });',
    breaks: 'everyone who meets an expired token asks for another one',
    caughtBy: {
      unit: 'an access token that expired is renewed once, however many wait for it, and nothing is sent twice',
    },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: "return account && (values.account ?? '').trim().startsWith('{') && account.appSecret === undefined ? account : undefined;",
    replace: 'return account;',
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
    file: 'src-main/providers/dropbox/job.ts',
    find: "const isReplacing = !isUnique && names.onTaken === 'replace';",
    replace: "const isReplacing = !isUnique && names.onTaken !== 'refuse';",
    breaks: 'a name that is taken is written over',
    caughtBy: { unit: 'somebody is quicker: the bytes stay, and go under another name' },
  },
  {
    file: 'src-main/providers/dropbox/commit.ts',
    find: `const there = await lookAgain(job, isGone ? [0, ...store.lookAgainMs] : [0], hash);
if (there) return there;`,
    replace: 'await lookAgain(job, isGone ? [0, ...store.lookAgainMs] : [0], hash);',
    breaks: 'the answer to the last call was lost, and all of it is sent again to a second file',
    caughtBy: { unit: 'the answer to finish is lost: the file is found, and nothing is sent again' },
  },
  {
    file: 'src-main/providers/dropbox/sign-out.ts',
    find: 'if (!account || others.some((one) => isSame(accountIn(one), account))) return;',
    replace: 'if (!account) return;',
    breaks: 'removing one destination signs out another one that has the same sign-in',
    caughtBy: { unit: 'not while another destination has the same, however that one is written' },
  },
  {
    file: 'src-main/providers/dropbox/driver.ts',
    find: 'link: (ref, signal, wish) => makeLink(clients.for({ signal }), readRef(ref).id, settings, { now: ports.now(), wish }),',
    replace:
      'link: (ref, signal) => makeLink(clients.for({ signal }), readRef(ref).id, settings, { now: ports.now() }),',
    breaks: 'Dropbox makes the links of its settings whatever is wished',
    caughtBy: { unit: 'what is wished of one upload’s link counts, and not what the settings say' },
  },
];
