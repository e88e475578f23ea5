/** An upload as a database row: the complete record as checked JSON, and the columns that queries need. */
import type { Upload } from '../../src-shared/upload.ts';
import type { Connection } from './connection.ts';
import { fromChecked, toChecked, type CheckedJson } from './checked-json.ts';
import { foldText } from './search-text.ts';
import type { Row } from './sqlite.ts';
import { upgradeUploadRecord } from './upload-record.ts';

export interface UploadRecordRow extends CheckedJson {
  status: Upload['status'];
  /** The profile of the current chain step. */
  profileId: string;
  /** Folded text: the name, the link if the upload is done, and the program that made an imported entry. */
  search: string;
}

export const toUploadRow = (upload: Upload): UploadRecordRow => ({
  ...toChecked(upload),
  status: upload.status,
  profileId: upload.chain[upload.step]?.profileId ?? '',
  search: foldText(
    [
      upload.name,
      ...(upload.status === 'done' ? [upload.link.url] : []),
      ...(upload.imported === undefined ? [] : [upload.imported]),
    ].join('\n'),
  ),
});

/**
 * Inserts a new row. Without `seq` it gets the next number, without `owner` no process owns it.
 * @returns the number of rows
 */
export function insertUploadRow(
  connection: Connection,
  upload: Upload,
  { seq = null, owner = null }: { seq?: number | null; owner?: number | null },
): number {
  const { status, profileId, search, sum, record } = toUploadRow(upload);
  return connection.run(
    'INSERT INTO uploads (seq, id, owner, status, profile_id, search, sum, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    seq,
    upload.id,
    owner,
    status,
    profileId,
    search,
    sum,
    record,
  );
}

/** Undefined when the row is damaged. `row` needs the columns `id`, `sum` and `record`. */
export function fromUploadRow(row: Row): Upload | undefined {
  const upload = upgradeUploadRecord(fromChecked(row));
  return upload?.id === row['id'] ? upload : undefined;
}
