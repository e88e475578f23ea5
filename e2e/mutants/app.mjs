/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/app/copy-links.ts',
    find: `const ready = uploads.filter(
  (u): u is UploadIn<'done'> =>
    u.status === 'done' && u.verification !== 'unreachable' && u.verification !== 'private',
);`,
    replace:
      "const ready = uploads.filter((u): u is UploadIn<'done'> => u.status === 'done' && u.verification !== 'private');",
    breaks: 'a link that was not seen to work is copied',
    caughtBy: { unit: 'a link that was not seen to work is not copied' },
  },
  {
    file: 'src-main/app/electron-secret-box.ts',
    find: `available: async () => {
      await windowShown;
      return isSecure() && safeStorage.isEncryptionAvailable();
    },`,
    replace: 'available: async () => { return isSecure() && safeStorage.isEncryptionAvailable(); },',
    breaks: 'the key store is asked for a password before there is a window',
    caughtBy: { unit: 'is not asked before the user can see who asks' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: "if (before !== undefined && now !== before && now !== this.#lastWritten) return result('unchanged');",
    replace: '',
    breaks: 'links replace what the user copied meanwhile',
    caughtBy: { unit: 'what the user copied meanwhile stays' },
  },
  {
    file: 'src-main/app/page.ts',
    find: '"default-src \'none\'", "script-src \'self\'", "style-src \'self\'", "img-src \'self\' data:", "font-src \'self\'", "connect-src \'none\'",',
    replace:
      "\"default-src 'none'\", \"script-src 'self' 'unsafe-inline'\", \"style-src 'self'\", \"img-src 'self' data:\", \"font-src 'self'\", \"connect-src 'none'\",",
    breaks: 'the page may run inline script',
    caughtBy: { e2e: 'its files are a fixed list' },
  },
  {
    file: 'src-main/app/quit.ts',
    find: 'if (count > 0) {',
    replace: 'if (count > 1000) {',
    breaks: 'closing the window drops the uploads without a question',
    caughtBy: { e2e: 'closing while an upload runs asks' },
  },
  {
    file: 'src-main/ipc/intake.ts',
    find: 'for (const file of group) declined.add(file);',
    replace: '',
    breaks: 'a private key is sent without a question',
    caughtBy: { e2e: 'a file from a place that holds keys is asked about' },
  },
  {
    file: 'src-main/app/copy-links.ts',
    find: "if (uploads.length > maxAutoCopiedLinks || uploads.some((u) => u.folder)) return result('many');",
    replace: '',
    breaks: 'the links of a whole folder replace what is on the clipboard',
    caughtBy: { unit: 'a folder, or more than 50 files' },
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
    breaks: 'a message of a foreign frame is obeyed',
    caughtBy: { e2e: 'a message from any other frame or window is refused' },
  },
  {
    file: 'src-main/ipc/change-feed.ts',
    find: 'const progressMs = 100;',
    replace: 'const progressMs = 1;',
    breaks: 'every tick of progress is a message',
    caughtBy: { unit: 'a thousand progress ticks in a second are about ten messages' },
  },
  {
    file: 'src-main/ipc/file-tokens.ts',
    find: 'for (const token of tokens) this.#tokens.delete(token);',
    replace: '',
    breaks: 'a token opens its file again and again',
    caughtBy: { unit: 'stands for its file once' },
  },
  {
    file: 'src-main/ipc/serve.ts',
    find: `if (parsed.issues) return { ok: false, error: { code: 'invalid-input' } };
return { ok: true, value: await handler(parsed.value, sender) };`,
    replace: 'return { ok: true, value: await handler(input, sender) };',
    breaks: 'what the page sends is not parsed',
    caughtBy: { unit: 'uploads.enqueue refuses' },
  },
  {
    file: 'src-main/app/main.ts',
    find: 'if (!app.requestSingleInstanceLock()) {',
    replace: 'if (app.isReady() && !app.requestSingleInstanceLock()) {',
    breaks: 'each start opens a window of its own',
    caughtBy: { e2e: 'several windows started at once' },
  },
  {
    file: 'src-main/app/hoist-app.ts',
    find: `orphansAdopted: (uploads) => {
        for (const { batchId } of uploads) this.#copyLinks.ignoreBatch(batchId);
      },`,
    replace: '',
    breaks: 'the link of what a killed command line left replaces what is on the clipboard',
    caughtBy: { e2e: 'and its clipboard stays the user’s' },
  },
  {
    file: 'src-main/app/code-prompts.ts',
    find: 'const prompt: CodePrompt = { id: randomUUID(), device, destination, ...(refused && { refused }) };',
    replace: 'const prompt: CodePrompt = { id: randomUUID(), device, destination };',
    breaks: 'the window asks for a code again as if the first had not been refused',
    caughtBy: { e2e: 'a role that wants a code' },
  },
];
