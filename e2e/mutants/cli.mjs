/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/cli/input-files.ts',
    find: '...unreadable.map(({ relativePath, error }) => ({ typed: path.join(typed, relativePath), refused: error })),',
    replace: '',
    breaks: 'a folder with an unreadable file is reported as a success',
    caughtBy: { unit: 'an unreadable file and an unreadable subfolder of a folder are refused' },
  },
  {
    file: 'src-main/cli/output-writer.ts',
    find: 'this.#outcomes[position] = { typed, view };',
    replace: `this.#outcomes[position] = undefined;
this.#outcomes[this.#next] ??= { typed, view };`,
    breaks: 'links are printed in the order in which the uploads end instead of the order of the files',
    caughtBy: { unit: 'prints links in the order of the files' },
  },
  {
    file: 'src-main/cli/format.ts',
    find: 'export const printable = (name: string): string => name.replace(/[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]/gu, (c) => `\\\\u{${c.codePointAt(0)?.toString(16)}}`);',
    replace:
      'export const printable = (name: string): string => name.replace(/[\\p{Zl}\\p{Zp}]/gu, (c) => `\\\\u{${c.codePointAt(0)?.toString(16)}}`);',
    breaks: 'a file name can forge a line of the history',
    caughtBy: { unit: 'a file name cannot forge another line' },
  },
  {
    file: 'src-main/cli/upload.ts',
    find: "if (first === practiceId) terminal.message(text('cli.practice.note', { count }));",
    replace: "if (first === practiceId) void terminal.result(text('cli.practice.note', { count }));",
    breaks: 'a notice goes to standard output, where a script reads it as a link',
    caughtBy: { unit: 'uses Practice when nothing is set up' },
  },
  {
    file: 'src-main/cli/output-writer.ts',
    find: "if (!('view' in outcome) || outcome.view.status !== 'done') this.#failed++;",
    replace: "if ('view' in outcome && outcome.view.status !== 'done') this.#failed++;",
    breaks: 'a file that is refused before its upload starts does not set exit code 1',
    caughtBy: { unit: 'uploads every file of a folder' },
  },
  {
    file: 'src-main/cli/setup/add.ts',
    find: 'if (options.test !== false && !(await testBeforeSaving(context, core, draft, options))) return exitCodes.failed;',
    replace: 'if (options.test !== false) await testBeforeSaving(context, core, draft, options);',
    breaks: 'a destination is saved although its test failed',
    caughtBy: { unit: 'does not save a destination that fails its test' },
  },
  {
    file: 'src-main/cli/setup/field-options.ts',
    find: 'fields.find((candidate) => holdsSecret(candidate) && typed[commanderKey(candidate.key)] !== undefined);',
    replace: 'fields.find((candidate) => holdsSecret(candidate) && typed[candidate.key.toUpperCase()] !== undefined);',
    breaks: 'a secret in a command-line argument is accepted',
    caughtBy: { unit: 'refuses a secret as an argument' },
  },
  {
    file: 'src-main/cli/prompt.ts',
    find: "return await answer(silent, '');",
    replace: "return await answer(stderr, '');",
    breaks: 'a secret is shown while the user types it at a terminal',
    caughtBy: { e2e: 'at a terminal it asks for missing values' },
  },
  {
    file: 'src-main/cli/upload-monitor.ts',
    find: `if ('stream' in upload.source) core.engine.cancel(upload.id);
else core.engine.pause(upload.id);`,
    replace: 'core.engine.cancel(upload.id);',
    breaks: 'Ctrl+C cancels uploads, so their uploaded parts are deleted',
    caughtBy: { unit: 'keeps uploaded parts when interrupted' },
  },
  {
    file: 'src-main/cli/resume.ts',
    find: "await Promise.all(resumable.filter(({ status }) => status === 'failed').map(({ id }) => core.engine.retry(id)));",
    replace: `setTimeout(() => {
      for (const { id, status } of resumable) if (status === 'failed') void core.engine.retry(id).catch(() => undefined);
    }, 50);`,
    breaks: 'resume --failed reports a failed upload as failed before it retries it',
    caughtBy: { unit: 'retries a partly uploaded file and reports the new outcome' },
  },
  {
    file: 'src-main/cli/input-files.ts',
    find: '...unreadable.map(({ relativePath, error }) => ({ typed: path.join(typed, relativePath), refused: error })),',
    replace: '',
    breaks: 'an unreadable file in a folder is left out, and the command exits with 0',
    caughtBy: { unit: 'each failing file call of a batch loses no file' },
  },
  {
    file: 'src-main/cli/resume.ts',
    find: '...uploads.orphans(),',
    replace: '...uploads.unfinished(),',
    breaks: 'hoist resume waits for uploads of other running commands, and prints their links too',
    caughtBy: { e2e: 'no process takes over uploads of a running process' },
  },
  {
    file: 'src-main/cli/terminal.ts',
    find: 'createLogUpdate(stderr as NodeJS.WriteStream, { showCursor: true })',
    replace: 'createLogUpdate(stderr as NodeJS.WriteStream)',
    breaks: 'Ctrl+C at a terminal kills the command, so an open window finishes the upload',
    caughtBy: { e2e: 'Ctrl+C at a terminal pauses the upload' },
  },
  {
    file: 'src-main/cli/main.ts',
    find: "app.commandLine.appendSwitch('in-process-gpu');",
    replace: '',
    breaks: 'a signal to the process group crashes the command',
    caughtBy: { e2e: 'to the process group pauses the upload' },
  },
  {
    file: 'src-main/cli/stop-requests.ts',
    find: 'if (now - this.#firstAt >= sameRequestMs) this.#ports.exit();',
    replace: 'if (this.#stop.signal.aborted) this.#ports.exit();',
    breaks: 'a signal that arrives from the process group and from the launcher ends the command before it has paused',
    caughtBy: { unit: 'can deliver the same request without ending the process' },
  },
  {
    file: 'src-main/cli/program.ts',
    find: 'return code === exitCodes.done && context.terminal.hasLostResults ? exitCodes.failed : code;',
    replace: 'return code;',
    breaks: 'a command whose links could not be written exits with 0',
    caughtBy: { e2e: 'standard output on a full disk' },
  },
  {
    file: 'src-main/cli/standard-output.ts',
    find: 'if (cause || bytesWritten === chunk.length) done(cause);',
    replace: 'if (cause || bytesWritten > 0) done(cause);',
    breaks: 'a link is cut on an almost full disk, without an error',
    caughtBy: { unit: 'a line that was written only in part is repeated completely' },
  },
];
