/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/platform/walk-folder.ts',
    find: "if (entry.isFile()) return 'file';",
    replace: "if (entry.isFile() || entry.isSymbolicLink()) return 'file';",
    breaks: 'a symbolic link inside a folder is followed',
    caughtBy: { unit: 'skips links, link cycles and special files, and counts them by type' },
  },
  {
    file: 'src-main/platform/walk-folder.ts',
    find: "return entry.isSymbolicLink() ? 'links' : 'special';",
    replace: "return 'links';",
    breaks: 'a pipe in a folder is reported as a link',
    caughtBy: { unit: 'skips links, link cycles and special files, and counts them by type' },
  },
  {
    file: 'src-main/platform/walk-folder.ts',
    find: 'listener.unreadable(prefix.slice(0, -1), cause);',
    replace: '',
    breaks: 'the files of an unreadable subfolder are missing without a report',
    caughtBy: { unit: 'reports a path that is longer than the system allows' },
  },
  {
    file: 'src-main/platform/chromium-key-store.ts',
    find: "return locked?.endsWith('boolean false') ?? false;",
    replace: 'return locked !== undefined;',
    breaks: 'a command over ssh waits for a password prompt on the screen',
    caughtBy: { unit: 'never selects a store that would ask for a password' },
  },
  {
    file: 'src-main/platform/find-encoded.ts',
    find: 'return [0, 1, 2].map((before) => {',
    replace: 'return [0].map((before) => {',
    breaks: 'the log contains a secret in base64',
    caughtBy: { unit: 'in any of its encodings' },
  },
  {
    file: 'src-main/platform/describe-cause.ts',
    find: 'const sanitize = (text: string) => truncate(options.clean(text));',
    replace: 'const sanitize = (text: string) => options.clean(truncate(text));',
    breaks: 'a log text is truncated before secrets are removed',
    caughtBy: { unit: 'truncates a long message only after redacting it' },
  },
  {
    file: 'src-main/platform/sensitive-paths.ts',
    find: `const isInside = (folder: string) => {
    const location = normalize(folder).replace(/\\/$/u, '');
    return location !== '' && (path === location || path.startsWith(\`\${location}/\`));
  };`,
    replace:
      "const isInside = (folder: string) => { const location = normalize(folder).replace(/\\/$/u, ''); return location !== '' && (path === location || path.startsWith(location)); };",
    breaks: 'a path that merely begins with the text of a sensitive path counts as sensitive',
    caughtBy: { unit: 'on Linux, /home/ann/.sshx/config' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: `const pathStat = await statIfExists(this.#path);
    if (pathStat && !sameFingerprint(fingerprintOf(pathStat), fingerprint)) throw failure('source-changed');`,
    replace: '',
    breaks: 'a file that was replaced by another with the same name is not detected',
    caughtBy: { unit: 'while it is open gives the expected result: replaced by another' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: "if (bytesRead === 0) throw failure('source-changed');",
    replace: '',
    breaks: 'reading a file that became shorter ends without an error',
    caughtBy: { unit: 'reports a file that became shorter as changed' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: "if (process.platform === 'linux' && pseudoFileSystems.has((await statfs(path)).type >>> 0)) throw failure('source-not-a-file');",
    replace:
      "if (process.platform === 'linux' && pseudoFileSystems.has(~(await statfs(path)).type >>> 0)) throw failure('source-not-a-file');",
    breaks: 'pseudo files of the system are accepted as files',
    caughtBy: { unit: 'a pseudo file with the size of a page' },
  },
  {
    file: 'src-main/platform/file-errors.ts',
    find: "EMFILE: unreadable('many'), ENFILE: unreadable('many'), ENOMEM: unreadable('memory'),",
    replace: "EMFILE: { code: 'bug' }, ENFILE: unreadable('many'), ENOMEM: unreadable('memory'),",
    breaks: 'too many open files are reported as missing permissions',
    caughtBy: { unit: 'reports too many open files on this computer' },
  },
  {
    file: 'src-main/platform/process-start.ts',
    find: "if (state === 'Z' || state === 'X') return notRunning;",
    replace: '',
    breaks: 'a zombie process counts as running',
    caughtBy: { unit: 'reports that a zombie process is not running' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: 'return ctimeNs !== this.#changedNs;',
    replace: 'return ctimeNs < this.#changedNs;',
    breaks: 'a file that is rewritten and gets its old time back is stored with mixed content',
    caughtBy: { unit: 'a file whose bytes change while its time is restored' },
  },
  {
    file: 'src-main/platform/composed-path.ts',
    find: 'return composed === undefined || composed === original;',
    replace: 'return true;',
    breaks: 'two files of a folder whose names differ only in their composition get the same key',
    caughtBy: { unit: 'stay decomposed beside a file or a folder with the composed name' },
  },
  {
    file: 'src-main/platform/decode-text.ts',
    find: "if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';",
    replace: "if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-8';",
    breaks: 'a settings file of PowerShell is unreadable',
    caughtBy: { unit: 'reads short and empty files' },
  },
  {
    file: 'src-main/platform/source-file.ts',
    find: 'return candidates.length > count ? path : (candidates[index] ?? path);',
    replace: 'return candidates[index] ?? path;',
    breaks: 'one of two files whose names have the same text is sent, perhaps the wrong one',
    caughtBy: { unit: 'two files with the same text are told apart, or refused if only one is named' },
  },
  {
    file: 'src-main/platform/content-type.ts',
    find: 'if (isText) return textType;',
    replace: '',
    breaks: 'TypeScript files are served as videos',
    caughtBy: { unit: 'opens as text' },
  },
];
