/** Another name for a file that is sent: the file on the disk keeps its own. */
import type { SourceRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { contentTypeOf } from './source-file.ts';

/** What type it has the name says, as always; where it says nothing, it stays what it was. */
export function renameAcceptedFile<S extends SourceRef>(file: AcceptedFile<S>, input: string): AcceptedFile<S> {
  const name = input.trim();
  if (name === '' || name === file.name) return file;
  const contentType = contentTypeOf(name);
  return { ...file, name, contentType: contentType === contentTypeOf('') ? file.contentType : contentType };
}
