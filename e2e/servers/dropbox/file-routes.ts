/** Routes for existing files and folders. */
import { withPathError, metadata, type DropboxAccount, type AccountEntry } from './account.ts';
import { optionalBoolean, parseArgument, readPath, writePath, type Argument } from './arguments.ts';
import { routeError, tagged } from './error-response.ts';

/** Dropbox's own pattern: like other paths, but the root folder is an empty string. */
const folderPath = { type: 'string', pattern: /^((\/(.|[\r\n])*)?|id:.*|(ns:[0-9]+(\/(.|[\r\n])*)?))$/ } as const;

export function getMetadata(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    path: readPath,
    include_media_info: optionalBoolean,
    include_deleted: optionalBoolean,
    include_has_explicit_shared_members: optionalBoolean,
    include_property_groups: { type: 'union', optional: true },
  });
  const entry = account.find(String(argument.path));
  if (!entry) throw routeError(tagged('path', tagged('not_found')));
  return metadata(entry);
}

export function deleteEntry(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    path: writePath,
    parent_rev: { type: 'string', optional: true, pattern: /^[0-9a-f]{9,}$/ },
  });
  const entry = account.find(String(argument.path));
  if (!entry) throw routeError(tagged('path_lookup', tagged('not_found')));
  if (argument.parent_rev !== undefined) checkRev(entry, argument.parent_rev);
  const deleted = metadata(entry);
  account.remove(entry);
  return { metadata: deleted };
}

function checkRev(entry: AccountEntry, rev: unknown): void {
  if (entry.kind === 'folder') throw routeError(tagged('path_lookup', tagged('not_file')));
  if (entry.rev !== rev) throw routeError(tagged('path_write', tagged('conflict', tagged('file'))));
}

export function createFolder(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, { path: writePath, autorename: optionalBoolean });
  const { '.tag': _, ...folder } = metadata(
    withPathError(() => account.makeFolder(String(argument.path), { autorename: argument.autorename === true })),
  );
  return { metadata: folder };
}

export function listFolder(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    path: folderPath,
    recursive: optionalBoolean,
    include_media_info: optionalBoolean,
    include_deleted: optionalBoolean,
    include_has_explicit_shared_members: optionalBoolean,
    include_mounted_folders: optionalBoolean,
    limit: { type: 'count', optional: true },
    shared_link: { type: 'object', optional: true },
    include_property_groups: { type: 'union', optional: true },
    include_non_downloadable_files: optionalBoolean,
    include_restorable_info: optionalBoolean,
  });
  const path = String(argument.path);
  const entry = path === '' ? undefined : account.find(path);
  if (path !== '' && !entry) throw routeError(tagged('path', tagged('not_found')));
  if (entry?.kind === 'file') throw routeError(tagged('path', tagged('not_folder')));
  const entries =
    argument.recursive === true
      ? [...account.entries.values()].filter((candidate) =>
          candidate.path.toLowerCase().startsWith(`${(entry?.path ?? '').toLowerCase()}/`),
        )
      : account.childrenOf(entry?.path ?? '');
  return page(entries, { from: 0, limit: (argument.limit as number | undefined) ?? 500 });
}

/** The rest of each list of which a page was returned, by the cursor in the response. */
const cursors = new Map<string, { entries: AccountEntry[]; from: number; limit: number }>();

function page(entries: AccountEntry[], { from, limit }: { from: number; limit: number }): Argument {
  const cursor = `AA${cursors.size}${'x'.repeat(20)}`;
  cursors.set(cursor, { entries, from: from + limit, limit });
  return { entries: entries.slice(from, from + limit).map(metadata), cursor, has_more: from + limit < entries.length };
}

export function continueListFolder(_account: DropboxAccount, arg: unknown): Argument {
  const { cursor } = parseArgument(arg, { cursor: { type: 'string' } });
  const remainder = cursors.get(String(cursor));
  if (!remainder) throw routeError(tagged('reset'));
  return page(remainder.entries, remainder);
}

export function spaceUsage(account: DropboxAccount): Argument {
  return { used: account.used, allocation: { '.tag': 'individual', allocated: account.allocated } };
}

export function currentAccount(account: DropboxAccount): Argument {
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

export function checkUser(_account: DropboxAccount, arg: unknown): Argument {
  const { query } = parseArgument(arg, { query: { type: 'string', optional: true } });
  return { result: typeof query === 'string' ? query : '' };
}
