/** @type {import('../../scripts/mutants/lists.mjs').MutantEntry[]} */
export const mutants = [
  {
    file: 'src-main/store/uploads.ts',
    find: 'if (before !== null && before !== owners.currentId && !owners.reapOwner(Number(before), now())) return false;',
    replace:
      "if (before !== null && before !== owners.currentId && !owners.reapOwner(Number(before), now()) && row['owner'] === undefined) return false;",
    breaks: 'a claim takes an upload from the living process that owns it',
    caughtBy: { unit: 'that claim the same 20 uploads at once' },
  },
  {
    file: 'src-main/store/checked-json.ts',
    find: "if (typeof record !== 'string' || crc32(record) !== Number(row['sum'])) return undefined;",
    replace: "if (typeof record !== 'string') return undefined;",
    breaks: 'a record that the disk changed is shown as it is',
    caughtBy: { unit: 'bits flipped: it opens, and nothing wrong is ever shown' },
  },
  {
    file: 'src-main/store/pending-cleanups.ts',
    find: "remove(id) { connection.write('normal', () => connection.run('DELETE FROM debts WHERE id = ?', id)); },",
    replace:
      "remove(id) { connection.exec('DELETE FROM debts'); connection.write('normal', () => connection.run('DELETE FROM debts WHERE id = ?', id)); },",
    breaks: 'what has to go from a store is forgotten at a restart',
    caughtBy: { unit: 'what has to be removed is known after a restart' },
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
    breaks: 'what has to go from a store is written after the record that forgot it',
    caughtBy: { unit: 'are written together, or neither is' },
  },
  {
    file: 'src-main/store/open.ts',
    find: "connection.get('PRAGMA secure_delete = ON');",
    replace: "connection.get('PRAGMA secure_delete = OFF');",
    breaks: 'a removed key stays in the freed part of the file',
    caughtBy: { unit: 'one that is removed takes its secrets with it' },
  },
  {
    file: 'src-main/store/files.ts',
    find: 'if (lstatSync(side, { throwIfNoEntry: false })) renameSync(side, sideFiles(to)[index] ?? `${to}-side`);',
    replace:
      'if (lstatSync(`${side}-`, { throwIfNoEntry: false })) renameSync(side, sideFiles(to)[index] ?? `${to}-side`);',
    breaks: 'the log of a damaged database is not moved aside with it',
    caughtBy: { unit: 'takes its log with it' },
  },
  {
    file: 'src-main/store/open.ts',
    find: "if (version > migrations.length) throw new StoreFailure('newer-version', file)",
    replace: "if (version > migrations.length + 1) throw new StoreFailure('newer-version', file)",
    breaks: 'the records of a newer version are opened',
    caughtBy: { unit: 'the records of a newer version are refused' },
  },
  {
    file: 'src-main/store/connection.ts',
    find: "database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'FULL' : 'NORMAL'}`);",
    replace: "database.exec(`PRAGMA synchronous = ${sync === 'full' ? 'NORMAL' : 'NORMAL'}`);",
    breaks: 'a write that has to survive a power cut is not synced',
    caughtBy: { unit: 'a full write is synced to the disk' },
  },
  {
    file: 'src-main/store/rescue.ts',
    find: 'if (gap > 0) yield* rowsInGap(damaged, seq + 1, Math.min(end, seq + largestScannedGap));',
    replace: 'if (gap < 0) yield* rowsInGap(damaged, seq + 1, Math.min(end, seq + largestScannedGap));',
    breaks: 'rows behind a damaged page are not brought over',
    caughtBy: { unit: 'wherever pages are lost' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',",
    replace:
      "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND (owner IS NULL OR owner = ?)',",
    breaks: 'a process that slept writes over what another one has finished',
    caughtBy: { unit: 'a sleeper must not undo what another one finished' },
  },
  {
    file: 'src-main/store/owners.ts',
    find: `if (row && !isDead(row, at)) return false;
connection.run('DELETE FROM owners WHERE id = ?', id);
return true;`,
    replace: 'return !row || isDead(row, at);',
    breaks: 'a process that slept is never told that its uploads are another one’s now',
    caughtBy: { unit: 'one that slept finds at its next heartbeat' },
  },
  {
    file: 'src-main/store/open.ts',
    find: "if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;",
    replace: "if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTHING')) throw thrown;",
    breaks: 'opening the records fails when another Hoist is just closing them',
    caughtBy: { unit: 'that open and close the store all the time' },
  },
  {
    file: 'src-main/store/uploads.ts',
    find: "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND owner = ?',",
    replace:
      "'UPDATE uploads SET status = ?, profile_id = ?, search = ?, sum = ?, record = ? WHERE id = ? AND (1 OR owner = ?)',",
    breaks: 'a process that was taken for dead overwrites what its successor did',
    caughtBy: { unit: 'the uploads of a process that ended are free' },
  },
];
