/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/store/backup.ts',
    find: 'return size <= alwaysBackUpBytes || madeAt === undefined || Math.abs(now - madeAt) > backupIntervalMs;',
    replace: 'return size > 0 || madeAt === undefined || Math.abs(now - madeAt) > backupIntervalMs;',
    breaks: 'each command copies the whole history when it ends',
    caughtBy: { unit: 'opening and closing take at most three times as long as with one' },
  },
  {
    file: 'src-main/store/open.ts',
    find: 'haveDestinationsChanged = true;',
    replace: '',
    breaks: 'a new destination is missing from the backup for a day',
    caughtBy: { unit: 'opening and closing take at most three times as long as with one' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: 'if (isOfAnotherProcess && !owners.reapOwner(Number(owner), now())) return false;',
    replace:
      "if (isOfAnotherProcess && !owners.reapOwner(Number(owner), now()) && row['owner'] === undefined) return false;",
    breaks: 'a process takes over an upload although its owner is still running',
    caughtBy: { unit: 'that claim the same 20 uploads at once' },
  },
  {
    file: 'src-main/store/checked-json.ts',
    find: "if (typeof record !== 'string' || crc32(record) !== Number(row['sum'])) return undefined;",
    replace: "if (typeof record !== 'string') return undefined;",
    breaks: 'a record that was damaged on the disk is returned',
    caughtBy: { unit: 'that has a flipped bit opens and never returns a wrong record' },
  },
  {
    file: 'src-main/store/pending-cleanups.ts',
    find: "remove(id) { connection.write('normal', () => connection.run('DELETE FROM pending_cleanups WHERE id = ?', id)); },",
    replace:
      "remove(id) { connection.exec('DELETE FROM pending_cleanups'); connection.write('normal', () => connection.run('DELETE FROM pending_cleanups WHERE id = ?', id)); },",
    breaks: 'pending cleanups are lost',
    caughtBy: { unit: 'pending cleanups survive a restart, in order, until they are removed' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: `return connection.write(cleanups.length > 0 ? 'full' : sync, () => {
        const isSaved =
          connection.run(
            'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',
            status,
            profileId,
            search,
            sum,
            record,
            upload.id,
            currentOwnerId(),
          ) === 1;
        if (isSaved) for (const cleanup of cleanups) pendingCleanups.add(cleanup);
        return isSaved;
      });`,
    replace: `const done = connection.write(cleanups.length > 0 ? 'full' : sync, () => {
  const isSaved =
    connection.run(
      'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',
      status,
      profileId,
      search,
      sum,
      record,
      upload.id,
      currentOwnerId(),
    ) === 1;
  return isSaved;
});
if (done) for (const cleanup of cleanups) pendingCleanups.add(cleanup);
return done;`,
    breaks: 'pending cleanups are written in a later transaction than the record',
    caughtBy: { unit: 'are saved together with their pending cleanups in one transaction' },
  },
  {
    file: 'src-main/store/open.ts',
    find: "connection.get('PRAGMA secure_delete = ON');",
    replace: "connection.get('PRAGMA secure_delete = OFF');",
    breaks: 'a removed secret stays in unused pages of the database file',
    caughtBy: { unit: 'lose their secrets but keep their name when they are removed' },
  },
  {
    file: 'src-main/store/files.ts',
    find: 'if (lstatSync(side, { throwIfNoEntry: false })) renameSync(side, sideFiles(to)[index] ?? `${to}-side`);',
    replace:
      'if (lstatSync(`${side}-`, { throwIfNoEntry: false })) renameSync(side, sideFiles(to)[index] ?? `${to}-side`);',
    breaks: 'the write-ahead log of a damaged database is not moved aside with it',
    caughtBy: { unit: 'is moved with its log' },
  },
  {
    file: 'src-main/store/open.ts',
    find: "if (version > migrations.length) throw new StoreFailure('newer-version', file)",
    replace: "if (version > migrations.length + 1) throw new StoreFailure('newer-version', file)",
    breaks: 'the database of a newer version is opened',
    caughtBy: { unit: 'refuses the records of a newer version and does not change them' },
  },
  {
    file: 'src-main/store/connection.ts',
    find: "database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}`);",
    replace: "database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'NORMAL' : 'NORMAL'}`);",
    breaks: 'a write that must survive a power failure is not synced',
    caughtBy: { unit: 'syncs a full write to the disk' },
  },
  {
    file: 'src-main/store/rescue.ts',
    find: 'if (gap > 0) yield* rowsInGap(damaged, seq + 1, Math.min(end, seq + largestScannedGap));',
    replace: 'if (gap < 0) yield* rowsInGap(damaged, seq + 1, Math.min(end, seq + largestScannedGap));',
    breaks: 'rows after a damaged page are not rescued',
    caughtBy: { unit: 'finds every readable row when random pages are lost' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',",
    replace:
      "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND (owner IS NULL OR owner = ?)',",
    breaks: 'a process that slept overwrites a record that another process has finished',
    caughtBy: { unit: 'a process that slept must not undo the work of another process' },
  },
  {
    file: 'src-main/store/owners.ts',
    find: `if (row && !isDead(row, at)) return false;
end(id);
return true;`,
    replace: 'return !row || isDead(row, at);',
    breaks: 'a process that slept does not notice that another process took over its uploads',
    caughtBy: {
      unit: 'a process that slept detects once, at its next heartbeat, that it was treated as dead, and reclaims free uploads',
    },
  },
  {
    file: 'src-main/store/prepare-folder.ts',
    find: "if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;",
    replace: "if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTHING')) throw thrown;",
    breaks: 'opening the store fails while another process is closing it',
    caughtBy: { unit: 'that open and close the store repeatedly' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',",
    replace:
      "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND (1 OR owner = ?)',",
    breaks: 'a process that was treated as dead overwrites the work of the new owner',
    caughtBy: { unit: 'the uploads of an ended process are free' },
  },
  {
    file: 'src-main/store/upload-record.ts',
    find: '...(isObject(error) && { error: upgradeError(error) }),',
    replace: '',
    breaks: 'after an update, a failed upload no longer shows the message of the server',
    caughtBy: { unit: 'upgrades the former name of a server message in the errors of the upload and its attempts' },
  },
  {
    file: 'src-main/store/migrations.ts',
    find: 'UPDATE upload_counts SET n = n - 1 WHERE status = OLD.status;\n  END;\n  CREATE TRIGGER count_changed_upload',
    replace: 'UPDATE upload_counts SET n = n WHERE status = OLD.status;\n  END;\n  CREATE TRIGGER count_changed_upload',
    breaks: 'the window counts uploads that were removed from the list',
    caughtBy: { unit: 'the totals are those of the records after any changes' },
  },
  {
    file: 'src-main/store/owners.ts',
    find: 'if (currentId !== undefined) end(currentId);',
    replace: "if (currentId !== undefined) connection.run('DELETE FROM owners WHERE id = ?', currentId);",
    breaks: 'quitting with 100,000 unfinished uploads takes seconds',
    caughtBy: { unit: 'a process that ends releases its uploads without changing each of them' },
  },
];
