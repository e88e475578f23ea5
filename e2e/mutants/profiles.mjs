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
    file: 'src-main/profiles/check-profiles.ts',
    find: "ids ? 'interactive' : 'background',",
    replace: "'interactive',",
    breaks: 'a look at all destinations asks for a code for each',
    caughtBy: { e2e: 'a role that wants a code' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: `if (promptMode === 'interactive' && isPromptOpen(id)) {
          timer = setTimeout(onTimeout, timeoutMs);
          return;
        }`,
    replace: 'if (false) { timer = setTimeout(onTimeout, timeoutMs); return; }',
    breaks: 'a destination is called unreachable while a person looks for the code',
    caughtBy: { unit: 'while a person is asked for a code its time does not run out' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: `this.#entries.set(id, entry);
    if (existing) whenConnected(existing.destination, (it) => it.drain());
    try {
      return await entry.destination;`,
    replace: `if (existing) whenConnected(existing.destination, (it) => it.drain());
try {
  const destination = await entry.destination;
  this.#entries.set(id, entry);
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
    find: 'savedSetup.set(draft ? { ...draft, settings: publicValues(providers.get(draft.providerId), draft.settings) } : undefined);',
    replace: 'savedSetup.set(draft ? { ...draft, settings: draft.settings } : undefined);',
    breaks: 'a setup that was left is kept with what was typed as its secret',
    caughtBy: { unit: 'that the user left is stored without its secrets' },
  },
  {
    file: 'src-main/profiles/upload-chains.ts',
    find: `order: [...new Set(order)].filter((id) => this.#ports.catalog.isSaved(id)),
  });
  this.#ports.changed();
}`,
    replace: `order: [...new Set(order)].filter((id) => this.#ports.catalog.isSaved(id)),
  });
  for (const _ get order) this.#ports.changed();
}`,
    breaks: 'the window is not told that the fallback was switched while no destination is in its list',
    caughtBy: { unit: 'notifies the window when the switch or the order changes' },
  },
  {
    file: 'src-main/profiles/credential-discovery.ts',
    find: `id: credentials.id,
        providerId: provider.id,
        name: credentials.name,
        from: credentials.from,
        settings: publicValues(provider, credentials.values),
        needs: credentials.needs ?? [],`,
    replace:
      'id: credentials.id, providerId: provider.id, name: credentials.name, from: credentials.from, settings: credentials.values, needs: credentials.needs ?? [],',
    breaks: 'what was found on this computer is shown with its secret',
    caughtBy: { unit: 'are offered by name and source, and never with a secret' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: `records.transaction(() => {
      for (const [field, record] of Object.entries(sealed`,
    replace: `this.#setPlaintext(profileId, storage === 'saved' ? {} : all, storage === 'unprotected' ? 'unprotected' : 'session');
records.transaction(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'a full disk, when keys go from a readable file into the key store, loses them',
    caughtBy: { unit: 'what a full disk keeps from going into one that is there by now stays readable where it is' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: 'if (cause instanceof Error) return undefined;',
    replace: '',
    breaks: 'a key store that cannot open a secret ends what asked for it',
    caughtBy: { unit: 'that has another key' },
  },
  {
    file: 'src-main/profiles/profile-remover.ts',
    find: 'await uploads.removeDestination(id);',
    replace: `secrets.remove(id);
await uploads.removeDestination(id);`,
    breaks: 'a removed destination forgets its keys before its uploads are taken back',
    caughtBy: { unit: 'cancels its uploads before its keys are deleted' },
  },
  {
    file: 'src-main/profiles/sign-ins.ts',
    find: 'return pending?.providerId === draft.providerId && pending.field === key ? [[key, pending.value]] : [];',
    replace: 'return [[key, pending?.value ?? value]];',
    breaks: 'a made-up sign-in handle counts as a sign-in',
    caughtBy: { unit: 'and ignores an invented handle' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: `check && check.since === this.#changedAt.get(id) && (check.promptMode === promptMode || check.promptMode === 'interactive')`,
    replace: "check && (check.promptMode === promptMode || check.promptMode === 'interactive')",
    breaks: 'a destination that is mended while its store is asked is not asked about its new settings',
    caughtBy: { unit: 'asks again, and what the first one hears counts for nothing' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: 'if (this.#changedAt.get(id) === since) {',
    replace: '{',
    breaks: 'what a store says about old settings is shown as the state of the new ones',
    caughtBy: { unit: 'an answer about settings that were changed meanwhile does not count' },
  },
  {
    file: 'src-main/profiles/field-values.ts',
    find: 'return isChanged ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];',
    replace:
      'return !isChanged && networkFields.length === 0 ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];',
    breaks: 'the password of one proxy is sent to another one',
    caughtBy: { unit: 'never sends the password of one proxy to another proxy' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: "const storage = sealed ? 'saved' : (fallbackStorage ?? this.#currentPlainStorage(profileId));",
    replace: "const storage = sealed ? 'saved' : (fallbackStorage ?? 'unprotected');",
    breaks: 'without a key store keys are written readable without being asked',
    caughtBy: { unit: 'keys live until Hoist quits, and nothing of them is written' },
  },
  {
    file: 'src-main/profiles/profile-remover.ts',
    find: 'if (signOutContext) await this.#signOut(signOutContext);',
    replace: '',
    breaks: 'a destination that is removed stays signed in at its service',
    caughtBy: { e2e: 'Dropbox by the app’s own way back' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: 'if (existing) whenConnected(existing.destination, (it) => it.drain());',
    replace: 'if (existing) whenConnected(existing.destination, (it) => it.close());',
    breaks: 'changing a destination cuts off what is being sent there',
    caughtBy: { unit: 'one that is replaced ends what runs through it, and is closed then' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: 'if (--this.#useCount === 0 && this.#isDraining) this.#destination.close();',
    replace: 'this.#useCount--;',
    breaks: 'a connection that was replaced while something ran through it stays open for ever',
    caughtBy: { unit: 'one that is replaced ends what runs through it, and is closed then' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: `records.transaction(() => {
      for (const [field, record] of Object.entries(sealed`,
    replace: `alsoWrite();
records.transaction(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'a destination whose key a full disk does not take is there all the same, without it',
    caughtBy: { unit: 'is not added while the disk is full' },
  },
  {
    file: 'src-main/profiles/profile-editor.ts',
    find: 'const settings = publicValues(provider, values);',
    replace: 'const settings = values;',
    breaks: 'a secret key is saved with the settings',
    caughtBy: { unit: 'encrypts its secrets separately' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: 'if (this.#entries.get(id) !== entry) return;',
    replace: '',
    breaks: 'a secret that the old account was given anew is kept for the new one',
    caughtBy: { unit: 'what a replaced one is given anew is for another account, and is not kept' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: 'return await Promise.race([outcome, timedOut]);',
    replace: 'return await outcome;',
    breaks: 'a store that never answers holds up the check of all others',
    caughtBy: { unit: 'one that never answers holds up nobody' },
  },
  {
    file: 'src-main/profiles/sign-out-context.ts',
    find: 'if (!results?.every((values) => values !== undefined)) return undefined;',
    replace: 'if (!results) return undefined;',
    breaks: 'a sign-in ends although it cannot be told who else has it',
    caughtBy: { unit: 'a key store that is away keeps nobody from removing' },
  },
  {
    file: 'src-main/profiles/unprotected-keys.ts',
    find: "if (errorCode(cause) === 'ENOENT') return {};",
    replace: 'if (errorCode(cause) !== undefined) return {};',
    breaks: 'keys that cannot be read at the moment are overwritten by those of another destination',
    caughtBy: { unit: 'that cannot be read now are not overwritten by those of another destination' },
  },
];
