/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/platform/accept-folder.ts',
    find: "if (entry.isFile()) walk.paths.push(segments.join('/'));",
    replace: "if (entry.isFile() || entry.isSymbolicLink()) walk.paths.push(segments.join('/'));",
    breaks: 'a link inside a folder takes along what it points to',
    caughtBy: { unit: 'links inside are not followed' },
  },
  {
    file: 'src-main/platform/chromium-key-store.ts',
    find: "return locked?.endsWith('boolean false') ?? false;",
    replace: 'return locked !== undefined;',
    breaks: 'a command over ssh waits for a password to be typed at the screen',
    caughtBy: { unit: 'is never one that would ask for a password' },
  },
  {
    file: 'src-main/platform/find-encoded.ts',
    find: 'return [0, 1, 2].map((before) => {',
    replace: 'return [0].map((before) => {',
    breaks: 'a secret gets into the log in base64',
    caughtBy: { unit: 'in any of its spellings' },
  },
  {
    file: 'src-main/platform/describe-cause.ts',
    find: 'const sanitize = (text: string) => truncate(options.clean(text));',
    replace: 'const sanitize = (text: string) => options.clean(truncate(text));',
    breaks: 'what is logged is cut before secrets are taken out',
    caughtBy: { unit: 'is cut after it was cleaned' },
  },
  {
    file: 'src-main/platform/sensitive-paths.ts',
    find: `const isInside = (folder: string) => {
    const location = normalize(folder).replace(/\\/$/u, '');
    return location !== '' && (path === location || path.startsWith(\`\${location}/\`));
  };`,
    replace:
      "const isInside = (folder: string) => { const location = normalize(folder).replace(/\\/$/u, ''); return location !== '' && (path === location || path.startsWith(location)); };",
    breaks: 'a place whose name only begins like a sensitive one is taken for it',
    caughtBy: { unit: 'on Linux, /home/ann/.sshx/config' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: `const pathStat = await statIfExists(path);
    if (pathStat && !sameFingerprint(fingerprintOf(pathStat), fingerprint)) throw failure('source-changed');`,
    replace: '',
    breaks: 'a file that was replaced under its name is not noticed',
    caughtBy: { unit: 'while it is open: replaced by another' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: "if (bytesRead === 0) throw failure('source-changed');",
    replace: '',
    breaks: 'a file that became shorter ends early without an error',
    caughtBy: { unit: 'a file that became shorter is changed' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: "if (process.platform === 'linux' && pseudoFileSystems.has((await statfs(path)).type >>> 0)) throw failure('source-not-a-file');",
    replace:
      "if (process.platform === 'linux' && pseudoFileSystems.has(~(await statfs(path)).type >>> 0)) throw failure('source-not-a-file');",
    breaks: 'files that the system makes up are taken for files',
    caughtBy: { unit: 'made up by the system, of the size of a page' },
  },
  {
    file: 'src-main/platform/file-errors.ts',
    find: "EMFILE: unreadable('many'), ENFILE: unreadable('many'), ENOMEM: unreadable('memory'),",
    replace: "EMFILE: { code: 'bug' }, ENFILE: unreadable('many'), ENOMEM: unreadable('memory'),",
    breaks: 'too many open files are told as a mistake of Hoist',
    caughtBy: { unit: 'without a handle left the reason is this computer' },
  },
  {
    file: 'src-main/platform/process-start.ts',
    find: "if (state === 'Z' || state === 'X') return notRunning;",
    replace: '',
    breaks: 'a process that ended is taken for running until its parent asks',
    caughtBy: { unit: 'that its parent has not asked for' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: 'return ctimeNs !== this.#changedNs;',
    replace: 'return ctimeNs < this.#changedNs;',
    breaks: 'a file that was rewritten and got its time back is stored as a mix',
    caughtBy: { unit: 'when both parts of a file are rewritten and its time is restored' },
  },
];
