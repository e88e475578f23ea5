/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-shared/name-template.ts',
    find: "const segments = whole.split('/').filter((segment) => segment !== '').map(cleanName);",
    replace:
      "const segments = whole.split('/').filter((segment) => segment !== '').map((segment) => truncateName(cleanName(segment)));",
    breaks: 'what makes a link unguessable is cut where a name is long',
    caughtBy: { unit: 'never what is random or a sum' },
  },
  {
    file: 'src-renderer/features/setup/wizard/setup-targets.ts',
    find: 'return isSameKind ? withPreset(from.draft, to.provider, to.preset) : undefined;',
    replace: 'return isSameKind ? initialDraft(to) : undefined;',
    breaks: 'going back and choosing another service loses what was typed',
    caughtBy: { unit: 'from one service to another what was typed comes along' },
  },
  {
    file: 'src-renderer/features/uploads/row-actions.ts',
    find: `if (upload.elsewhere) return undefined;
switch (upload.status) {`,
    replace: 'switch (upload.status) {',
    breaks: 'the window offers to cancel what the command line runs',
    caughtBy: { unit: 'what the command line runs can be watched here, not changed' },
  },
  {
    file: 'src-renderer/features/uploads/run-group-action.ts',
    find: `if (!needsConfirmation(ids.length, sent)) {
    void runAndAnnounce(hoist, 'cancel', ids);
    return;
  }`,
    replace:
      "if (!needsConfirmation(ids.length, 0) || sent > 0) { void runAndAnnounce(hoist, 'cancel', ids); return; }",
    breaks: 'Cancel all throws away gigabytes that were sent, without asking',
    caughtBy: { unit: 'little is canceled at once, much is asked about first' },
  },
  {
    file: 'src-renderer/features/uploads/copy-links.ts',
    find: 'const reach = reachSentence(ids.flatMap((id) => byId.get(id) ?? []));',
    replace: 'const reach = reachSentence([]);',
    breaks: 'the toast hides that the copied link opens only on this computer',
    caughtBy: { unit: 'a link that opens only on this computer is not told as one that everybody can open' },
  },
  {
    file: 'src-renderer/features/uploads/run-group-action.ts',
    find: `case 'unpublish':
      hoist.screen.setState({ confirmation: { kind: 'unpublish', ids, ...subject } });
      return;`,
    replace: "case 'unpublish': void withErrorToast(hoist, hoist.bridge.uploads.unpublish({ ids })); return;",
    breaks: 'a folder is deleted from the store without a question',
    caughtBy: { unit: 'deleting several asks first and names what and where' },
  },
  {
    file: 'src-renderer/features/setup/form-draft.ts',
    find: `const plainValues = provider.fields
    .filter((field) => !holdsSecret(field))
    .map(({ key }) => [key, draft.values[key] ?? ''] as const);`,
    replace: "const plainValues = provider.fields.map(({ key }) => [key, draft.values[key] ?? ''] as const);",
    breaks: 'a setup that is closed leaves its keys behind in the records',
    caughtBy: { unit: 'a setup that is closed is kept without its keys' },
  },
  {
    file: 'src-renderer/features/settings/PracticeSection.tsx',
    find: "setStep({ is: 'confirming' })",
    replace: '{ void empty(); }',
    breaks: 'Practice is emptied at one click, without a question',
    caughtBy: { e2e: 'Empty asks with the number of files' },
  },
  {
    file: 'src-renderer/features/uploads/row-actions.ts',
    find: "const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove', 'send-anyway'];",
    replace: "const notByEnter: readonly (RowAction | undefined)[] = ['pause', 'cancel', 'remove'];",
    breaks: 'Enter on a failed row sends the file to the destination that was withheld',
    caughtBy: { unit: 'what was withheld is sent by its own button and by no key' },
  },
  {
    file: 'src-renderer/features/setup/FormFields.tsx',
    find: 'if (mustOpen && !isOpen) setOpen(true);',
    replace: 'if (mustOpen !== isOpen) setOpen(mustOpen);',
    breaks: 'a field under More options goes away as soon as what was wrong with it is changed',
    caughtBy: { e2e: 'a wrong region, permission or certificate' },
  },
  {
    file: 'src-renderer/stores/folders.ts',
    find: 'if (before) addToCounts(draft, before, beforeFraction, -1);',
    replace: "if (before && before.status !== 'failed') addToCounts(draft, before, beforeFraction, -1);",
    breaks: 'a file of a folder that is tried again is counted as failed for ever',
    caughtBy: { unit: 'the lists are the same however the records came' },
  },
  {
    file: 'src-renderer/stores/progress.ts',
    find: "if (upload.status === 'paused' && !upload.resumable) return true;",
    replace: "if (upload.status === 'paused') return true;",
    breaks: 'the bar of a paused upload falls back to its start although the store keeps the parts',
    caughtBy: { unit: 'a paused bar stays where it was while its parts are kept' },
  },
  {
    file: 'src-renderer/features/uploads/group-actions.ts',
    find: "pause: (upload) => menuActions(upload).includes('pause'),",
    replace: "pause: ({ status }) => status === 'queued' || status === 'uploading' || status === 'waiting',",
    breaks: 'Pause all also pauses what the command line runs and what is read from a pipe',
    caughtBy: { unit: 'pausing all leaves alone what is being checked' },
  },
  {
    file: 'src-renderer/stores/progress.ts',
    find: "if (isIndeterminate(upload, before, displayed)) return 'indeterminate';",
    replace: "if (isIndeterminate(upload, before, displayed) && upload.size === 0) return 'indeterminate';",
    breaks: 'what comes through a pipe is shown as nearly finished all the time',
    caughtBy: { unit: 'a pipe that the command line reads has no share until it ends' },
  },
  {
    file: 'src-renderer/features/history/link-state.ts',
    find: "return profileId === practiceId && verification !== 'unreachable' ? 'this-computer' : verification;",
    replace: 'return profileId === practiceId ? verification : verification;',
    breaks: 'a file on its way to Practice looks like any other, as if everybody could open its link',
    caughtBy: { unit: 'a row of Practice says that its link opens only here, from the first moment on' },
  },
  {
    file: 'src-renderer/features/drop/naming.ts',
    find: 'files.map((file) => (file.files !== undefined || nameOf(file).trim() === file.name ? null : nameOf(file).trim()));',
    replace: 'files.map((file) => (nameOf(file).trim() === file.name ? null : nameOf(file).trim()));',
    breaks: 'a folder that is sent with renamed files gets one of their names',
    caughtBy: { unit: 'only what was renamed has a new name, and a folder never has' },
  },
  {
    file: 'src-renderer/features/setup/profile-state.ts',
    find: `const chain = [
    currentProfile(state),
    ...(state.fallback.on ? state.fallback.order.map((id) => findProfile(state, id)) : []),
  ];`,
    replace: 'const chain = [currentProfile(state), ...state.fallback.order.map((id) => findProfile(state, id))];',
    breaks: 'the window warns of a destination that no file goes to',
    caughtBy: { unit: 'the warning is about where files would go' },
  },
  {
    file: 'src-renderer/features/setup/check-text.ts',
    find: 'if (key !== undefined) return fields.find((field) => field.key === key);',
    replace: 'if (key !== undefined) return fields.find(({ required }) => required);',
    breaks: 'the button of a failed trial leads to the first field instead of the one that is wrong',
    caughtBy: { e2e: 'with one wrong value at a time' },
  },
];
