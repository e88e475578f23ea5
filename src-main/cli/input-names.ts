/** Applies the naming options of a command (`--name`, `--remote-path`, `--if-exists`) to its files. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  templateError,
  fillTemplate,
  parseTemplate,
  usesHash,
  type Template,
  type TemplateUse,
} from '../../src-shared/name-template.ts';
import { errorText, text } from '../../src-shared/text/text.ts';
import type { Collision } from '../../src-shared/upload.ts';
import { parentFolderName } from '../engine/key-options.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { renameAcceptedFile } from '../platform/rename-accepted-file.ts';
import { openSource } from '../platform/source-file.ts';
import { sha256OfSource } from '../providers/keys/object-key.ts';
import type { InputFile } from './input-files.ts';
import { UsageError } from './cli-errors.ts';

export interface NameOptions {
  name?: string;
  remotePath?: string;
  ifExists?: Collision;
}

/** `name`: the new name of the file or folder. `keyTemplate`: the template of the whole key. */
export interface NamingRules {
  name?: Template;
  keyTemplate?: string;
  collision?: Collision;
}

/** @throws UsageError for an invalid template */
export function parseNamingOptions({ name, remotePath, ifExists }: NameOptions, count: number): NamingRules {
  return {
    ...(name === undefined ? {} : { name: parseOption('--name', name, 'name') }),
    ...(remotePath === undefined ? {} : { keyTemplate: parseRemotePath(remotePath, count) }),
    ...(ifExists === undefined ? {} : { collision: ifExists }),
  };
}

/**
 * A path is a folder if it ends with a slash or if there are several files. Files in this folder keep their names.
 */
function parseRemotePath(remotePath: string, count: number): string {
  const isFolder = remotePath.endsWith('/') || count > 1;
  const withoutEndSlashes = remotePath.replace(/\/+$/, '');
  const keyTemplate = isFolder ? `${withoutEndSlashes}/{name}` : remotePath;
  parseOption('--remote-path', keyTemplate, 'key');
  return keyTemplate;
}

function parseOption(option: string, typed: string, use: TemplateUse): Template {
  const { template, problem } = parseTemplate(typed, use);
  if (!template)
    throw new UsageError(
      text('cli.upload.bad-name', { option, what: errorText(templateError(problem, option), 'shell').what }),
    );
  return template;
}

/**
 * Renames the files and sets their key templates. All files of one folder get the same new folder name.
 * @param profile the destination's name
 * @throws AppFailure source-… when a template needs the content hash of a file that cannot be read
 */
export async function applyNaming(
  inputs: readonly InputFile[],
  rules: NamingRules,
  profile: string,
): Promise<InputFile[]> {
  const { name, keyTemplate, collision } = rules;
  const at = Date.now();
  /** The new name of each folder, by the folder's token. */
  const folders = new Map<string, string>();
  const fillName = async (file: AcceptedFile, template: Template): Promise<string> =>
    fillTemplate(template, {
      name: file.folder?.name ?? file.name,
      kind: file.folder ? 'folder' : 'file',
      at,
      profile,
      folder: parentFolderName(file),
      random: (count) => randomBytes(count).toString('base64url').slice(0, count),
      uuid: () => randomUUID(),
      hash: usesHash(template) ? await hashContent(file) : '',
    });
  const named: InputFile[] = [];
  for (const input of inputs) {
    if (!('file' in input)) {
      named.push(input);
      continue;
    }
    let { file } = input;
    if (name && file.folder) {
      const { token } = file.folder;
      folders.set(token, folders.get(token) ?? (await fillName(file, name)));
      file = { ...file, folder: { ...file.folder, name: folders.get(token)! } };
    } else if (name) {
      file = renameAcceptedFile(file, await fillName(file, name));
    }
    named.push({
      ...input,
      file: {
        ...file,
        ...(keyTemplate === undefined ? {} : { keyTemplate }),
        ...(collision === undefined ? {} : { collision }),
      },
    });
  }
  return named;
}

/** The hash of the content; random for a folder, which has no content, and for a pipe, whose content is unknown yet. */
async function hashContent({ source, name, contentType, folder }: AcceptedFile): Promise<string> {
  const neverAborted = new AbortController().signal;
  if ('stream' in source || folder)
    return sha256OfSource({ size: undefined }, neverAborted, (count) => randomBytes(count));
  const open = await openSource(source, { name, contentType });
  try {
    return await sha256OfSource(open, neverAborted, (count) => randomBytes(count));
  } finally {
    await open.close();
  }
}
