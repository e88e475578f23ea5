/** What the options of a command say about names and places, and the files that are given with them. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  errorOfTemplate,
  fillTemplate,
  parseTemplate,
  usesHash,
  type Template,
  type TemplateUse,
} from '../../src-shared/name-template.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { Collision } from '../../src-shared/upload.ts';
import { folderAround } from '../engine/naming.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { renamed } from '../platform/rename.ts';
import { openSource } from '../platform/source-file.ts';
import { contentHash } from '../providers/place.ts';
import type { Given } from './given-files.ts';
import { Misunderstood } from './misunderstood.ts';

export interface NameOptions {
  name?: string;
  remotePath?: string;
  ifExists?: Collision;
}

/** `name`: of a file or folder itself. `place`: a template of where it goes. */
export interface Wanted {
  name?: Template;
  place?: string;
  collision?: Collision;
}

/** @throws Misunderstood for what is no template */
export function wantedNames({ name, remotePath, ifExists }: NameOptions, count: number): Wanted {
  return {
    ...(name === undefined ? {} : { name: parsed('--name', name, 'name') }),
    ...(remotePath === undefined ? {} : { place: placeFor(remotePath, count) }),
    ...(ifExists === undefined ? {} : { collision: ifExists }),
  };
}

/** A folder where it ends with a slash, or where several are given: they keep their names in it. */
function placeFor(remotePath: string, count: number): string {
  const isFolder = remotePath.endsWith('/') || count > 1;
  const place = isFolder ? `${remotePath.replace(/\/+$/, '')}/{name}` : remotePath;
  parsed('--remote-path', place, 'place');
  return place;
}

function parsed(option: string, typed: string, use: TemplateUse): Template {
  const { template, problem } = parseTemplate(typed, use);
  if (!template)
    throw new Misunderstood(
      text('cli.upload.bad-name', { option, what: errorText(errorOfTemplate(problem, option)).what }),
    );
  return template;
}

/**
 * @param profile the destination's name
 * @throws AppFailure source-… of a file whose content is asked for
 */
export async function nameGiven(given: readonly Given[], wanted: Wanted, profile: string): Promise<Given[]> {
  const { name, place, collision } = wanted;
  const at = Date.now();
  const folders = new Map<string, string>();
  const nameOf = async (file: AcceptedFile, template: Template): Promise<string> =>
    fillTemplate(template, {
      name: file.folder?.name ?? file.name,
      kind: file.folder ? 'folder' : 'file',
      at,
      profile,
      folder: folderAround(file),
      random: (count) => randomBytes(count).toString('base64url').slice(0, count),
      uuid: () => randomUUID(),
      hash: usesHash(template) ? await hashOf(file) : '',
    });
  const named: Given[] = [];
  for (const one of given) {
    if (!('file' in one)) {
      named.push(one);
      continue;
    }
    let { file } = one;
    if (name && file.folder) {
      const { token } = file.folder;
      folders.set(token, folders.get(token) ?? (await nameOf(file, name)));
      file = { ...file, folder: { ...file.folder, name: folders.get(token)! } };
    } else if (name) {
      file = renamed(file, await nameOf(file, name));
    }
    named.push({
      ...one,
      file: { ...file, ...(place === undefined ? {} : { place }), ...(collision === undefined ? {} : { collision }) },
    });
  }
  return named;
}

/** Of a folder there is no content, and of a pipe none yet: something random. */
async function hashOf({ source, name, contentType, folder }: AcceptedFile): Promise<string> {
  const never = new AbortController().signal;
  if ('stream' in source || folder) return contentHash({ size: undefined }, never, (count) => randomBytes(count));
  const open = await openSource(source, { name, contentType });
  try {
    return await contentHash(open, never, (count) => randomBytes(count));
  } finally {
    await open.close();
  }
}
