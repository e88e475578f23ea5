/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/core.ts',
    find: 'this.#setInterval(orphanPollMs, () => this.#adoptNewOrphans());',
    replace: '',
    breaks: 'what a killed command line leaves waits until the window is opened again',
    caughtBy: { unit: 'what a killed one leaves while the window runs' },
  },
  {
    file: 'src-main/core.ts',
    find: `if (changedId !== undefined) {
          this.engine.onProfileChanged(changedId);
          this.#rememberProfileDigest(changedId);
        }`,
    replace: 'if (changedId !== undefined) this.#rememberProfileDigest(changedId);',
    breaks: 'uploads that wait for a key go on waiting when the key is mended',
    caughtBy: { unit: 'a refused key holds up the files behind it' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.#setInterval(externalPollMs, () => this.#externalChanges.poll());',
    replace: '',
    breaks: 'a window does not show what the command line uploads',
    caughtBy: { unit: 'each shows the other’s uploads within a second' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.#setInterval(standbyPollMs, ensureRunning);',
    replace: '',
    breaks: 'links of Practice die with the process that served them, though another Hoist runs',
    caughtBy: { unit: 'the other takes over and old links answer' },
  },
  {
    file: 'src-main/core.ts',
    find: "if (what === 'status') this.#recordOutcome(upload);",
    replace: '',
    breaks: 'a key that uploads were refused with still counts as a good one',
    caughtBy: { unit: 'is learned from what its uploads run into' },
  },
  {
    file: 'src-main/core.ts',
    find: 'registerSecret: (secret) => log.registerSecret(secret),',
    replace: 'registerSecret: () => undefined,',
    breaks: 'the log is not told which values are secrets',
    caughtBy: { e2e: 'keys and passwords stay in main' },
  },
  {
    file: 'src-main/core.ts',
    find: 'const view: UploadView = plain.error && this.profiles.signsIn(plain.profileId) ? { ...plain, signsIn: true } : plain;',
    replace: 'const view: UploadView = plain;',
    breaks: 'a row that waits for a sign-in asks for a key that nobody has',
    caughtBy: { e2e: 'Dropbox from the wizard' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.engine.adoptOrphans({ only: isAdoptable });',
    replace: 'this.engine.adoptOrphans();',
    breaks: 'a window that starts takes away what a shell paused or sends with its own keys',
    caughtBy: { unit: 'a window that starts leaves alone what a shell paused' },
  },
  {
    file: 'src-main/core.ts',
    find: `const isAdoptable = (u: Upload): boolean =>
  u.status !== 'paused' && !u.chain.some(({ profileId }) => isEnvironmentId(profileId));`,
    replace:
      'const isAdoptable = (u: Upload): boolean => !u.chain.some(({ profileId }) => isEnvironmentId(profileId));',
    breaks: 'a window takes away what was stopped in a shell, and the shell cannot go on with it',
    caughtBy: { e2e: 'wait for the shell, also while a window runs' },
  },
  {
    file: 'src-main/core.ts',
    find: "return isFull ? failure('disk-full', {}, cause) : failure('unavailable', { params: { host: text('destination.practice') } }, cause);",
    replace: "return isFull ? failure('disk-full', {}, cause) : failure('bug', {}, cause);",
    breaks: 'a disk that fails while Practice starts is told as a mistake in Hoist, and is not tried again',
    caughtBy: { unit: 'each file call of a batch fails once' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.profiles.setNextLinkOverride(undefined);',
    replace: '',
    breaks: "a wish for the next files' links counts for all that follow",
    caughtBy: {
      unit: 'a wish for the links of the next files ends with files that were accepted, not with a try that failed',
    },
  },
];
