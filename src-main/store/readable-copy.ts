/**
 * Makes a copy of a damaged database with a repaired header, so that SQLite can read the rest. The damaged file is not
 * changed.
 */
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
/** The start of the header: the file type, the page size of 4096, the write-ahead log, and fixed values. */
const header = Buffer.from('SQLite format 3\0\x10\0\x02\x02\0\x40\x20\x20', 'latin1');

/**
 * All Hoist databases have the same header except for a few counters, which can be recomputed. The number of pages
 * follows from the file length, so that a truncated file can be read up to its end.
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
    fields.writeUInt32BE(Math.ceil(fstatSync(handle).size / pageSize), 28); // the number of pages
    fields.fill(0, 32, 40); // no free pages
    fields.writeUInt32BE(4, 44); // the newest schema format
    fields.writeUInt32BE(1, 56); // UTF-8
    fields.copyWithin(92, 24, 28); // the number of pages is valid for the current change counter
    writeSync(handle, fields, 0, fields.length, 0);
  } finally {
    closeSync(handle);
  }
}
