/** Gives an upload another name. The file on the disk is not renamed. */
import type { SourceRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { contentTypeAfterRename } from './content-type.ts';

/** The new name decides the content type. If it has no known extension, the file keeps its content type. */
export function renameAcceptedFile<S extends SourceRef>(file: AcceptedFile<S>, input: string): AcceptedFile<S> {
  const name = input.trim();
  if (name === '' || name === file.name) return file;
  return { ...file, name, contentType: contentTypeAfterRename(name, file.contentType) };
}
