/** A copy of a damaged database with a header that lets SQLite look at the rest. The damaged file itself stays as it is. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { makePrivate, sideFiles } from './files.ts';

const pageSize = 4096;
const header = Buffer.from('SQLite format 3\0\x10\0\x02\x02\0\x40\x20\x20', 'latin1');

/**
 * Every database of ours has the same header but for a few counters, and those can be found out anew: the number of pages
 * from the file's length, so that one that was cut off is read as far as it goes.
 * @see https://sqlite.org/fileformat2.html#the_database_header
 * @returns false when there is nothing to copy
 */
export function makeReadableCopy(damaged: string, copy: string): boolean {
  if (!statSync(damaged, { throwIfNoEntry: false })?.isFile()) return false;
  makePrivate(copy);
  copyFileSync(damaged, copy);
  const [log = ''] = sideFiles(damaged);
  const [logOfCopy = ''] = sideFiles(copy);
  if (existsSync(log)) copyFileSync(log, logOfCopy);
  repairHeader(copy);
  return true;
}

export function removeCopy(copy: string): void {
  for (const file of [copy, ...sideFiles(copy)]) rmSync(file, { force: true });
}

function repairHeader(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    const fields = Buffer.alloc(100);
    if (readSync(handle, fields, 0, fields.length, 0) < fields.length) return;
    header.copy(fields);
    fields.writeUInt32BE(Math.ceil(fstatSync(handle).size / pageSize), 28);
    // No free pages; the newest schema format; UTF-8; and the count of changes for which the number of pages is right.
    fields.fill(0, 32, 40);
    fields.writeUInt32BE(4, 44);
    fields.writeUInt32BE(1, 56);
    fields.copyWithin(92, 24, 28);
    writeSync(handle, fields, 0, fields.length, 0);
  } finally {
    closeSync(handle);
  }
}
