/** What the place of an upload is made of, from its record alone: so it is the same after any restart. */
import type { Upload } from '../../src-shared/upload.ts';
import type { KeyOptions } from './ports.ts';

export const keyOptionsOf = ({ createdAt, source, folder, keyTemplate, collision }: Upload): KeyOptions => ({
  createdAt: createdAt,
  folderName: parentFolderName({ source, folder }),
  ...(keyTemplate === undefined ? {} : { keyTemplate }),
  ...(collision === undefined ? {} : { collision }),
});

/** The name of the folder that the file lies in, or that the folder lies in which was given as a whole; '' where there is none. */
export function parentFolderName({ source, folder }: Pick<Upload, 'source' | 'folder'>): string {
  const depth = folder ? folder.relativePath.split('/').length : 0;
  return 'path' in source ? (source.path.split(/[\\/]/).at(-2 - depth) ?? '') : '';
}
