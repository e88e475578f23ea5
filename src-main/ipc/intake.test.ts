import { describe, expect, test, vi } from 'vitest';
import { failure } from '../../src-shared/errors.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';
import type { FileRef, Upload } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import type { AcceptedFolder } from '../platform/accept-folder.ts';
import { unproven } from '../platform/source-file.ts';
import { FileTokens } from './file-tokens.ts';
import { Intake } from './intake.ts';
import { ReadChallenges } from './read-challenges.ts';

const unreadable: AcceptedFolder['unreadable'] = [
  { relativePath: 'k', error: { code: 'source-unreadable' } },
  { relativePath: 'l/m', error: { code: 'source-unreadable' } },
  { relativePath: 'n', error: { code: 'source-unreadable', params: { problem: 'busy' } } },
];

const provenFile: AcceptedFile<FileRef> = {
  name: 'a',
  size: 1,
  contentType: 't',
  source: { path: '/a', fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
};

/**
 * An Intake with fake files: a path with `folder` is a folder of three files, and `gone` has no proof.
 * @param answers.sensitive the sensitive paths
 * @param answers.agree the user's answer to every question; no by default
 * @param answers.size the size of each file
 * @param answers.disk resolves when the disk has read a file that the window named
 */
function intakeFixture(answers: { sensitive?: string[]; agree?: boolean; size?: number; disk?: Promise<void> } = {}) {
  /** The names of the files of each batch. */
  const enqueued: string[][] = [];
  const sent: AcceptedFile[] = [];
  const prompts: string[] = [];
  /** The files that the window named and whose proof was checked. */
  const probed: string[] = [];
  /** `before`: the number of probed files when the delay began. */
  const delays: { ms: number; before: number; end(): void }[] = [];
  let open = 0;
  let maxOpen = 0;
  const intake = new Intake({
    tokens: new FileTokens(() => 0),
    challenges: new ReadChallenges(() => 0),
    delay: (ms) => new Promise((resolve) => void delays.push({ ms, before: probed.length, end: resolve })),
    acceptProvenFile: async (path) => {
      probed.push(path);
      await answers.disk;
      return path.includes('gone') ? Promise.reject(unproven()) : { ...provenFile, name: path.slice(1) };
    },
    confirmFolders: async (paths) => {
      prompts.push(`folders ${paths.join(' ')}`);
      return answers.agree ?? false;
    },
    baseName: (path) => path.slice(1),
    acceptFile: async (path) => {
      maxOpen = Math.max(maxOpen, ++open);
      await Promise.resolve();
      open--;
      if (path.includes('folder')) throw failure('source-is-folder');
      return {
        name: path.slice(1),
        size: answers.size ?? 1,
        contentType: 't',
        source: {
          path: path.startsWith('/link to') ? `/real of ${path}` : path,
          fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' },
        },
        givenPath: path,
      };
    },
    acceptFolder: async (path) => ({
      name: path.slice(1),
      skipped: { links: path.includes('links') ? 2 : 0, special: 0 },
      unreadable: path.includes('closed') ? unreadable : [],
      files: path.includes('empty')
        ? []
        : ['x', 'y', 'id_rsa'].map((name) => ({
            name,
            size: 1,
            contentType: 't',
            source: { path: `${path}/${name}`, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
            folder: { name: path.slice(1), relativePath: name, token: path, at: 0 },
          })),
    }),
    isSensitive: async (...paths) => paths.some((path) => (answers.sensitive ?? []).includes(path)),
    confirmSensitive: async (path, moreCount) => {
      prompts.push(moreCount > 0 ? `${path} +${moreCount}` : path);
      return answers.agree ?? false;
    },
    confirmMany: async ({ files, bytes }, profileId) => {
      prompts.push(`${files} files, ${bytes} bytes to ${profileId}`);
      return answers.agree ?? false;
    },
    enqueue: async (files: AcceptedFile[]) => {
      sent.push(...files);
      enqueued.push(files.map(({ name }) => name));
      return files.map(({ name }) => ({ id: name, batchId: 'b' }) as Upload);
    },
    onBatchEnqueued: async () => undefined,
  });
  return { intake, probed, delays, enqueued, sent, prompts, maxOpen: () => maxOpen };
}

const tokensOf = (accepted: IntakeResult[]): string[] =>
  accepted.flatMap((result) => ('token' in result ? [result.token] : []));

test('returns a reason for each file that cannot be uploaded, in order, and no path', async () => {
  const fixture = intakeFixture();
  const accepted = await fixture.intake.accept(['/a', '/empty folder', '/b'], 1);
  expect(accepted).toEqual([
    { name: 'a', size: 1, token: expect.any(String) },
    { name: 'empty folder', error: { code: 'source-is-folder' } },
    { name: 'b', size: 1, token: expect.any(String) },
  ]);
  expect(JSON.stringify(accepted)).not.toContain('/a');
  expect(await fixture.intake.enqueue(tokensOf(accepted), 'p', 1)).toEqual(['a', 'b']);
});

test('asks about a sensitive file, and skips it unless the user agrees', async () => {
  const refused = intakeFixture({ sensitive: ['/id_rsa'] });
  expect(await refused.intake.enqueue(tokensOf(await refused.intake.accept(['/a', '/id_rsa'], 1)), 'p', 1)).toEqual([
    'a',
  ]);
  expect(refused.prompts).toEqual(['/id_rsa']);
  const confirmed = intakeFixture({ sensitive: ['/id_rsa'], agree: true });
  expect(await confirmed.intake.enqueue(tokensOf(await confirmed.intake.accept(['/id_rsa'], 1)), 'p', 1)).toEqual([
    'id_rsa',
  ]);
  const refusedOnlyFile = intakeFixture({ sensitive: ['/id_rsa'] });
  expect(
    await refusedOnlyFile.intake.enqueue(tokensOf(await refusedOnlyFile.intake.accept(['/id_rsa'], 1)), 'p', 1),
  ).toEqual([]);
  expect(refusedOnlyFile.enqueued).toEqual([]);
});

test('asks about a file whose given or real path is sensitive, and marks only that file as confirmed', async () => {
  for (const sensitive of [['/link to id_rsa'], ['/real of /link to id_rsa']]) {
    const fixture = intakeFixture({ sensitive, agree: true });
    await fixture.intake.send(['/a', '/link to id_rsa'], 'p');
    expect(fixture.prompts).toEqual(['/real of /link to id_rsa']);
    expect(fixture.sent.map(({ source }) => 'confirmed' in source)).toEqual([false, true]);
  }
});

test('names a file of a folder for each reason why files cannot be uploaded', async () => {
  const refused = [
    { name: 'closed folder/k', error: { code: 'source-unreadable' }, count: 2 },
    { name: 'closed folder/n', error: { code: 'source-unreadable', params: { problem: 'busy' } } },
  ];
  const { intake } = intakeFixture();
  expect(await intake.accept(['/closed folder', '/b'], 1)).toEqual([
    { name: 'closed folder', size: 3, files: 3, token: expect.any(String) as string },
    ...refused,
    { name: 'b', size: 1, token: expect.any(String) as string },
  ]);
  expect((await intake.send(['/closed folder'], 'p')).refused).toEqual(refused);
  expect(await intake.accept(['/empty closed folder'], 1)).toMatchObject([
    { name: 'empty closed folder/k' },
    { name: 'empty closed folder/n' },
  ]);
});

test('makes one token for all files of a folder, with their number and the number of skipped entries', async () => {
  const fixture = intakeFixture();
  const accepted = await fixture.intake.accept(['/folder', '/folder with links', '/b'], 1);
  expect(accepted).toEqual([
    { name: 'folder', size: 3, files: 3, token: expect.any(String) as string },
    {
      name: 'folder with links',
      size: 3,
      files: 3,
      skipped: { links: 2, special: 0 },
      token: expect.any(String) as string,
    },
    { name: 'b', size: 1, token: expect.any(String) as string },
  ]);
  expect(await fixture.intake.enqueue(tokensOf(accepted), 'p', 1)).toEqual([
    'x',
    'y',
    'id_rsa',
    'x',
    'y',
    'id_rsa',
    'b',
  ]);
});

test('asks once about the sensitive files of a folder, and always uploads the other files', async () => {
  const fixture = intakeFixture({ sensitive: ['/folder/x', '/folder/id_rsa'] });
  expect(await fixture.intake.enqueue(tokensOf(await fixture.intake.accept(['/folder'], 1)), 'p', 1)).toEqual(['y']);
  expect(fixture.prompts).toEqual(['/folder/x +1']);
});

test('renames files but not folders, and derives the content type from the new name', async () => {
  const fixture = intakeFixture();
  const tokens = tokensOf(await fixture.intake.accept(['/a', '/folder', '/b', '/c'], 1));
  await fixture.intake.enqueue(tokens, 'p', 1, ['one.md', 'other', null, '  ']);
  expect(fixture.sent.map(({ name, contentType }) => [name, contentType])).toEqual([
    ['one.md', 'text/markdown'],
    ['x', 't'],
    ['y', 't'],
    ['id_rsa', 't'],
    ['b', 't'],
    ['c', 't'],
  ]);
  expect(fixture.sent[0]!.source).toMatchObject({ path: '/a' });
  expect(fixture.sent[1]!.folder?.name).toBe('folder');
  const [second] = tokensOf(await fixture.intake.accept(['/a'], 1));
  await fixture.intake.enqueue([second!], 'p', 1, ['no type']);
  expect(fixture.sent.at(-1)).toMatchObject({ name: 'no type', contentType: 't' });
});

test('opens at most 16 of many files at the same time, and keeps their order', async () => {
  const fixture = intakeFixture();
  const paths = Array.from({ length: 3000 }, (_, i) => `/f${i}`);
  expect((await fixture.intake.accept(paths, 1)).map(({ name }) => `/${name}`)).toEqual(paths);
  expect(fixture.maxOpen()).toBeLessThanOrEqual(16);
});

test.each([
  ['50 files', 50, 1, []],
  ['more than 50 files', 51, 1, ['51 files, 51 bytes to p']],
  ['1 GiB', 2, 2 ** 29, []],
  ['more than 1 GiB', 2, 2 ** 29 + 1, ['2 files, 1073741826 bytes to p']],
])('asks once before it uploads more than 50 files or 1 GiB: %s', async (_title, count, size, questions) => {
  const paths = Array.from({ length: count }, (_, index) => `/${index}`);
  for (const agree of [false, true]) {
    const { intake, enqueued, prompts } = intakeFixture({ agree, size });
    await intake.enqueue(tokensOf(await intake.accept(paths, 1)), 'p', 1);
    expect(prompts).toEqual(questions);
    expect(enqueued.flat()).toHaveLength(agree || questions.length === 0 ? count : 0);
    expect(await intake.send(paths, 'p')).toMatchObject({ refused: [] });
    expect(prompts).toEqual([...questions, ...questions]);
  }
});

test('the question about a sensitive file does not replace the question about the many other files', async () => {
  const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
  const agreed = intakeFixture({ agree: true, sensitive: ['/7'] });
  await agreed.intake.send(paths, 'p');
  expect(agreed.prompts).toEqual(['/7', '60 files, 60 bytes to p']);
  expect(agreed.enqueued.flat()).toHaveLength(60);
  const declined = intakeFixture({ agree: false, sensitive: ['/7'] });
  await declined.intake.send(paths, 'p');
  expect(declined.prompts).toEqual(['/7', '59 files, 59 bytes to p']);
  expect(declined.enqueued).toEqual([]);
});

test('sensitive files that the user has confirmed need no second question', async () => {
  const { intake, prompts } = intakeFixture({ agree: true, sensitive: ['/0', '/1'], size: 2 ** 30 });
  await intake.send(['/0', '/1'], 'p');
  expect(prompts).toEqual(['/0', '/1']);
});

describe('files that the window names', () => {
  const claim = (path: string) => ({ path, proof: '' });

  test('become tokens in order, and all refused files get the same error', async () => {
    const { intake, delays } = intakeFixture();
    const answer = intake.acceptClaimed(intake.challenges.make(1).id, ['/a', '/gone', '/b', '/gone2'].map(claim), 1);
    await vi.waitFor(() => delays[0]!.end());
    expect(await answer).toEqual([
      { name: 'a', size: 1, token: expect.any(String) as string },
      { name: 'gone', error: { code: 'source-unreadable', params: { why: 'unproven' } } },
      { name: 'b', size: 1, token: expect.any(String) as string },
      { name: 'gone2', error: { code: 'source-unreadable', params: { why: 'unproven' } } },
    ]);
    expect(await intake.acceptClaimed(intake.challenges.make(1).id, [claim('/a')], 1)).toHaveLength(1);
  });

  test('are refused at the end of a second, counted from before the disk was read, however long it takes', async () => {
    let finishDisk = (): void => undefined;
    const disk = new Promise<void>((resolve) => {
      finishDisk = resolve;
    });
    const { intake, delays, probed } = intakeFixture({ disk });
    let isAnswered = false;
    const answer = intake.acceptClaimed(intake.challenges.make(1).id, [claim('/gone')], 1).then((results) => {
      isAnswered = true;
      return results;
    });
    await vi.waitFor(() => expect(probed).toEqual(['/gone']));
    delays[0]!.end();
    await vi.waitFor(() => expect(delays).toHaveLength(2));
    finishDisk();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    delays[1]!.end();
    expect(await answer).toHaveLength(1);
    expect(delays.map(({ ms, before }) => [ms, before])).toEqual([
      [1000, 0],
      [1000, 1],
    ]);
  });

  // 20 refusals, and 15 other files that are read at the same time as the last of them.
  test('are read at most 35 times per message if all are refused', async () => {
    const { intake, probed, delays } = intakeFixture();
    const paths = Array.from({ length: 1000 }, (_, i) => claim(`/gone${i}`));
    const answer = intake.acceptClaimed(intake.challenges.make(1).id, paths, 1);
    await vi.waitFor(() => delays[0]!.end());
    expect(await answer).toHaveLength(1000);
    expect(probed.length).toBeLessThanOrEqual(35);
  });

  test('need a challenge that is unused, not expired and made for this window', async () => {
    const { intake, probed } = intakeFixture();
    const { id } = intake.challenges.make(1);
    for (const [challenge, sender] of [
      [id, 2],
      ['A'.repeat(22), 1],
    ] as const)
      await expect(intake.acceptClaimed(challenge, [claim('/a')], sender)).rejects.toMatchObject({
        error: { code: 'invalid-input' },
      });
    expect(await intake.acceptClaimed(id, [claim('/a')], 1)).toHaveLength(1);
    await expect(intake.acceptClaimed(id, [claim('/a')], 1)).rejects.toMatchObject({
      error: { code: 'invalid-input' },
    });
    expect(probed).toEqual(['/a']);
    let now = 0;
    const challenges = new ReadChallenges(() => now);
    const late = challenges.make(1).id;
    now = 600_000;
    expect(() => challenges.take(late, 1)).toThrow();
  });

  test('are folders only after the user agrees in a native dialog', async () => {
    const declined = intakeFixture();
    const folders = [{ path: '/folder', folder: true } as const, { path: '/folder with links', folder: true } as const];
    const answer = (fixture: typeof declined) =>
      fixture.intake.acceptClaimed(fixture.intake.challenges.make(1).id, [claim('/a'), ...folders], 1);
    expect(await answer(declined)).toMatchObject([{ name: 'a' }]);
    expect(declined.prompts).toEqual(['folders /folder /folder with links']);
    expect(await answer(intakeFixture({ agree: true }))).toMatchObject([
      { name: 'a' },
      { name: 'folder', files: 3 },
      { name: 'folder with links', files: 3 },
    ]);
  });
});
