/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/app/main.ts',
    find: 'if (!isWindowOpen(dataFolder())) {',
    replace: 'if (Date.now() > 0) {',
    breaks: 'with a full disk, a second start reports an error instead of showing the open window',
    caughtBy: { e2e: 'a second start shows the open window' },
  },
  {
    file: 'src-main/preload/accept-files.ts',
    find: 'from += pathsPerMessage',
    replace: 'from += Infinity',
    breaks: 'files of a large drop are missing',
    caughtBy: { e2e: 'a drop of 10,500 files at once is accepted as a whole' },
  },
  {
    file: 'src-main/app/main.ts',
    find: 'checkFolder(dataFolder());',
    replace: '',
    breaks: 'the window crashes or does not appear if its folder cannot be created, without a message',
    caughtBy: { e2e: 'a file in place of the folder for settings: a dialog says so' },
  },
  {
    file: 'src-main/app/startup-failure.ts',
    find: 'if (cause instanceof AppFailure) {',
    replace: 'if (cause instanceof AppFailure && !(cause instanceof Error)) {',
    breaks: 'a full disk at the start is called an internal error',
    caughtBy: { e2e: 'a full disk at the start: a dialog says so' },
  },
  {
    file: 'src-main/app/main.ts',
    find: "if (hasLittleSharedMemory()) app.commandLine.appendSwitch('disable-dev-shm-usage');",
    replace: '',
    breaks: 'the window crashes in a container with a small /dev/shm',
    caughtBy: { e2e: 'no space in /dev/shm: the window starts' },
  },
  {
    file: 'src-main/app/main.ts',
    find: "process.chdir('/');",
    replace: '',
    breaks: 'a second start from a deleted folder does nothing',
    caughtBy: { e2e: 'a second start shows the open window' },
  },
  {
    file: 'src-main/app/stop-signals.ts',
    find: "app.commandLine.appendSwitch('disable-gpu-process-crash-limit');",
    replace: '',
    breaks: 'the end of a desktop session crashes the window',
    caughtBy: { e2e: 'to the process group quits without a question' },
  },
  {
    file: 'src-main/app/main.ts',
    find: 'quitOnSignals(() => hoist.quitNow());',
    replace: '',
    breaks: 'a signal opens a question and does not end the window',
    caughtBy: { e2e: 'to the process group quits without a question' },
  },
  {
    file: 'src-main/app/quit-detail.ts',
    find: 'const resumable = sum(resumableBytes);',
    replace: "const resumable = sum((upload) => ('sent' in upload ? upload.sent : resumableBytes(upload)));",
    breaks: 'the quit prompt promises to keep bytes that are sent again',
    caughtBy: { unit: 'the quit prompt says how many of the uploaded bytes the destination keeps' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: `verification === 'unreachable' || verification === 'private';`,
    replace: `verification === 'private';`,
    breaks: 'a link that was not verified to work is copied',
    caughtBy: { unit: 'copies only verified links' },
  },
  {
    file: 'src-main/electron/electron-secret-box.ts',
    find: `available: async () => {
      await windowShown;
      return isSecure() && safeStorage.isEncryptionAvailable();
    },`,
    replace: 'available: async () => { return isSecure() && safeStorage.isEncryptionAvailable(); },',
    breaks: 'the key store asks for a password before the window is visible',
    caughtBy: { unit: 'is not used before the window is visible' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: "if (before !== undefined && current !== before && current !== this.#lastWritten) return result('unchanged');",
    replace: '',
    breaks: 'links replace text that the user copied meanwhile',
    caughtBy: { unit: 'does not replace text that the user copied after the upload started' },
  },
  {
    file: 'src-main/app/page.ts',
    find: '"default-src \'none\'", "script-src \'self\'", "style-src \'self\'", "img-src \'self\' data:", "font-src \'self\'", "connect-src \'none\'",',
    replace:
      "\"default-src 'none'\", \"script-src 'self' 'unsafe-inline'\", \"style-src 'self'\", \"img-src 'self' data:\", \"font-src 'self'\", \"connect-src 'none'\",",
    breaks: 'the page may run inline script',
    caughtBy: { e2e: 'app:// serves only a fixed list of files, and every response has the content security policy' },
  },
  {
    file: 'src-main/app/quit.ts',
    find: 'if (uploads.length > 0) {',
    replace: 'if (uploads.length > 1000) {',
    breaks: 'closing the window stops uploads without a confirmation',
    caughtBy: { e2e: 'closing while an upload runs asks' },
  },
  {
    file: 'src-main/ipc/intake.ts',
    find: '(isConfirmed ? confirmed : declined).add(file)',
    replace: 'confirmed.add(file)',
    breaks: 'a private key is uploaded without a confirmation',
    caughtBy: { e2e: 'asks before it uploads a file from a folder with keys' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: "if (uploads.length > maxAutoCopiedLinks || uploads.some(({ folder }) => folder)) return result('many');",
    replace: '',
    breaks: 'the links of a whole folder replace the clipboard content',
    caughtBy: { unit: 'does not copy the links of a folder or of more than 50 files' },
  },
  {
    file: 'src-main/app/lock-down.ts',
    find: `return (
  frame !== null &&
  contents !== undefined &&
  !contents.isDestroyed() &&
  frame === contents.mainFrame &&
  frame.origin === pageOrigin
);`,
    replace: 'return frame !== null && contents !== undefined && !contents.isDestroyed();',
    breaks: 'a message from another frame is accepted',
    caughtBy: { e2e: 'a message from any other frame or window is refused' },
  },
  {
    file: 'src-main/ipc/change-feed.ts',
    find: 'const progressMs = 100;',
    replace: 'const progressMs = 1;',
    breaks: 'each progress change is a separate message',
    caughtBy: { unit: 'combines a thousand progress changes in a second' },
  },
  {
    file: 'src-main/ipc/file-tokens.ts',
    find: 'for (const token of tokens) this.#tokens.delete(token);',
    replace: '',
    breaks: 'a token can be used more than once',
    caughtBy: { unit: 'can be exchanged once for its file' },
  },
  {
    file: 'src-main/ipc/serve.ts',
    find: `if (parsed.issues) return { ok: false, error: { code: 'invalid-input' } };
return { ok: true, value: await handler(parsed.value, sender) };`,
    replace: 'return { ok: true, value: await handler(input, sender) };',
    breaks: 'the input from the page is not parsed',
    caughtBy: { unit: 'uploads.enqueue refuses' },
  },
  {
    file: 'src-main/app/main.ts',
    find: 'if (!app.requestSingleInstanceLock()) {',
    replace: 'if (app.isReady() && !app.requestSingleInstanceLock()) {',
    breaks: 'each start opens a separate window',
    caughtBy: { e2e: 'several windows started at once' },
  },
  {
    file: 'src-main/app/hoist-app.ts',
    find: `orphansAdopted: (uploads) => {
        for (const { batchId } of uploads) this.#copyLinks.ignoreBatch(batchId);
      },`,
    replace: '',
    breaks: 'the link of an upload that the window takes over from a killed command replaces the clipboard content',
    caughtBy: { e2e: 'and leaves the clipboard alone' },
  },
  {
    file: 'src-main/app/code-prompts.ts',
    find: 'const prompt: CodePrompt = { id: randomUUID(), device, destination, ...(refused && { refused }) };',
    replace: 'const prompt: CodePrompt = { id: randomUUID(), device, destination };',
    breaks: 'the window asks for a second code without saying that the first was refused',
    caughtBy: { e2e: 'a role that needs a code' },
  },
  {
    file: 'src-main/electron/no-spell-checker.ts',
    find: 'created.setSpellCheckerLanguages([]);',
    replace: '',
    breaks: 'Chromium downloads a dictionary at each start',
    caughtBy: { e2e: 'the window contacts no host at start and while it is idle' },
  },
  {
    file: 'src-main/cli/main.ts',
    find: 'disableSpellChecker();',
    replace: '',
    breaks: 'a command with a PAC file downloads a dictionary',
    caughtBy: { e2e: 'a command contacts only the destination' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: 'const closedIds = isIgnored ? [] : stored.filter(isClosed).map(({ id }) => id);',
    replace: 'const closedIds = isIgnored ? [] : stored.filter(() => false).map(({ id }) => id);',
    breaks: 'a link that does not open is left off the clipboard without a message',
    caughtBy: { unit: 'copies only verified links' },
  },
  {
    file: 'src-main/ipc/intake.ts',
    find: '(needsQuestion && !(await this.#isAmountConfirmed(approved, profileId)))',
    replace: '!needsQuestion',
    breaks: 'thousands of files are uploaded without a question',
    caughtBy: { unit: 'asks once before it uploads more than 50 files or 1 GiB' },
  },
  {
    file: 'src-main/ipc/intake.ts',
    find: 'approved.some((file) => !confirmed.has(file))',
    replace: 'confirmed.size + declined.size === 0',
    breaks: 'a question about one file replaces the question about thousands of others',
    caughtBy: { unit: 'does not replace the question about the many other files' },
  },
  {
    file: 'src-main/platform/copied-files.ts',
    find: 'return paths.every((path) => path !== undefined) ? paths : [];',
    replace: 'return paths.filter((path) => path !== undefined);',
    breaks: 'pasted text that contains the address of a file uploads the file',
    caughtBy: { unit: 'finds no file in a file and text' },
  },
];
