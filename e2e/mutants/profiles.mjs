/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/profiles/import/ini.ts',
    find: 'const value = trimmed.slice(at + 1).trimStart();',
    replace: "const value = (trimmed.split('=')[1] ?? '').trimStart();",
    breaks: 'a secret that holds an equals sign is taken over in part',
    caughtBy: { unit: 'gives its S3 remotes' },
  },
  {
    file: 'src-main/profiles/import/picgo-history.ts',
    find: '.update(JSON.stringify([id, url]))',
    replace: '.update(JSON.stringify([id, url, performance.now()]))',
    breaks: 'links that were imported before are in the history twice',
    caughtBy: { unit: 'the links of an album are in the history' },
  },
  {
    file: 'src-main/profiles/profiles.ts',
    find: "ids ? 'person' : 'nobody',",
    replace: "'person',",
    breaks: 'a look at all destinations asks for a code for each',
    caughtBy: { e2e: 'a role that wants a code' },
  },
  {
    file: 'src-main/profiles/status.ts',
    find: "if (asking === 'person' && isAsked(id)) { timer = setTimeout(look, limit); return; }",
    replace: 'if (false) { timer = setTimeout(look, limit); return; }',
    breaks: 'a destination is called unreachable while a person looks for the code',
    caughtBy: { unit: 'while a person is asked for a code its time does not run out' },
  },
  {
    file: 'src-main/profiles/destinations.ts',
    find: `this.#connected.set(id, entry);
if (known) whenThere(known.destination, (it) => it.retire());
try {
  return await entry.destination;`,
    replace: `if (known) whenThere(known.destination, (it) => it.retire());
try {
  const destination = await entry.destination;
  this.#connected.set(id, entry);
  return destination;`,
    breaks: 'uploads that begin at once each get a connection of their own, so a speed limit counts for each',
    caughtBy: { unit: 'uploads that begin at once share one connection' },
  },
  {
    file: 'src-main/profiles/unprotected-keys.ts',
    find: 'if (!keys) { chmodSync(file, 0o600); renameSync(file, `${file}.damaged`); }',
    replace: '',
    breaks: 'a damaged file of readable keys is overwritten with the next key',
    caughtBy: { unit: 'and damaged ones are put aside' },
  },
  {
    file: 'src-main/profiles/drafts.ts',
    find: 'begun.set(draft ? { ...draft, settings: publicValues(provider(draft.providerId), draft.settings) } : undefined);',
    replace: 'begun.set(draft ? { ...draft, settings: draft.settings } : undefined);',
    breaks: 'a setup that was left is kept with what was typed as its secret',
    caughtBy: { unit: 'that was left is kept without its secrets' },
  },
  {
    file: 'src-main/profiles/profiles.ts',
    find: `order: [...new Set(order)].filter((id) => this.#ports.records.get(id) !== undefined),
  });
  this.#ports.changed();
}`,
    replace: `order: [...new Set(order)].filter((id) => this.#ports.records.get(id) !== undefined),
  });
  for (const _ of order) this.#ports.changed();
}`,
    breaks: 'the window is not told that the fallback was switched while no destination is in its list',
    caughtBy: { unit: 'is told when the switch or the order changes' },
  },
  {
    file: 'src-main/profiles/found.ts',
    find: 'id: found.id, providerId: provider.id, name: found.name, from: found.from, settings: publicValues(provider, found.values), needs: found.needs ?? [],',
    replace:
      'id: found.id, providerId: provider.id, name: found.name, from: found.from, settings: found.values, needs: found.needs ?? [],',
    breaks: 'what was found on this computer is shown with its secret',
    caughtBy: { unit: 'is offered by name and source, and never with a secret' },
  },
  {
    file: 'src-main/profiles/secrets.ts',
    find: `records.together(() => {
  for (const [field, record] of Object.entries(sealed`,
    replace: `this.#setPlain(profileId, where === 'saved' ? {} : all, where === 'unprotected' ? 'unprotected' : 'session');
records.together(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'a full disk, when keys go from a readable file into the key store, loses them',
    caughtBy: { unit: 'what a full disk keeps from going into one that is there by now stays readable where it is' },
  },
  {
    file: 'src-main/profiles/secrets.ts',
    find: 'if (cause instanceof Error) return undefined;',
    replace: '',
    breaks: 'a key store that cannot open a secret ends what asked for it',
    caughtBy: { unit: 'that has another key' },
  },
  {
    file: 'src-main/profiles/profiles.ts',
    find: 'await uploads.leave(id);',
    replace: `secrets.forget(id);
await uploads.leave(id);`,
    breaks: 'a removed destination forgets its keys before its uploads are taken back',
    caughtBy: { unit: 'has its uploads ended while its keys are still there' },
  },
  {
    file: 'src-main/profiles/sign-ins.ts',
    find: 'return kept?.providerId === draft.providerId && kept.field === key ? [[key, kept.value]] : [];',
    replace: 'return [[key, kept?.value ?? value]];',
    breaks: 'a made-up sign-in handle counts as a sign-in',
    caughtBy: { unit: 'and a made-up handle is nothing' },
  },
  {
    file: 'src-main/profiles/status.ts',
    find: "return check && check.since === this.#mendedAt.get(id) && (check.asking === asking || check.asking === 'person') ? check.done : undefined;",
    replace: "return check && (check.asking === asking || check.asking === 'person') ? check.done : undefined;",
    breaks: 'a destination that is mended while its store is asked is not asked about its new settings',
    caughtBy: { unit: 'asks again, and what the first one hears counts for nothing' },
  },
  {
    file: 'src-main/profiles/status.ts',
    find: 'if (this.#mendedAt.get(id) === since) {',
    replace: '{',
    breaks: 'what a store says about old settings is shown as the state of the new ones',
    caughtBy: { unit: 'an answer about settings that were changed meanwhile does not count' },
  },
  {
    file: 'src-main/profiles/field-values.ts',
    find: 'return isMoved ? own.filter(holdsSecret).map(({ key }) => key) : [];',
    replace: 'return !isMoved && own.length === 0 ? own.filter(holdsSecret).map(({ key }) => key) : [];',
    breaks: 'the password of one proxy is sent to another one',
    caughtBy: { unit: 'never sends a password that was for one proxy' },
  },
  {
    file: 'src-main/profiles/secrets.ts',
    find: "const where = sealed ? 'saved' : (keep ?? this.#whereNow(profileId));",
    replace: "const where = sealed ? 'saved' : (keep ?? 'unprotected');",
    breaks: 'without a key store keys are written readable without being asked',
    caughtBy: { unit: 'keys live until Hoist quits, and nothing of them is written' },
  },
  {
    file: 'src-main/profiles/profiles.ts',
    find: 'if (leaving) await this.#signOut(leaving);',
    replace: '',
    breaks: 'a destination that is removed stays signed in at its service',
    caughtBy: { e2e: 'Dropbox by the app’s own way back' },
  },
  {
    file: 'src-main/profiles/destinations.ts',
    find: 'if (known) whenThere(known.destination, (it) => it.retire());',
    replace: 'if (known) whenThere(known.destination, (it) => it.close());',
    breaks: 'changing a destination cuts off what is being sent there',
    caughtBy: { unit: 'one that is replaced ends what runs through it, and is closed then' },
  },
  {
    file: 'src-main/profiles/destinations.ts',
    find: 'if (--this.#running === 0 && this.#isRetired) this.#its.close();',
    replace: 'this.#running--;',
    breaks: 'a connection that was replaced while something ran through it stays open for ever',
    caughtBy: { unit: 'one that is replaced ends what runs through it, and is closed then' },
  },
  {
    file: 'src-main/profiles/secrets.ts',
    find: `records.together(() => {
  for (const [field, record] of Object.entries(sealed`,
    replace: `also();
records.together(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'a destination whose key a full disk does not take is there all the same, without it',
    caughtBy: { unit: 'that a full disk does not take is not there, and can be saved again' },
  },
  {
    file: 'src-main/profiles/profiles.ts',
    find: 'const settings = publicValues(provider, values);',
    replace: 'const settings = values;',
    breaks: 'a secret key is saved with the settings',
    caughtBy: { unit: 'has its secrets encrypted apart' },
  },
  {
    file: 'src-main/profiles/destinations.ts',
    find: 'if (this.#connected.get(id) !== entry) return;',
    replace: '',
    breaks: 'a secret that the old account was given anew is kept for the new one',
    caughtBy: { unit: 'what a replaced one is given anew is for another account, and is not kept' },
  },
  {
    file: 'src-main/profiles/status.ts',
    find: 'return await Promise.race([answer, late]);',
    replace: 'return await answer;',
    breaks: 'a store that never answers holds up the check of all others',
    caughtBy: { unit: 'one that never answers holds up nobody' },
  },
  {
    file: 'src-main/profiles/leaving.ts',
    find: 'if (!answer?.every((values) => values !== undefined)) return undefined;',
    replace: 'if (!answer) return undefined;',
    breaks: 'a sign-in ends although it cannot be told who else has it',
    caughtBy: { unit: 'a key store that is away keeps nobody from removing' },
  },
  {
    file: 'src-main/profiles/unprotected-keys.ts',
    find: "if (codeOf(cause) === 'ENOENT') return {};",
    replace: 'if (codeOf(cause) !== undefined) return {};',
    breaks: 'keys that cannot be read at the moment are overwritten by those of another destination',
    caughtBy: { unit: 'that cannot be read now are not overwritten by those of another destination' },
  },
];
