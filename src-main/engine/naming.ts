/** What the place of an upload is made of, from its record alone: so it is the same after any restart. */
import type { Upload } from '../../src-shared/upload.ts';
import type { Naming } from './ports.ts';

export function namingOf({ createdAt, source, folder, place, collision }: Upload): Naming {
  const inside = folder ? folder.below.split('/').length : 0;
  const around = 'path' in source ? source.path.split(/[\\/]/).at(-2 - inside) ?? '' : '';
  return { at: createdAt, folder: around, ...(place === undefined ? {} : { place }), ...(collision === undefined ? {} : { collision }) };
}
