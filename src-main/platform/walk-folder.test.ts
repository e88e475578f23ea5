import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from './testing/temp-folders.ts';
import { walkFolder } from './walk-folder.ts';

function folderWith(relativePaths: string[]): string {
  const root = tempFolder();
  for (const relativePath of relativePaths) {
    mkdirSync(join(root, relativePath, '..'), { recursive: true });
    writeFileSync(join(root, relativePath), 'x');
  }
  return root;
}

const listener = { skipped: () => undefined, unreadable: () => undefined };

test('yields the files in the order of their relative paths', async () => {
  const relativePaths = ['a-b', 'a.txt', 'a/1', 'a/b/2', 'a/b.txt', 'a0', 'b/c/d/e', 'z'];
  const groups: string[][] = [];
  for await (const group of walkFolder(folderWith(relativePaths), listener, { groupSize: 3 })) groups.push(group);
  expect(groups.flat()).toEqual([...relativePaths].sort());
  expect(groups.map((group) => group.length)).toEqual([3, 3, 2]);
});

test('reads a folder only when the walk reaches it', async () => {
  const root = folderWith(['a/1', 'a/2', 'b/3', 'c/4']);
  const unreadable: string[] = [];
  const walk = walkFolder(
    root,
    { ...listener, unreadable: (relativePath) => unreadable.push(relativePath) },
    { groupSize: 2 },
  );
  expect((await walk.next()).value).toEqual(['a/1', 'a/2']);
  rmSync(join(root, 'b'), { recursive: true });
  writeFileSync(join(root, 'c/5'), 'x');
  expect((await walk.next()).value).toEqual(['c/4', 'c/5']);
  expect(unreadable).toEqual(['b']);
});
