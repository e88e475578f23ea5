import { expect, test } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import type { Accepted } from '../../src-shared/ipc/contract.ts';
import type { Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { FileTokens } from './file-tokens.ts';
import { Intake } from './intake.ts';

function world(answers: { sensitive?: string[]; agree?: boolean } = {}) {
  const enqueued: string[][] = [];
  const sent: AcceptedFile[] = [];
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const intake = new Intake({
    tokens: new FileTokens(() => 0),
    nameOf: (p) => p.slice(1),
    acceptFile: async (path) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      if (path.includes('folder')) throw failure('source-is-folder');
      return {
        name: path.slice(1),
        size: 1,
        contentType: 't',
        source: { path, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
      };
    },
    acceptFolder: async (path) => ({
      name: path.slice(1),
      passedOver: path.includes('links') ? 2 : 0,
      unreadable: [],
      files: path.includes('empty')
        ? []
        : ['x', 'y', 'id_rsa'].map((name) => ({
            name,
            size: 1,
            contentType: 't',
            source: { path: `${path}/${name}`, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
            folder: { name: path.slice(1), below: name, token: path, at: 0 },
          })),
    }),
    isSensitive: (p) => (answers.sensitive ?? []).includes(p),
    confirmSensitive: async (p, more) => {
      asked.push(more > 0 ? `${p} +${more}` : p);
      return answers.agree ?? false;
    },
    enqueue: (files: AcceptedFile[]) => {
      sent.push(...files);
      enqueued.push(files.map((f) => f.name));
      return files.map((f) => ({ id: f.name, batchId: 'b' }) as Upload);
    },
    arrived: async () => undefined,
  });
  return { intake, enqueued, sent, asked, most: () => most };
}

const tokensOf = (accepted: Accepted[]): string[] => accepted.flatMap((a) => ('token' in a ? [a.token] : []));

test('what cannot be sent has its reason, in the order dropped, and no path comes back', async () => {
  const w = world();
  const accepted = await w.intake.accept(['/a', '/empty folder', '/b'], 1);
  expect(accepted).toEqual([
    { name: 'a', size: 1, token: expect.any(String) },
    { name: 'empty folder', error: { code: 'source-is-folder' } },
    { name: 'b', size: 1, token: expect.any(String) },
  ]);
  expect(JSON.stringify(accepted)).not.toContain('/a');
  expect(await w.intake.enqueue(tokensOf(accepted), 'p', 1)).toEqual(['a', 'b']);
});

test('a sensitive file is asked about, and left out unless the user agrees', async () => {
  const no = world({ sensitive: ['/id_rsa'] });
  expect(await no.intake.enqueue(tokensOf(await no.intake.accept(['/a', '/id_rsa'], 1)), 'p', 1)).toEqual(['a']);
  expect(no.asked).toEqual(['/id_rsa']);
  const yes = world({ sensitive: ['/id_rsa'], agree: true });
  expect(await yes.intake.enqueue(tokensOf(await yes.intake.accept(['/id_rsa'], 1)), 'p', 1)).toEqual(['id_rsa']);
  const only = world({ sensitive: ['/id_rsa'] });
  expect(await only.intake.enqueue(tokensOf(await only.intake.accept(['/id_rsa'], 1)), 'p', 1)).toEqual([]);
  expect(only.enqueued).toEqual([]);
});

test('a folder is one token for all its files, says how many they are and what was passed over', async () => {
  const w = world();
  const accepted = await w.intake.accept(['/folder', '/folder with links', '/b'], 1);
  expect(accepted).toEqual([
    { name: 'folder', size: 3, files: 3, token: expect.any(String) as string },
    { name: 'folder with links', size: 3, files: 3, passedOver: 2, token: expect.any(String) as string },
    { name: 'b', size: 1, token: expect.any(String) as string },
  ]);
  expect(await w.intake.enqueue(tokensOf(accepted), 'p', 1)).toEqual(['x', 'y', 'id_rsa', 'x', 'y', 'id_rsa', 'b']);
});

test('about the sensitive files of a folder is asked once, and the others are sent either way', async () => {
  const w = world({ sensitive: ['/folder/x', '/folder/id_rsa'] });
  expect(await w.intake.enqueue(tokensOf(await w.intake.accept(['/folder'], 1)), 'p', 1)).toEqual(['y']);
  expect(w.asked).toEqual(['/folder/x +1']);
});

test('files go under the names that are asked for, a folder under its own; the type follows the name', async () => {
  const w = world();
  const tokens = tokensOf(await w.intake.accept(['/a', '/folder', '/b', '/c'], 1));
  await w.intake.enqueue(tokens, 'p', 1, ['one.md', 'other', null, '  ']);
  expect(w.sent.map(({ name, contentType }) => [name, contentType])).toEqual([
    ['one.md', 'text/markdown'],
    ['x', 't'],
    ['y', 't'],
    ['id_rsa', 't'],
    ['b', 't'],
    ['c', 't'],
  ]);
  expect(w.sent[0]!.source).toMatchObject({ path: '/a' });
  expect(w.sent[1]!.folder?.name).toBe('folder');
  const [again] = tokensOf(await w.intake.accept(['/a'], 1));
  await w.intake.enqueue([again!], 'p', 1, ['no type']);
  expect(w.sent.at(-1)).toMatchObject({ name: 'no type', contentType: 't' });
});

test('thousands are opened a few at a time, and their order is kept', async () => {
  const w = world();
  const paths = Array.from({ length: 3000 }, (_, i) => `/f${i}`);
  expect((await w.intake.accept(paths, 1)).map((a) => `/${a.name}`)).toEqual(paths);
  expect(w.most()).toBeLessThanOrEqual(16);
});
