/** What the place of an upload is made of, from its record alone: so it is the same after any restart. */
import type { Upload } from '../../src-shared/upload.ts';
import type { Naming } from './ports.ts';

export const namingOf = ({ createdAt, source, folder, place, collision }: Upload): Naming => ({
  at: createdAt,
  folder: folderAround({ source, folder }),
  ...(place === undefined ? {} : { place }),
  ...(collision === undefined ? {} : { collision }),
});

/** The name of the folder that the file lies in, or that the folder lies in which was given as a whole; '' where there is none. */
export function folderAround({ source, folder }: Pick<Upload, 'source' | 'folder'>): string {
  const inside = folder ? folder.below.split('/').length : 0;
  return 'path' in source ? (source.path.split(/[\\/]/).at(-2 - inside) ?? '') : '';
}
