/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-renderer/stores/progress.ts',
    find: '(isSameAttempt(upload, before) || hasUnknownParts(upload))',
    replace: "upload.status !== 'done'",
    breaks: 'the bar of a paused upload shows more bytes than its words',
    caughtBy: { unit: 'a paused progress bar shows the stored bytes, as its words do' },
  },
  {
    file: 'src-renderer/features/uploads/group-actions.ts',
    find: 'total.kept += Math.min(size, kept);',
    replace: 'total.kept += Math.min(size, sent);',
    breaks: 'the question before a cancel promises to keep bytes that a pause loses',
    caughtBy: { unit: 'the question before a cancel states the sent bytes, and those that a pause would keep' },
  },
  {
    file: 'src-shared/name-template.ts',
    find: "const segments = whole.split('/').filter((segment) => segment !== '').map(cleanName);",
    replace:
      "const segments = whole.split('/').filter((segment) => segment !== '').map((segment) => truncateName(cleanName(segment)));",
    breaks: 'the random part of a link is shortened when the name is long',
    caughtBy: { unit: 'but not random parts, hashes or the extension' },
  },
  {
    file: 'src-renderer/features/setup/wizard/setup-targets.ts',
    find: 'return isSameKind ? { ...withPreset(from.draft, to.provider, to.preset), touched: new Set() } : undefined;',
    replace: 'return isSameKind ? initialDraft(to) : undefined;',
    breaks: 'going back and choosing another service loses the typed values',
    caughtBy: { unit: 'changing the service keeps typed values and drops discovered ones' },
  },
  {
    file: 'src-renderer/features/uploads/row-actions.ts',
    find: `if (upload.elsewhere) return undefined;
switch (upload.status) {`,
    replace: 'switch (upload.status) {',
    breaks: 'the window offers to cancel uploads of the command line',
    caughtBy: { unit: 'uploads of the command line can be watched here, not changed' },
  },
  {
    file: 'src-renderer/features/uploads/run-group-action.ts',
    find: `if (!needsConfirmation(ids.length, sent)) {
    void runAndAnnounce(hoist, 'cancel', ids);
    return;
  }`,
    replace:
      "if (!needsConfirmation(ids.length, 0) || sent > 0) { void runAndAnnounce(hoist, 'cancel', ids); return; }",
    breaks: 'Cancel all discards gigabytes of sent data without asking',
    caughtBy: { unit: 'canceling few bytes needs no confirmation, canceling many bytes does' },
  },
  {
    file: 'src-renderer/features/uploads/copy-links.ts',
    find: 'const reach = reachSentence(ids.flatMap((id) => byId.get(id) ?? []));',
    replace: 'const reach = reachSentence([]);',
    breaks: 'the toast hides that the copied link opens only on this computer',
    caughtBy: { unit: 'a link that opens only on this computer is not announced as a public one' },
  },
  {
    file: 'src-renderer/features/uploads/run-group-action.ts',
    find: `case 'unpublish':
      hoist.screen.setState({ confirmation: { kind: 'unpublish', ids, ...subject } });
      return;`,
    replace: "case 'unpublish': void withErrorToast(hoist, hoist.bridge.uploads.unpublish({ ids })); return;",
    breaks: 'a folder is deleted from the store without a confirmation',
    caughtBy: { unit: 'deleting several files asks first and names them and their destination' },
  },
  {
    file: 'src-renderer/features/setup/form-draft.ts',
    find: `const plainValues = provider.fields
    .filter((field) => !holdsSecret(field))
    .map(({ key }) => [key, draft.values[key] ?? ''] as const);`,
    replace: "const plainValues = provider.fields.map(({ key }) => [key, draft.values[key] ?? ''] as const);",
    breaks: 'closing a setup saves its keys in the records',
    caughtBy: { unit: 'a closed setup is saved without its keys, and restored' },
  },
  {
    file: 'src-renderer/features/settings/PracticeSection.tsx',
    find: "setStep({ is: 'confirming' })",
    replace: '{ void empty(); }',
    breaks: 'one click empties Practice without a confirmation',
    caughtBy: { e2e: 'Empty Practice asks with the number of files' },
  },
  {
    file: 'src-renderer/features/uploads/row-actions.ts',
    find: "const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove', 'send-anyway'];",
    replace: "const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove'];",
    breaks: 'Enter on a failed row sends the file to a destination that needs approval',
    caughtBy: { unit: 'an upload that needs approval for a fallback is sent only by its button, not by the Enter key' },
  },
  {
    file: 'src-renderer/features/setup/FormFields.tsx',
    find: 'if (mustOpen && !isOpen) setOpen(true);',
    replace: 'if (mustOpen !== isOpen) setOpen(mustOpen);',
    breaks: 'a field under More options disappears as soon as its error is fixed',
    caughtBy: { e2e: 'a wrong region, permission or certificate' },
  },
  {
    file: 'src-renderer/stores/folders.ts',
    find: 'if (before) addToCounts(draft, before, beforeFraction, -1);',
    replace: "if (before && before.status !== 'failed') addToCounts(draft, before, beforeFraction, -1);",
    breaks: 'a retried file of a folder is counted as failed forever',
    caughtBy: { unit: 'the lists do not depend on the order in which records arrive' },
  },
  {
    file: 'src-renderer/features/uploads/group-actions.ts',
    find: "pause: (upload) => menuActions(upload).includes('pause'),",
    replace: "pause: ({ status }) => status === 'queued' || status === 'uploading' || status === 'waiting',",
    breaks: 'Pause all also pauses uploads of the command line and pipes',
    caughtBy: { unit: 'pausing all skips uploads that are being checked' },
  },
  {
    file: 'src-renderer/stores/progress.ts',
    find: "if (isIndeterminate(upload, before, displayed)) return 'indeterminate';",
    replace: "if (isIndeterminate(upload, before, displayed) && upload.size === 0) return 'indeterminate';",
    breaks: 'an upload from a pipe always looks nearly finished',
    caughtBy: { unit: 'the progress of a command-line pipe is indeterminate until it ends' },
  },
  {
    file: 'src-renderer/features/history/link-state.ts',
    find: "return profileId === practiceId && verification !== 'unreachable' ? 'this-computer' : verification;",
    replace: 'return profileId === practiceId ? verification : verification;',
    breaks: 'the row of a Practice upload looks as if its link were public',
    caughtBy: { unit: 'a Practice upload shows from the start that its link opens only on this computer' },
  },
  {
    file: 'src-renderer/features/drop/naming.ts',
    find: 'files.map((file) => (file.files !== undefined || nameOf(file).trim() === file.name ? null : nameOf(file).trim()));',
    replace: 'files.map((file) => (nameOf(file).trim() === file.name ? null : nameOf(file).trim()));',
    breaks: 'a folder sent together with renamed files gets one of their names',
    caughtBy: { unit: 'only renamed files get a new name, and folders never do' },
  },
  {
    file: 'src-renderer/features/setup/profile-state.ts',
    find: `const chain = [
    currentProfile(state),
    ...(state.fallback.on ? state.fallback.order.map((id) => findProfile(state, id)) : []),
  ];`,
    replace: 'const chain = [currentProfile(state), ...state.fallback.order.map((id) => findProfile(state, id))];',
    breaks: 'the window warns about a destination that receives no files',
    caughtBy: { unit: 'the warning is about the destination that files go to' },
  },
  {
    file: 'src-renderer/features/setup/check-text.ts',
    find: 'if (key !== undefined) return fields.find((field) => field.key === key);',
    replace: 'if (key !== undefined) return fields.find(({ required }) => required);',
    breaks: 'the button of a failed test leads to the first field instead of the field with the error',
    caughtBy: { e2e: 'with one wrong value at a time' },
  },
  {
    file: 'src-renderer/features/history/link-state.ts',
    find: "if (upload.status === 'done' && !hasOpened(upload)) return undefined;",
    replace: '',
    breaks: 'a row shows "Public" beside a link that others cannot open',
    caughtBy: { unit: 'a row never shows "Public"' },
  },
  {
    file: 'src-renderer/features/uploads/announce-settled.ts',
    find: 'if (closed) showAndAnnounce(hoist, closed);',
    replace: '',
    breaks: 'the window does not say that a link was not copied',
    caughtBy: { unit: 'a public link that others cannot open is not copied' },
  },
  {
    file: 'src-renderer/stores/feedback.ts',
    find: `holdToast(store);
  const { toast } = store.getState();`,
    replace: 'const { toast } = store.getState();',
    breaks: 'the timer of a hidden toast still runs and hides a held toast',
    caughtBy: { unit: 'a toast that is held again stays' },
  },
  {
    file: 'src-renderer/features/uploads/list-items.ts',
    find: 'batch.sort((a, b) => a.position - b.position)',
    replace: 'batch',
    breaks: 'the history shows the files of a batch in the order in which they ended',
    caughtBy: { unit: 'the files of a batch are in drop order' },
  },
  {
    file: 'src-renderer/features/uploads/status-line.ts',
    find: 'return joinFacts([spokenState(upload), reach,',
    replace: 'return joinFacts([spokenState(upload),',
    breaks: 'screen readers do not hear whether a link works',
    caughtBy: { unit: 'says whether its link works' },
  },
  {
    file: 'src-renderer/features/uploads/use-search-scroll.ts',
    find: 'results === undefined ? listOffset.current : 0;',
    replace: 'listOffset.current;',
    breaks: 'search results open in the middle',
    caughtBy: { e2e: 'search opens at the top of its results' },
  },
  {
    file: 'src-renderer/features/setup/SetupDialog.tsx',
    find: 'if (reason?.field !== undefined && focusField(element.current, reason.field)) return;',
    replace: '',
    breaks: 'Fix key… opens without the focus in the field',
    caughtBy: { e2e: 'an upload with a refused key waits, offers to fix the key' },
  },
  {
    file: 'src-renderer/features/uploads/error-groups.ts',
    find: 'groupAction(upload), blockedReason(upload)]',
    replace: 'groupAction(upload)]',
    breaks: 'uploads with different errors are one row, which shows only one of them',
    caughtBy: { unit: 'errors that need different remedies are different rows' },
  },
  {
    file: 'src-renderer/features/uploads/error-groups.ts',
    find: 'groups.set(key, { key, first, uploads });',
    replace: '',
    breaks: 'a wrong key fills the list with one row per file',
    caughtBy: { e2e: 'uploads with the same error are one row' },
  },
  {
    file: 'src-renderer/features/uploads/error-group-actions.ts',
    find: 'const ids = uploads.filter((upload) => hasAction(upload, action)).map(({ id }) => id);',
    replace: 'const ids = [first.id];',
    breaks: 'the button of several failed uploads retries only the first',
    caughtBy: { unit: 'an action runs for all files of the row' },
  },
  {
    file: 'src-renderer/stores/screen.ts',
    find: '(known.id === prompt.id ? prompt : known)',
    replace: 'known',
    breaks: 'a prompt whose code was rejected does not say so',
    caughtBy: { unit: 'a prompt for a code that arrives again replaces the earlier one' },
  },
];
