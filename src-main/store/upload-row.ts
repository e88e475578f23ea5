/** An upload as a row: the whole record as checked JSON, and beside it the columns that queries need. */
import type { Upload } from '../../src-shared/upload.ts';
import { fromChecked, toChecked, type CheckedJson } from './checked-json.ts';
import { foldText } from './search-text.ts';
import type { Row } from './sqlite.ts';

export interface UploadRecordRow extends CheckedJson {
  status: Upload['status'];
  /** Of the destination in use. */
  profileId: string;
  /** Folded: the name, the link of what is done, and the program that made it if another did. */
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

/** Undefined when the row is damaged. It needs the columns `id`, `sum` and `record`. */
export function fromUploadRow(row: Row): Upload | undefined {
  const value = fromChecked(row) as Upload | undefined;
  return value?.v === 1 && value.id === row['id'] ? value : undefined;
}
