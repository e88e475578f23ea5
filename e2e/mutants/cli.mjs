/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/cli/output-writer.ts',
    find: 'this.#outcomes[position] = { typed, view };',
    replace: `this.#outcomes[position] = undefined;
this.#outcomes[this.#next] ??= { typed, view };`,
    breaks: 'links come out in the order in which uploads end, not in which files were named',
    caughtBy: { unit: 'prints links in the order of the files' },
  },
  {
    file: 'src-main/cli/format.ts',
    find: 'export const printable = (name: string): string => name.replace(/[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]/gu, (c) => `\\\\u{${c.codePointAt(0)?.toString(16)}}`);',
    replace:
      'export const printable = (name: string): string => name.replace(/[\\p{Zl}\\p{Zp}]/gu, (c) => `\\\\u{${c.codePointAt(0)?.toString(16)}}`);',
    breaks: 'a file name can forge a line of the history',
    caughtBy: { unit: 'a name cannot forge another line' },
  },
  {
    file: 'src-main/cli/upload.ts',
    find: "if (first === practiceId) terminal.message(text('cli.practice.note', { count }));",
    replace: "if (first === practiceId) void terminal.result(text('cli.practice.note', { count }));",
    breaks: 'a notice goes to standard output, where a script takes it for a link',
    caughtBy: { unit: 'without anything set up uses Practice' },
  },
  {
    file: 'src-main/cli/output-writer.ts',
    find: "if (!('view' in one) || one.view.status !== 'done') this.#failed++;",
    replace: "if ('view' in one && one.view.status !== 'done') this.#failed++;",
    breaks: 'a file that was refused before it was sent does not make the exit code 1',
    caughtBy: { unit: 'takes every file of a folder' },
  },
  {
    file: 'src-main/cli/setup/add.ts',
    find: 'if (options.test !== false && !(await testBeforeSaving(context, core, draft, options))) return exitCodes.failed;',
    replace: 'if (options.test !== false) await testBeforeSaving(context, core, draft, options);',
    breaks: 'a destination whose trial failed is saved all the same',
    caughtBy: { unit: 'saves nothing that fails its trial' },
  },
  {
    file: 'src-main/cli/setup/field-options.ts',
    find: 'const field = fields.find((one) => holdsSecret(one) && typed[commanderKey(one.key)] !== undefined);',
    replace: 'const field = fields.find((one) => holdsSecret(one) && typed[one.key.toUpperCase()] !== undefined);',
    breaks: 'a secret typed as an argument is taken instead of refused',
    caughtBy: { unit: 'refuses a secret on the command line' },
  },
  {
    file: 'src-main/cli/prompt.ts',
    find: "return await answer(silent, '');",
    replace: "return await answer(stderr, '');",
    breaks: 'a secret is shown while it is typed at a terminal',
    caughtBy: { e2e: 'at a terminal it asks for missing values' },
  },
  {
    file: 'src-main/cli/upload-monitor.ts',
    find: `if ('stream' in upload.source) core.engine.cancel(upload.id);
else core.engine.pause(upload.id);`,
    replace: 'core.engine.cancel(upload.id);',
    breaks: 'what was stopped by Ctrl+C is given up at the store',
    caughtBy: { unit: 'what is stopped is kept at the store, and resume goes on' },
  },
  {
    file: 'src-main/cli/resume.ts',
    find: "await Promise.all(resumable.filter(({ status }) => status === 'failed')",
    replace: "void Promise.all(resumable.filter(({ status }) => status === 'failed')",
    breaks: 'resume --failed tells what failed as failed before it has tried',
    caughtBy: { unit: 'tries again what failed half-way, and tells how that ended' },
  },
  {
    file: 'src-main/cli/input-files.ts',
    find: '...unreadable.map(({ relativePath: below, error }) => ({ typed: path.join(typed, below), refused: error })),',
    replace: '',
    breaks: 'a file in a folder that cannot be read is left out, and the command says that all is done',
    caughtBy: { unit: 'each file call of a batch fails once' },
  },
  {
    file: 'src-main/cli/resume.ts',
    find: '...uploads.orphans(),',
    replace: '...uploads.unfinished(),',
    breaks: 'hoist resume waits for what other commands are at work on, and prints their links too',
    caughtBy: { e2e: 'no process takes the uploads of a running one' },
  },
];
