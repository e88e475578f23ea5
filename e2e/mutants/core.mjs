/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/core/orphan-adopter.ts',
    find: 'intervals.every(orphanPollMs, () => this.#adoptNew());',
    replace: '',
    breaks: 'an open window does not continue the uploads of a killed command line',
    caughtBy: { unit: 'continues the uploads of a process that is killed while the window runs' },
  },
  {
    file: 'src-main/core.ts',
    find: 'if (editedId !== undefined) engine.onProfileChanged(editedId);',
    replace: '',
    breaks: 'uploads that wait for a valid key do not resume when the user fixes the key',
    caughtBy: { unit: 'after a refused key the other files wait without a request each' },
  },
  {
    file: 'src-main/core.ts',
    find: 'intervals.every(externalPollMs, () => uploadChanges.poll());',
    replace: '',
    breaks: 'a window does not show uploads of the command line',
    caughtBy: { unit: 'each process shows the uploads of the other process within a second' },
  },
  {
    file: 'src-main/core/practice-keeper.ts',
    find: 'this.#ports.intervals.every(standbyPollMs, ensureRunning);',
    replace: '',
    breaks: 'links of Practice stop working when the process that runs it ends, although another Hoist runs',
    caughtBy: { unit: 'the other process takes over and old links open' },
  },
  {
    file: 'src-main/core.ts',
    find: "if (what === 'status') outcomes.record(upload);",
    replace: '',
    breaks: 'a destination that refuses its key still counts as ready',
    caughtBy: { unit: 'the status of a destination follows the errors of its uploads' },
  },
  {
    file: 'src-main/core.ts',
    find: 'registerSecret: (secret) => log.registerSecret(secret),',
    replace: 'registerSecret: () => undefined,',
    breaks: 'the log does not know which values are secrets',
    caughtBy: { e2e: 'keys and passwords stay in the main process' },
  },
  {
    file: 'src-main/core/upload-views.ts',
    find: 'const view: UploadView = plain.error && profileViews.signsIn(plain.profileId) ? { ...plain, signsIn: true } : plain;',
    replace: 'const view: UploadView = plain;',
    breaks: 'the row of an upload that waits for a sign-in asks for a key',
    caughtBy: { e2e: 'Dropbox from the wizard' },
  },
  {
    file: 'src-main/core/orphan-adopter.ts',
    find: 'engine.adoptOrphans({ only: isAdoptable });',
    replace: 'engine.adoptOrphans();',
    breaks: 'a window that starts takes over uploads that a shell paused or sends with its own keys',
    caughtBy: { unit: 'the keys of a shell unchanged when the window starts' },
  },
  {
    file: 'src-main/core/orphan-adopter.ts',
    find: `const isAdoptable = (upload: Upload): boolean =>
  upload.status !== 'paused' && !upload.chain.some(({ profileId }) => isEnvironmentId(profileId));`,
    replace:
      'const isAdoptable = (upload: Upload): boolean => !upload.chain.some(({ profileId }) => isEnvironmentId(profileId));',
    breaks: 'a window takes over an upload that was paused in a shell, and the shell cannot resume it',
    caughtBy: { e2e: 'for the shell, also while a window runs' },
  },
  {
    file: 'src-main/core/practice-values.ts',
    find: "return isFull ? failure('disk-full', {}, cause) : failure('unavailable', { params: { host: text('destination.practice') } }, cause);",
    replace: "return isFull ? failure('disk-full', {}, cause) : failure('bug', {}, cause);",
    breaks: 'a disk error while Practice starts is reported as a bug of Hoist, and the upload is not retried',
    caughtBy: { unit: 'each failing file call of a batch loses no file' },
  },
  {
    file: 'src-main/ipc/enqueue-from-window.ts',
    find: 'chains.setNextLinkOverride(undefined);',
    replace: '',
    breaks: 'the link choice for the next files counts for all later files',
    caughtBy: { unit: 'keeps the link choice for the next files until files are accepted' },
  },
];
