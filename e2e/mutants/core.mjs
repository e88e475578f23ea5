/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/core.ts',
    find: 'this.#every(leftMs, () => this.#takeWhatIsLeft());',
    replace: '',
    breaks: 'what a killed command line leaves waits until the window is opened again',
    caughtBy: { unit: 'what a killed one leaves while the window runs' },
  },
  {
    file: 'src-main/core.ts',
    find: 'if (mended !== undefined) { this.engine.mended(mended); this.#noteProfile(mended); }',
    replace: 'if (mended !== undefined) this.#noteProfile(mended);',
    breaks: 'uploads that wait for a key go on waiting when the key is mended',
    caughtBy: { unit: 'a refused key holds up the files behind it' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.#every(othersMs, () => this.#others.look());',
    replace: '',
    breaks: 'a window does not show what the command line uploads',
    caughtBy: { unit: 'each shows the other’s uploads within a second' },
  },
  {
    file: 'src-main/core.ts',
    find: 'this.#every(heirMs, look);',
    replace: '',
    breaks: 'links of Practice die with the process that served them, though another Hoist runs',
    caughtBy: { unit: 'the other takes over and old links answer' },
  },
  {
    file: 'src-main/core.ts',
    find: "if (what === 'status') this.#learn(upload);",
    replace: '',
    breaks: 'a key that uploads were refused with still counts as a good one',
    caughtBy: { unit: 'is learned from what its uploads run into' },
  },
  {
    file: 'src-main/core.ts',
    find: 'register: (secret) => log.registerSecret(secret),',
    replace: 'register: () => undefined,',
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
    find: 'this.engine.takeOver({ only: isForWindow });',
    replace: 'this.engine.takeOver();',
    breaks: 'a window that starts takes away what a shell paused or sends with its own keys',
    caughtBy: { unit: 'a window that starts leaves alone what a shell paused' },
  },
  {
    file: 'src-main/core.ts',
    find: "const isForWindow = (u: Upload): boolean => u.status !== 'paused' && !u.chain.some(({ profileId }) => isEnvironmentId(profileId));",
    replace:
      'const isForWindow = (u: Upload): boolean => !u.chain.some(({ profileId }) => isEnvironmentId(profileId));',
    breaks: 'a window takes away what was stopped in a shell, and the shell cannot go on with it',
    caughtBy: { e2e: 'waits for the shell, also while a window runs' },
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
    find: 'this.profiles.wishNext(undefined);',
    replace: '',
    breaks: "a wish for the next files' links counts for all that follow",
    caughtBy: {
      unit: 'a wish for the links of the next files ends with files that were accepted, not with a try that failed',
    },
  },
];
