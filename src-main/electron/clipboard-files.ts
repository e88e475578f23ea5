/**
 * Reads which files were copied in a file manager. Chromium gives the page only the files of a `text/uri-list` with
 * plain addresses; other file managers write other formats.
 */
import { clipboard } from 'electron';
import { copiedFilePaths } from '../platform/copied-files.ts';

const formats = ['x-special/gnome-copied-files', 'text/uri-list'];

/** Electron before 44 reads a format synchronously; newer versions have items with blobs. */
interface OlderClipboard {
  readBuffer(format: string): Buffer;
}
interface NewerClipboard {
  read(): Promise<{ types: string[]; getType(type: string): Promise<unknown> }[]>;
}

/** The paths of the copied files; empty if something else was copied. */
export async function readCopiedFiles(): Promise<string[]> {
  for (const content of [...(await readFormats()), await clipboard.readText()]) {
    const paths = copiedFilePaths(content);
    if (paths.length > 0) return paths;
  }
  return [];
}

async function readFormats(): Promise<string[]> {
  const source = clipboard as unknown as Partial<OlderClipboard & NewerClipboard>;
  if (source.readBuffer) return formats.map((format) => source.readBuffer!(format).toString());
  const items = (await source.read?.()) ?? [];
  const blobs = await Promise.all(
    items.flatMap((item) => item.types.filter((type) => formats.includes(type)).map((type) => item.getType(type))),
  );
  return Promise.all(blobs.flatMap((blob) => (blob instanceof Blob ? blob.text() : [])));
}
