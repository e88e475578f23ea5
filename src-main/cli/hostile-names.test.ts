/** File names that broke other programs stay unchanged in the history, its search and the output of commands. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { toUploadView, type Upload } from '../../src-shared/upload.ts';
import { hostileNames } from '../providers/testing/hostile-names.ts';
import { openStore, type Store } from '../store/open.ts';
import { done, failed } from '../store/testing/sample-uploads.ts';
import { currentProcess } from '../store/testing/open-test-store.ts';
import { historyCommand } from './history.ts';
import { OutputWriter } from './output-writer.ts';
import type { Terminal } from './terminal.ts';
import { openTerminal } from './terminal.ts';
import type { CliContext } from './cli-context.ts';

const names = hostileNames.map((name, i) => ({
  name,
  id: `u${i}`,
  url: `https://files.example/${i}/${encodeURIComponent(Buffer.from(name).toString())}`,
}));
const view = (upload: Upload) => toUploadView(upload, () => 'Work');
const controlCharacters = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

let folder = '';
let store: Store;
let renderings = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hoist-names-'));
  const writer = await openStore({ folder, owner: currentProcess, now: Date.now });
  writer.uploads.insert(names.map(({ name, id, url }) => done(id, { name }, url)));
  writer.close();
  // Reopen the store, so that the names are read from the disk.
  store = await openStore({ folder, owner: currentProcess, now: Date.now });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Records each line that is written to the terminal. */
class FakeTerminal implements Terminal {
  readonly results: string[] = [];
  readonly messages: string[] = [];
  readonly hasLostResults = false;
  async result(line: string): Promise<void> {
    this.results.push(line);
  }
  message(line: string): void {
    this.messages.push(line);
  }
  progress(): void {
    /* not recorded */
  }
  close(): void {
    /* nothing to close */
  }
}

const contextWith = (terminal: Terminal): CliContext =>
  ({
    terminal,
    open: async () => ({
      uploadViews: {
        history: (query: Parameters<Store['uploads']['query']>[0]) => {
          const page = store.uploads.query(query);
          return { uploads: page.uploads.map(view), next: page.next };
        },
      },
      close: async () => undefined,
    }),
  }) as unknown as CliContext;

describe.each(names)('$name', ({ name, id, url }) => {
  test('is unchanged in a row of the history', () => {
    const stored = store.uploads.get(id)!;
    expect(view(stored)).toMatchObject({ name, link: { url }, status: 'done' });
    renderings++;
  });

  test('is found by a case-insensitive search', () => {
    for (const text of [name, name.toUpperCase()]) {
      const found = store.uploads.query({ text, limit: 200 }).uploads;
      expect(found.map((upload) => upload.id)).toContain(id);
      renderings++;
    }
  });

  test('is unchanged in the JSON of an upload, on one line', async () => {
    const terminal = new FakeTerminal();
    const writer = new OutputWriter(terminal, [{ typed: name } as never, { typed: name } as never], 'json');
    const report = { failed: [], withheld: [] };
    writer.onEnded(0, name, view(store.uploads.get(id)!), report);
    writer.onEnded(1, name, view({ ...failed(id), name }), report);
    await writer.flushed();
    expect(terminal.results).toHaveLength(2);
    for (const line of terminal.results) {
      expect(line).not.toMatch(/[\n\r]/u);
      expect(JSON.parse(line)).toMatchObject({ file: name, name });
      renderings++;
    }
    // A message for the user contains no character that moves the cursor or reverses the text direction.
    expect(terminal.messages).toHaveLength(1);
    expect(terminal.messages[0]).not.toMatch(controlCharacters);
    renderings++;
  });

  test('takes one line in the output of hoist history, as text and as JSON', async () => {
    for (const json of [false, true]) {
      const terminal = new FakeTerminal();
      await historyCommand(contextWith(terminal), [name], { limit: 200, json });
      // The URL as JSON writes it, without the quotes.
      const line = terminal.results.find((result) => result.includes(JSON.stringify(url).slice(1, -1)))!;
      if (json) {
        expect(JSON.parse(line)).toMatchObject({ id, name, url });
      } else {
        expect(line.split('\t')).toHaveLength(4);
        expect(line.split('\t').join('')).not.toMatch(controlCharacters);
      }
      renderings++;
    }
  });

  test('is written to a stream as one line of valid UTF-8', async () => {
    const stdout = new PassThrough();
    const terminal = openTerminal(stdout, new PassThrough());
    await historyCommand(contextWith(terminal), [name], { limit: 200, json: true });
    stdout.end();
    const bytes = Buffer.concat((await stdout.toArray()) as Buffer[]);
    const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toContain(name);
    renderings++;
  });
});

test('at least 210 renderings were checked', () => {
  expect(renderings).toBeGreaterThanOrEqual(210);
});
