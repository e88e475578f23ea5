/** Shared links: one a file, made with the settings that the plan allows, and the pages behind them. */
import { randomBytes } from 'node:crypto';
import { nameOf, type Account, type SharedLink, type StoredFile } from './account.ts';
import { flag, read, readPath, timeField, unionOf, type Argument } from './args.ts';
import { refused, tagged } from './refusal.ts';

/** Where links lead: `https://www.dropbox.com`, or a place on loopback. No slash at the end. */
export interface Places {
  www: string;
  content: string;
}

const settingsShape = {
  require_password: flag,
  link_password: { type: 'string', optional: true },
  expires: timeField,
  audience: { type: 'union', optional: true },
  access: { type: 'union', optional: true },
  requested_visibility: { type: 'union', optional: true },
  allow_download: flag,
} as const;

export function create(account: Account, arg: unknown, { www }: Places): Argument {
  const given = read(arg, { path: readPath, settings: { type: 'object', optional: true } });
  const entry = account.find(String(given.path));
  if (!entry) throw refused(tagged('path', tagged('not_found')));
  if (!account.isEmailVerified) throw refused(tagged('email_not_verified'));
  if (account.isBanned) throw refused(tagged('banned_member'));
  if (entry.kind === 'folder') throw refused(tagged('access_denied'));
  const settings = read(given.settings ?? {}, settingsShape);
  const there = linkOf(account, entry);
  // What it is like is not told to who asked for something else.
  if (there)
    throw refused(
      Object.keys(settings).length > 0
        ? tagged('shared_link_already_exists')
        : tagged('shared_link_already_exists', tagged('metadata', linkMetadata(account, there))),
    );
  checkSettings(account, settings);
  const rlkey = randomBytes(16)
    .toString('base64url')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, 'x');
  const url = `${www}/scl/fi/${randomBytes(11).toString('hex')}/${encodeURIComponent(nameOf(entry.path))}?rlkey=${rlkey}&st=${rlkey.slice(0, 8)}&dl=0`;
  const link: SharedLink = { url, fileId: entry.id, rlkey, audience: 'public', allowDownload: true };
  change(account, link, settings);
  account.links.set(url, link);
  return linkMetadata(account, link);
}

const linkOf = (account: Account, { id }: { id: string }): SharedLink | undefined =>
  [...account.links.values()].find((link) => link.fileId === id);

function checkSettings(account: Account, settings: Argument): void {
  const wantsPlan =
    settings.expires !== undefined || settings.require_password === true || settings.link_password !== undefined;
  if (wantsPlan && account.plan === 'basic') throw refused(tagged('settings_error', tagged('not_authorized')));
  const isPast = typeof settings.expires === 'string' && Date.parse(settings.expires) <= account.now();
  if (isPast || (settings.require_password === true) !== (settings.link_password !== undefined))
    throw refused(tagged('settings_error', tagged('invalid_settings')));
}

function change(account: Account, link: SharedLink, settings: Argument): void {
  if (typeof settings.expires === 'string') link.expires = settings.expires;
  if (typeof settings.link_password === 'string') link.password = settings.link_password;
  if (settings.allow_download !== undefined) link.allowDownload = settings.allow_download === true;
  const audience = unionOf(settings.audience, link.audience)['.tag'];
  if (audience === 'public' || audience === 'team' || audience === 'no_one') link.audience = audience;
  // What a team does not allow is made narrower without a word.
  if (account.widestAudience !== 'public') link.audience = account.widestAudience;
}

function linkMetadata(account: Account, link: SharedLink): Argument {
  const file = account.find(link.fileId) as StoredFile;
  const isPro = account.plan === 'pro';
  const visibility =
    link.password === undefined
      ? { public: 'public', team: 'team_only', no_one: 'only_you' }[link.audience]
      : 'password';
  return {
    '.tag': 'file',
    url: link.url,
    id: file.id,
    name: nameOf(file.path),
    path_lower: file.path.toLowerCase(),
    ...(link.expires === undefined ? {} : { expires: link.expires }),
    client_modified: file.clientModified,
    server_modified: file.serverModified,
    rev: file.rev,
    size: file.size,
    link_permissions: {
      resolved_visibility: tagged(visibility),
      requested_visibility: tagged(visibility === 'only_you' ? 'team_only' : visibility),
      can_revoke: true,
      effective_audience: tagged(link.audience),
      link_access_level: tagged('viewer'),
      visibility_policies: [
        {
          policy: tagged('public'),
          resolved_policy: tagged('public'),
          allowed: account.widestAudience === 'public',
          ...(account.widestAudience === 'public' ? {} : { disallowed_reason: tagged('restricted_by_team') }),
        },
      ],
      can_set_expiry: isPro,
      can_remove_expiry: isPro,
      allow_download: link.allowDownload,
      can_allow_download: true,
      can_disallow_download: isPro,
      allow_comments: false,
      team_restricts_comments: false,
      audience_options: [{ audience: tagged('public'), allowed: account.widestAudience === 'public' }],
      can_set_password: isPro,
      can_remove_password: isPro,
      require_password: link.password !== undefined,
    },
  };
}

export function list(account: Account, arg: unknown): Argument {
  const given = read(arg, {
    path: { ...readPath, optional: true },
    cursor: { type: 'string', optional: true },
    direct_only: flag,
  });
  const all = [...account.links.values()];
  if (given.path === undefined) return { links: all.map((link) => linkMetadata(account, link)), has_more: false };
  const entry = account.find(given.path as string);
  if (!entry) throw refused(tagged('path', tagged('not_found')));
  return {
    links: all.filter((link) => link.fileId === entry.id).map((link) => linkMetadata(account, link)),
    has_more: false,
  };
}

/** By what names it: the rest of the address may differ. */
function linkAt(account: Account, url: unknown): SharedLink {
  const wanted = String(url);
  if (!URL.canParse(wanted)) throw refused(tagged('shared_link_malformed'));
  const link = [...account.links.values()].find(
    (one) =>
      new URL(one.url).pathname === new URL(wanted).pathname && one.rlkey === new URL(wanted).searchParams.get('rlkey'),
  );
  if (!link) throw refused(tagged('shared_link_not_found'));
  return link;
}

export function modify(account: Account, arg: unknown): Argument {
  const given = read(arg, { url: { type: 'string' }, settings: { type: 'object' }, remove_expiration: flag });
  const link = linkAt(account, given.url);
  const settings = read(given.settings, settingsShape);
  checkSettings(account, settings);
  change(account, link, settings);
  if (given.remove_expiration === true) delete link.expires;
  return linkMetadata(account, link);
}

export function revoke(account: Account, arg: unknown): null {
  const { url } = read(arg, { url: { type: 'string' } });
  account.links.delete(linkAt(account, url).url);
  return null;
}

export function getLinkMetadata(account: Account, arg: unknown): Argument {
  const { url } = read(arg, {
    url: { type: 'string' },
    path: { type: 'string', optional: true },
    link_password: { type: 'string', optional: true },
  });
  return linkMetadata(account, linkAt(account, url));
}

// ---------------------------------------------------------------- what a browser sees

export interface Page {
  status: number;
  headers: Record<string, string>;
  body: readonly Uint8Array[];
}

const html = (status: number, words: string, headers: Record<string, string> = {}): Page => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: [Buffer.from(`<!doctype html><title>Dropbox</title><p>${words}</p>`)],
});

/** @param url as it was asked for, on the www host */
export function linkPage(account: Account, url: URL, { content }: Places): Page {
  const found = [...account.links.values()].find(
    (link) => new URL(link.url).pathname.endsWith(url.pathname) && link.rlkey === url.searchParams.get('rlkey'),
  );
  if (!found) return html(403, 'This link does not work');
  if (account.isBanned) return html(429, 'This link is temporarily disabled');
  if (found.expires !== undefined && Date.parse(found.expires) <= account.now())
    return html(410, 'This link has expired');
  if (found.password !== undefined) return html(302, 'Enter the password', { location: '/sm/password' });
  if (found.audience !== 'public') return html(302, 'Sign in', { location: '/login' });
  if (url.searchParams.get('dl') === '1' || url.searchParams.get('raw') === '1') {
    const how = url.searchParams.get('raw') === '1' ? 'inline' : 'get';
    return html(302, '', { location: `${content}/cd/0/${how}/${encodeURIComponent(found.fileId)}/file` });
  }
  return html(200, 'A preview of the file');
}

/** @param url on the host that gives bytes out */
export function contentPage(account: Account, url: URL, range: string | undefined): Page {
  const [, how, id] = /^\/cd\/0\/(get|inline)\/([^/]+)\/file$/.exec(url.pathname) ?? [];
  const file = account.find(decodeURIComponent(id ?? ''));
  if (file?.kind !== 'file') return html(404, 'Gone');
  const disposition = `${how === 'get' ? 'attachment' : 'inline'}; filename*=UTF-8''${encodeURIComponent(nameOf(file.path))}`;
  const headers = {
    'content-type': how === 'get' ? 'application/binary' : 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-disposition': disposition,
  };
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from === undefined)
    return { status: 200, headers: { ...headers, 'content-length': String(file.size) }, body: file.content };
  if (Number(from) >= file.size) return { status: 416, headers: { 'content-range': `bytes */${file.size}` }, body: [] };
  const end = Math.min(Number(to), file.size - 1);
  const bytes = Buffer.concat(file.content).subarray(Number(from), end + 1);
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${from}-${end}/${file.size}`,
      'content-length': String(bytes.length),
    },
    body: [bytes],
  };
}
