/** Derives the options of the object key from the record alone, so that they are the same after a restart. */
import type { Upload } from '../../src-shared/upload.ts';
import type { KeyOptions } from './ports.ts';

export const keyOptionsOf = ({ createdAt, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt,
  folderName: parentFolderName({ source, folder }),
  ...(keyTemplate === undefined ? {} : { keyTemplate }),
  ...(collision === undefined ? {} : { collision }),
});

/** The name of the folder that contains the file, or that contains the added folder of the file; '' for a stream. */
export function parentFolderName({ source, folder }: Pick<Upload, 'source' | 'folder'>): string {
  const depth = folder ? folder.relativePath.split('/').length : 0;
  // Skips the file name, or the relative path in the added folder and the name of that folder.
  return 'path' in source ? (source.path.split(/[\\/]/).at(-2 - depth) ?? '') : '';
}
