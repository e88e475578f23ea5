import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AppFailure } from '../../src-shared/errors.ts';
import type { FileRef } from '../../src-shared/upload.ts';
import { acceptFolder } from './accept-folder.ts';
import { sensitivePathRule } from './sensitive-paths.ts';
import { acceptFile, fileSources } from './source-file.ts';
import { tempFolder } from './testing/temp-folders.ts';

function fixture() {
  const base = tempFolder();
  const home = join(base, 'home');
  for (const folder of ['home/.ssh', 'home/work', 'home/private']) mkdirSync(join(base, folder), { recursive: true });
  const path = join(home, 'work', 'config');
  writeFileSync(path, 'first');
  writeFileSync(join(home, '.ssh', 'config'), 'secret configuration');
  writeFileSync(join(home, 'private', 'config'), 'private configuration');
  const sources = fileSources(sensitivePathRule({ home, userData: join(base, 'data') }));
  const refresh = (source: FileRef) =>
    sources.refresh(source).then(
      ({ size }) => `${size} bytes`,
      (thrown: unknown) => (thrown as AppFailure).error,
    );
  return { base, home, path, refresh, sources };
}

test('renews a file that another program wrote or replaced at the same path', async () => {
  const { home, path, refresh } = fixture();
  const { source } = await acceptFile(path);
  writeFileSync(path, 'second version');
  expect(await refresh(source)).toBe('14 bytes');
  writeFileSync(join(home, 'new'), 'third');
  renameSync(join(home, 'new'), path);
  expect(await refresh(source)).toBe('5 bytes');
});

test.each(['.ssh', 'private'])('does not renew a file after a link to ~/%s replaced its folder', async (target) => {
  const { home, path, refresh } = fixture();
  const { source } = await acceptFile(path);
  renameSync(join(home, 'work'), join(home, 'old'));
  symlinkSync(join(home, target), join(home, 'work'));
  expect(await refresh(source)).toEqual({ code: 'source-missing' });
});

test('does not renew a file that was replaced by a link', async () => {
  const { home, path, refresh } = fixture();
  const { source } = await acceptFile(path);
  rmSync(path);
  symlinkSync(join(home, '.ssh', 'config'), path);
  expect(await refresh(source)).toEqual({ code: 'source-not-a-file' });
});

test('does not renew a file on another device', async () => {
  const { path, refresh } = fixture();
  const { source } = await acceptFile(path);
  expect(await refresh({ ...source, fingerprint: { ...source.fingerprint, dev: '1' } })).toEqual({
    code: 'source-missing',
  });
});

test('asks again about a file whose folder became a sensitive location, unless the user confirmed it', async () => {
  const { home, path, refresh, sources } = fixture();
  const { source } = await acceptFile(path);
  rmSync(join(home, '.ssh'), { recursive: true });
  symlinkSync(join(home, 'work'), join(home, '.ssh'));
  expect(await refresh(source)).toEqual({ code: 'source-changed', params: { why: 'sensitive' } });
  expect(await refresh({ ...source, confirmed: true })).toBe('5 bytes');
  expect((await sources.refresh({ ...source, confirmed: true })).source.confirmed).toBe(true);
});

test('remembers the path that the user gave, also for the files of a folder', async () => {
  const { home, path } = fixture();
  symlinkSync(join(home, 'work'), join(home, 'link'));
  const given = join(home, 'link', 'config');
  expect(await acceptFile(given)).toMatchObject({ givenPath: given, source: { path } });
  const { files } = await acceptFolder(join(home, 'link'), 0);
  expect(files).toMatchObject([{ givenPath: given, source: { path } }]);
});
