/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/profiles/profile-editor.ts',
    find: 'if (existing) await this.#confirmLinks(existing, profile);',
    replace: '',
    breaks: 'a compromised page makes the links of a saved destination public',
    caughtBy: { e2e: 'wider links of a saved destination are confirmed in a native dialog' },
  },
  {
    file: 'src-main/profiles/link-changes.ts',
    find: 'const isMoved = oldHost !== undefined && host !== undefined && host !== oldHost;',
    replace: 'const isMoved = false;',
    breaks: 'a compromised page moves the links of a saved destination to another host',
    caughtBy: { unit: 'is saved only after the user agreed' },
  },
  {
    file: 'src-main/profiles/setup-drafts.ts',
    find: 'this.#open = draft && this.#withoutSecrets(draft);',
    replace: 'this.#open = draft;',
    breaks: 'main gives a new page the keys that the user typed in the previous one',
    caughtBy: { unit: 'keeps the open form apart from the closed one, without its secrets' },
  },
  {
    file: 'src-main/platform/ini.ts',
    find: 'const value = trimmed.slice(at + 1).trimStart();',
    replace: "const value = (trimmed.split('=')[1] ?? '').trimStart();",
    breaks: 'the import cuts off a secret at its first equals sign',
    caughtBy: { unit: 'gives its S3 remotes with their keys or AWS profile, and the bucket of an alias' },
  },
  {
    file: 'src-main/profiles/import/picgo-history.ts',
    find: '.update(JSON.stringify([id, url]))',
    replace: '.update(JSON.stringify([id, url, performance.now()]))',
    breaks: 'a second import adds the same links to the history again',
    caughtBy: { unit: 'adds the links of a PicList album to the history once' },
  },
  {
    file: 'src-main/profiles/import/apply-import.ts',
    find: "?? 'expiring';",
    replace: "?? 'public';",
    breaks: 'an import in the window makes destinations public without asking',
    caughtBy: { unit: 'without a question the links expire' },
  },
  {
    file: 'src-main/cli/setup/import-questions.ts',
    find: "if (link || !prompt) return link ?? 'expiring';",
    replace: "if (link || !prompt) return link ?? 'public';",
    breaks: 'an import without a terminal makes destinations public without asking',
    caughtBy: { unit: 'without a terminal, imported destinations get links that expire' },
  },
  {
    file: 'src-main/profiles/profile-catalog.ts',
    find: 'this.available().find(isUsable)',
    replace: 'this.available()[0]',
    breaks: 'an incomplete import becomes the default destination',
    caughtBy: { unit: 'an incomplete import does not become the default' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: `      if (fallbackStorage === 'unprotected') unprotected.setAll(plain);
    });`,
    replace: `      if (fallbackStorage === 'unprotected')
        for (const [profileId, values] of plain) unprotected.set(profileId, values);
    });`,
    breaks: 'an import writes the file with the unprotected keys once for each destination',
    caughtBy: { unit: 'writes the file of unprotected keys once' },
  },
  {
    file: 'src-main/cli/setup/discovered.ts',
    find: '!(await testBeforeSaving(context, core, draft, { ...source, json: options.json }))',
    replace: 'false',
    breaks: 'hoist setup adopt saves a destination that does not work',
    caughtBy: { unit: 'lists discovered credentials without their keys' },
  },
  {
    file: 'src-main/profiles/check-profiles.ts',
    find: "ids ? 'interactive' : 'background',",
    replace: "'interactive',",
    breaks: 'a check of all destinations asks for a code for each destination',
    caughtBy: { e2e: 'a role that needs a code' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: `if (promptMode === 'interactive' && isPromptOpen(id)) {
          timer = setTimeout(onTimeout, timeoutMs);
          return;
        }`,
    replace: 'if (false) { timer = setTimeout(onTimeout, timeoutMs); return; }',
    breaks: 'a destination becomes unreachable while the user looks up the code',
    caughtBy: { unit: 'does not time out while a prompt for a code is open' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: `this.#entries.set(id, entry);
    if (existing) whenConnected(existing.destination, (replaced) => replaced.drain());
    try {
      return await entry.destination;`,
    replace: `if (existing) whenConnected(existing.destination, (replaced) => replaced.drain());
try {
  const destination = await entry.destination;
  this.#entries.set(id, entry);
  return destination;`,
    breaks: 'uploads that start at the same time each get a separate connection, so the speed limit applies to each',
    caughtBy: { unit: 'uploads that begin at once share one connection' },
  },
  {
    file: 'src-main/profiles/unprotected-keys.ts',
    find: 'if (!keys) { chmodSync(file, 0o600); renameSync(file, `${file}.damaged`); }',
    replace: '',
    breaks: 'the next key overwrites a damaged file of unencrypted keys',
    caughtBy: { unit: 'and a damaged file is renamed' },
  },
  {
    file: 'src-main/profiles/setup-drafts.ts',
    find: 'this.#ports.closed.set(draft ? this.#withoutSecrets(draft) : undefined);',
    replace: 'this.#ports.closed.set(draft ?? undefined);',
    breaks: 'an unfinished setup is stored with its typed secret',
    caughtBy: { unit: 'stores a form that the user closed without its secrets, even a secret among the settings' },
  },
  {
    file: 'src-main/profiles/upload-chains.ts',
    find: `order: [...new Set(order)].filter((id) => this.#ports.catalog.isSaved(id)),
  });
  this.#ports.changed();
}`,
    replace: `order: [...new Set(order)].filter((id) => this.#ports.catalog.isSaved(id)),
  });
  for (const _ of order) this.#ports.changed();
}`,
    breaks: 'the window is not notified when fallback is switched while its list is empty',
    caughtBy: { unit: 'notifies the window when the user changes the switch or the order' },
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
    breaks: 'discovered credentials are shown with their secret',
    caughtBy: { unit: 'are listed by name and source, and never with a secret' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: `records.transaction(() => {
      for (const [field, record] of Object.entries(sealed`,
    replace: `this.#setPlaintext(profileId, storage === 'saved' ? {} : all, storage === 'unprotected' ? 'unprotected' : 'session');
records.transaction(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'keys are lost when the disk is full while they move from an unencrypted file into the key store',
    caughtBy: { unit: 'keeps keys in the unprotected file when a full disk prevents the move' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: 'if (cause instanceof Error) return undefined;',
    replace: '',
    breaks: 'an error of the key store reaches the caller instead of a missing secret',
    caughtBy: { unit: 'reads a stored secret again after the key store' },
  },
  {
    file: 'src-main/profiles/profile-remover.ts',
    find: 'await uploads.removeDestination(id);',
    replace: `secrets.remove(id);
await uploads.removeDestination(id);`,
    breaks: 'a removed destination loses its keys before its uploads are deleted at the store',
    caughtBy: { unit: 'cancels its uploads before its keys are deleted' },
  },
  {
    file: 'src-main/profiles/sign-ins.ts',
    find: 'return pending?.providerId === draft.providerId && pending.field === key ? [[key, pending.value]] : [];',
    replace: 'return [[key, pending?.value ?? value]];',
    breaks: 'a sign-in handle that the page invented counts as a sign-in',
    caughtBy: { unit: 'and refuses an invented handle' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: `check && check.since === this.#changedAt.get(id) && (check.promptMode === promptMode || check.promptMode === 'interactive')`,
    replace: "check && (check.promptMode === promptMode || check.promptMode === 'interactive')",
    breaks: 'a destination that changes during a check is not checked with its new settings',
    caughtBy: { unit: 'starts a second check, and ignores the result of the first one' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: 'if (this.#changedAt.get(id) === since) {',
    replace: '{',
    breaks: 'the result of a check with old settings is shown for the new settings',
    caughtBy: { unit: 'ignores the result of a check when the settings changed during the check' },
  },
  {
    file: 'src-main/profiles/field-values.ts',
    find: 'return isChanged ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];',
    replace:
      'return !isChanged && networkFields.length === 0 ? networkFields.filter(holdsSecret).map(({ key }) => key) : [];',
    breaks: 'the password of one proxy is sent to another proxy',
    caughtBy: { unit: 'never sends the password of one proxy to another proxy' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: "const storage = sealed ? 'saved' : (fallbackStorage ?? this.#currentPlainStorage(profileId));",
    replace: "const storage = sealed ? 'saved' : (fallbackStorage ?? 'unprotected');",
    breaks: 'without a key store, keys are saved unencrypted although the user did not choose this',
    caughtBy: { unit: 'keeps keys in memory until Hoist quits' },
  },
  {
    file: 'src-main/profiles/profile-remover.ts',
    find: 'if (signOutContext) await this.#signOut(signOutContext);',
    replace: '',
    breaks: 'a destination that is removed stays signed in at its service',
    caughtBy: { e2e: 'Dropbox with a redirect' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: 'if (existing) whenConnected(existing.destination, (replaced) => replaced.drain());',
    replace: 'if (existing) whenConnected(existing.destination, (replaced) => replaced.close());',
    breaks: 'changing a destination cuts off its running uploads',
    caughtBy: { unit: 'a replaced connection finishes its running requests and is then closed' },
  },
  {
    file: 'src-main/profiles/destination-pool.ts',
    find: 'if (--this.#useCount === 0 && this.#isDraining) this.#destination.close();',
    replace: 'this.#useCount--;',
    breaks: 'a connection that is replaced during a request is never closed',
    caughtBy: { unit: 'a replaced connection finishes its running requests and is then closed' },
  },
  {
    file: 'src-main/profiles/profile-secrets.ts',
    find: `records.transaction(() => {
      for (const [field, record] of Object.entries(sealed`,
    replace: `alsoWrite();
records.transaction(() => {
  for (const [field, record] of Object.entries(sealed`,
    breaks: 'a destination is saved without its key when the disk is full',
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
    breaks: 'a renewed secret of the old account is saved for the new account',
    caughtBy: { unit: 'does not save a renewed secret of a replaced connection' },
  },
  {
    file: 'src-main/profiles/profile-status-tracker.ts',
    find: 'return await Promise.race([outcome, timedOut]);',
    replace: 'return await outcome;',
    breaks: 'a store that never answers delays the check of all others',
    caughtBy: { unit: 'a destination that never answers does not delay the others' },
  },
  {
    file: 'src-main/profiles/sign-out-context.ts',
    find: 'if (!results?.every((values) => values !== undefined)) return undefined;',
    replace: 'if (!results) return undefined;',
    breaks: 'a removal revokes a sign-in that another destination may share',
    caughtBy: { unit: 'removes a destination without the key store' },
  },
  {
    file: 'src-main/profiles/unprotected-keys.ts',
    find: "if (errorCode(cause) === 'ENOENT') return {};",
    replace: 'if (errorCode(cause) !== undefined) return {};',
    breaks: 'saving another destination overwrites keys that are temporarily unreadable',
    caughtBy: { unit: 'are not overwritten by other keys while their file cannot be read' },
  },
  {
    file: 'src-main/profiles/profile-catalog.ts',
    find: 'isReservedName(typed) ? [] : this.saved()',
    replace: 'this.saved()',
    breaks: 'a destination called "practice" takes over --to practice',
    caughtBy: { unit: 'is found by its name even if a saved destination has that name' },
  },
  {
    file: 'src-main/profiles/secret-bindings.ts',
    find: "if (mode === 'confirmed') return stored;",
    replace: 'return stored;',
    breaks: 'a stored key is sent through a proxy that the page chooses',
    caughtBy: {
      unit: 'the user agrees once to a test and the save that follows, and the question names the new party',
    },
  },
  {
    file: 'src-main/profiles/secret-bindings.ts',
    find: '[...handles, ...external, ...',
    replace: '[...external, ...',
    breaks: 'the result of a sign-in is sent through a proxy that the page chooses',
    caughtBy: { unit: 'the result of a sign-in is not sent to a recipient that the user did not sign in with' },
  },
  {
    file: 'src-main/profiles/secret-bindings.ts',
    find: "mode === 'sign-in' || provider.usesExternalKeys?.(form.settings)",
    replace: "mode === 'sign-in'",
    breaks: 'the keys of an AWS profile are sent to a server that the page chooses',
    caughtBy: { unit: 'the keys of an AWS profile are not sent to a server that the form names without consent' },
  },
  {
    file: 'src-main/profiles/profile-from-draft.ts',
    find: 'const unbound = changesRecipients',
    replace: 'const unbound = !changesRecipients && existing',
    breaks: 'an old session token is sent to a new server after the next start',
    caughtBy: {
      unit: 'with a key that the user types again, no question is asked and the other stored secrets are removed',
    },
  },
  {
    file: 'src-main/profiles/import/apply-import.ts',
    find: 'await applyRecipients(added, ports, options);',
    replace: '',
    breaks: 'an imported file adds a proxy that can read all requests, without a question',
    caughtBy: { unit: 'a proxy in the file is saved only after the user accepts it, and the report says so' },
  },
  {
    file: 'src-main/profiles/import/imported-recipients.ts',
    find: 'if (!isPublic(imported.settings) || isPublic({})) return imported;',
    replace: 'return imported;',
    breaks: 'an imported file of Hoist makes public links without a question',
    caughtBy: { unit: 'takes the settings of public links out of the imported settings' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: "createHash('sha256').update(commandLine)",
    replace: "createHash('sha256').update(commandLine.split(' ')[0])",
    breaks: 'an allowed program starts with other arguments without a question',
    caughtBy: { unit: 'the answer “Allow” is remembered for the exact command line, as a hash' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'attention.order > (this.#refused.get(hash) ?? 0) &&',
    replace: '',
    breaks: 'the fallback destination asks about a program that the user has just refused',
    caughtBy: { unit: 'after “Don’t allow”, only a new action of the user asks again' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'attention !== undefined &&',
    replace: 'attention === undefined ||',
    breaks: 'an upload of an earlier start opens a dialog when the window opens',
    caughtBy: { unit: 'no question without an action of the user at this destination, and none long after it' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'if (open) endAttention(attention);',
    replace: '',
    breaks: 'a program that replaces an allowed one opens a dialog during uploads',
    caughtBy: { unit: 'after “Don’t allow”, only a new action of the user asks again' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'if (isAllowed) endAttention(attention());',
    replace: '',
    breaks: 'a program that replaces an allowed one opens a dialog long after the upload started',
    caughtBy: { unit: 'a program that replaces an allowed one later waits for an action of the user' },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'this.#openQuestions.get(hash) ??',
    replace: '',
    breaks: 'uploads to two destinations with the same AWS profile open two dialogs',
    caughtBy: {
      unit: 'requests for the same program share one question, and different programs are asked about one after the other',
    },
  },
  {
    file: 'src-main/profiles/program-permissions.ts',
    find: 'this.#lastQuestion = Promise.allSettled([answer]);',
    replace: '',
    breaks: 'two dialogs about two programs cover each other',
    caughtBy: {
      unit: 'requests for the same program share one question, and different programs are asked about one after the other',
    },
  },
  {
    file: 'src-main/profiles/provider-tools.ts',
    find: '...programs.portWithoutQuestion(),',
    replace: '...programs.portForAction(provider.name),',
    breaks: 'a form that opens shows a question about a program before the user does anything',
    caughtBy: { unit: 'suggestions of a form never ask, and its test asks once each time' },
  },
];
