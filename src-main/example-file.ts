/** A small text file of Hoist's own, so that a new destination has a first link to show. It is sent like any other file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from '../src-shared/text/text.ts';

/**
 * It stays where it is, so that sending it goes on after a restart, and is written only when it is not what it should be:
 * a file that changes while it is sent would have to be sent again.
 * @param folder where Hoist keeps what is its own
 * @returns its path
 */
export function exampleFile(folder: string): string {
  const file = path.join(folder, 'example', text('example.name'));
  const content = `${text('example.content')}\n`;
  if (readIfExists(file) === content) return file;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
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
