import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../platform/testing/temp-folders.ts';
import { isBackupDue } from './backup.ts';

test('a backup is due when the disk cannot tell how old the previous one is', () => {
  const folder = tempFolder();
  const database = path.join(folder, 'hoist.db');
  writeFileSync(database, Buffer.alloc(9 * 1024 * 1024));
  mkdirSync(path.join(folder, 'copies'));
  const backup = path.join(folder, 'copies', 'hoist-backup.db');
  writeFileSync(backup, '');
  expect(isBackupDue({ database, backup }, Date.now())).toBe(false);
  // A path through a file fails with ENOTDIR, which is not the error of a missing file.
  expect(isBackupDue({ database, backup: path.join(backup, 'hoist-backup.db') }, Date.now())).toBe(true);
  expect(isBackupDue({ database: path.join(database, 'hoist.db'), backup }, Date.now())).toBe(true);
});
