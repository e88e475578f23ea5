/** Hoist's example file: a small text file, so that a new destination has a first link to show. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from '../../src-shared/text/text.ts';
import { makeFolder } from '../platform/make-folder.ts';

/**
 * The file stays, so that its upload resumes after a restart. It is written only when its content differs, because a
 * file that changes during its upload would be sent again.
 * @param folder Hoist's own folder
 * @returns the path of the file
 */
export function exampleFile(folder: string): string {
  const file = path.join(folder, 'example', text('example.name'));
  const content = `${text('example.content')}\n`;
  if (readIfExists(file) === content) return file;
  makeFolder(path.dirname(file));
  writeFileSync(file, content);
  return file;
}

function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
