/** Routes about what is there already. */
import { inPath, metadata, type Account, type Entry } from './account.ts';
import { flag, read, readPath, writePath, type Argument } from './args.ts';
import { refused, tagged } from './refusal.ts';

const folderPath = { type: 'string', pattern: /^((\/(.|[\r\n])*)?|id:.*|(ns:[0-9]+(\/(.|[\r\n])*)?))$/ } as const;

export function getMetadata(account: Account, arg: unknown): Argument {
  const given = read(arg, {
    path: readPath,
    include_media_info: flag,
    include_deleted: flag,
    include_has_explicit_shared_members: flag,
    include_property_groups: { type: 'union', optional: true },
  });
  const entry = account.find(String(given.path));
  if (!entry) throw refused(tagged('path', tagged('not_found')));
  return metadata(entry);
}

export function remove(account: Account, arg: unknown): Argument {
  const given = read(arg, {
    path: writePath,
    parent_rev: { type: 'string', optional: true, pattern: /^[0-9a-f]{9,}$/ },
  });
  const entry = account.find(String(given.path));
  if (!entry) throw refused(tagged('path_lookup', tagged('not_found')));
  if (given.parent_rev !== undefined) checkRev(entry, given.parent_rev);
  const gone = metadata(entry);
  account.remove(entry);
  return { metadata: gone };
}

function checkRev(entry: Entry, rev: unknown): void {
  if (entry.kind === 'folder') throw refused(tagged('path_lookup', tagged('not_file')));
  if (entry.rev !== rev) throw refused(tagged('path_write', tagged('conflict', tagged('file'))));
}

export function createFolder(account: Account, arg: unknown): Argument {
  const given = read(arg, { path: writePath, autorename: flag });
  const { '.tag': _, ...folder } = metadata(
    inPath(() => account.makeFolder(String(given.path), { autorename: given.autorename === true })),
  );
  return { metadata: folder };
}

export function listFolder(account: Account, arg: unknown): Argument {
  const given = read(arg, {
    path: folderPath,
    recursive: flag,
    include_media_info: flag,
    include_deleted: flag,
    include_has_explicit_shared_members: flag,
    include_mounted_folders: flag,
    limit: { type: 'count', optional: true },
    shared_link: { type: 'object', optional: true },
    include_property_groups: { type: 'union', optional: true },
    include_non_downloadable_files: flag,
    include_restorable_info: flag,
  });
  const path = String(given.path);
  const entry = path === '' ? undefined : account.find(path);
  if (path !== '' && !entry) throw refused(tagged('path', tagged('not_found')));
  if (entry?.kind === 'file') throw refused(tagged('path', tagged('not_folder')));
  const all =
    given.recursive === true
      ? [...account.entries.values()].filter((one) =>
          one.path.toLowerCase().startsWith(`${(entry?.path ?? '').toLowerCase()}/`),
        )
      : account.below(entry?.path ?? '');
  return page(all, { from: 0, limit: (given.limit as number | undefined) ?? 500 });
}

const cursors = new Map<string, { all: Entry[]; from: number; limit: number }>();

function page(all: Entry[], { from, limit }: { from: number; limit: number }): Argument {
  const cursor = `AA${cursors.size}${'x'.repeat(20)}`;
  cursors.set(cursor, { all, from: from + limit, limit });
  return { entries: all.slice(from, from + limit).map(metadata), cursor, has_more: from + limit < all.length };
}

export function listFolderOn(_account: Account, arg: unknown): Argument {
  const { cursor } = read(arg, { cursor: { type: 'string' } });
  const known = cursors.get(String(cursor));
  if (!known) throw refused(tagged('reset'));
  return page(known.all, known);
}

export function spaceUsage(account: Account): Argument {
  return { used: account.used, allocation: { '.tag': 'individual', allocated: account.allocated } };
}

export function currentAccount(account: Account): Argument {
  return {
    account_id: account.id,
    email: 'ann@example.com',
    email_verified: account.isEmailVerified,
    disabled: false,
    locale: 'en',
    country: 'DE',
    is_paired: false,
    name: {
      given_name: 'Ann',
      surname: 'Example',
      familiar_name: 'Ann',
      display_name: 'Ann Example',
      abbreviated_name: 'AE',
    },
    referral_link: 'https://www.dropbox.com/referrals/x',
    account_type: tagged(account.plan),
    root_info: { '.tag': 'user', root_namespace_id: '1234567', home_namespace_id: '1234567' },
  };
}

export function checkUser(_account: Account, arg: unknown): Argument {
  const { query } = read(arg, { query: { type: 'string', optional: true } });
  return { result: typeof query === 'string' ? query : '' };
}
