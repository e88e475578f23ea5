/** Shared links: one per file, with the settings that the plan allows, and the pages behind them. */
import { randomBytes } from 'node:crypto';
import { baseName, type DropboxAccount, type SharedLink, type StoredFile } from './account.ts';
import { optionalBoolean, parseArgument, readPath, timeField, toTagged, type Argument } from './arguments.ts';
import { routeError, tagged } from './error-response.ts';

/** The origins of links, without a slash at the end: `https://www.dropbox.com`, or a loopback address. */
export interface LinkHosts {
  www: string;
  content: string;
}

const settingsShape = {
  require_password: optionalBoolean,
  link_password: { type: 'string', optional: true },
  expires: timeField,
  audience: { type: 'union', optional: true },
  access: { type: 'union', optional: true },
  requested_visibility: { type: 'union', optional: true },
  allow_download: optionalBoolean,
} as const;

export function createSharedLink(account: DropboxAccount, arg: unknown, { www }: LinkHosts): Argument {
  const argument = parseArgument(arg, { path: readPath, settings: { type: 'object', optional: true } });
  const entry = account.find(String(argument.path));
  if (!entry) throw routeError(tagged('path', tagged('not_found')));
  if (!account.isEmailVerified) throw routeError(tagged('email_not_verified'));
  if (account.isBanned) throw routeError(tagged('banned_member'));
  if (entry.kind === 'folder') throw routeError(tagged('access_denied'));
  const settings = parseArgument(argument.settings ?? {}, settingsShape);
  const existing = existingLinkTo(account, entry);
  // Like Dropbox, reports the existing link only to a request without settings.
  if (existing)
    throw routeError(
      Object.keys(settings).length > 0
        ? tagged('shared_link_already_exists')
        : tagged('shared_link_already_exists', tagged('metadata', linkMetadata(account, existing))),
    );
  checkSettings(account, settings);
  const rlkey = randomBytes(16)
    .toString('base64url')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, 'x');
  const url = `${www}/scl/fi/${randomBytes(11).toString('hex')}/${encodeURIComponent(baseName(entry.path))}?rlkey=${rlkey}&st=${rlkey.slice(0, 8)}&dl=0`;
  const link: SharedLink = { url, fileId: entry.id, rlkey, audience: 'public', allowDownload: true };
  applySettings(account, link, settings);
  account.links.set(url, link);
  return linkMetadata(account, link);
}

const existingLinkTo = (account: DropboxAccount, { id }: { id: string }): SharedLink | undefined =>
  [...account.links.values()].find((link) => link.fileId === id);

function checkSettings(account: DropboxAccount, settings: Argument): void {
  const needsPaidPlan =
    settings.expires !== undefined || settings.require_password === true || settings.link_password !== undefined;
  if (needsPaidPlan && account.plan === 'basic') throw routeError(tagged('settings_error', tagged('not_authorized')));
  const isPast = typeof settings.expires === 'string' && Date.parse(settings.expires) <= account.now();
  if (isPast || (settings.require_password === true) !== (settings.link_password !== undefined))
    throw routeError(tagged('settings_error', tagged('invalid_settings')));
}

function applySettings(account: DropboxAccount, link: SharedLink, settings: Argument): void {
  if (typeof settings.expires === 'string') link.expires = settings.expires;
  if (typeof settings.link_password === 'string') link.password = settings.link_password;
  if (settings.allow_download !== undefined) link.allowDownload = settings.allow_download === true;
  const audience = toTagged(settings.audience, link.audience)['.tag'];
  if (audience === 'public' || audience === 'team' || audience === 'no_one') link.audience = audience;
  // Like Dropbox, restricts the audience to the one that the team allows, without an error.
  if (account.widestAudience !== 'public') link.audience = account.widestAudience;
}

function linkMetadata(account: DropboxAccount, link: SharedLink): Argument {
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
    name: baseName(file.path),
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

export function listSharedLinks(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    path: { ...readPath, optional: true },
    cursor: { type: 'string', optional: true },
    direct_only: optionalBoolean,
  });
  const links = [...account.links.values()];
  if (argument.path === undefined) return { links: links.map((link) => linkMetadata(account, link)), has_more: false };
  const entry = account.find(argument.path as string);
  if (!entry) throw routeError(tagged('path', tagged('not_found')));
  return {
    links: links.filter((link) => link.fileId === entry.id).map((link) => linkMetadata(account, link)),
    has_more: false,
  };
}

/** Finds the link by the path and the `rlkey` of its URL; other parts may differ. */
function findLink(account: DropboxAccount, url: unknown): SharedLink {
  const wantedUrl = String(url);
  if (!URL.canParse(wantedUrl)) throw routeError(tagged('shared_link_malformed'));
  const link = [...account.links.values()].find(
    (candidate) =>
      new URL(candidate.url).pathname === new URL(wantedUrl).pathname &&
      candidate.rlkey === new URL(wantedUrl).searchParams.get('rlkey'),
  );
  if (!link) throw routeError(tagged('shared_link_not_found'));
  return link;
}

export function modifySharedLink(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    url: { type: 'string' },
    settings: { type: 'object' },
    remove_expiration: optionalBoolean,
  });
  const link = findLink(account, argument.url);
  const settings = parseArgument(argument.settings, settingsShape);
  checkSettings(account, settings);
  applySettings(account, link, settings);
  if (argument.remove_expiration === true) delete link.expires;
  return linkMetadata(account, link);
}

export function revokeSharedLink(account: DropboxAccount, arg: unknown): null {
  const { url } = parseArgument(arg, { url: { type: 'string' } });
  account.links.delete(findLink(account, url).url);
  return null;
}

export function getLinkMetadata(account: DropboxAccount, arg: unknown): Argument {
  const { url } = parseArgument(arg, {
    url: { type: 'string' },
    path: { type: 'string', optional: true },
    link_password: { type: 'string', optional: true },
  });
  return linkMetadata(account, findLink(account, url));
}

// ---------------------------------------------------------------- pages for browsers

export interface PageResponse {
  status: number;
  headers: Record<string, string>;
  body: readonly Uint8Array[];
}

const html = (status: number, message: string, headers: Record<string, string> = {}): PageResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: [Buffer.from(`<!doctype html><title>Dropbox</title><p>${message}</p>`)],
});

/** @param url the requested URL on the www host */
export function linkPage(account: DropboxAccount, url: URL, { content }: LinkHosts): PageResponse {
  // The links of this server may have a prefix before Dropbox's path, so only the end is compared.
  const link = [...account.links.values()].find(
    (link) => new URL(link.url).pathname.endsWith(url.pathname) && link.rlkey === url.searchParams.get('rlkey'),
  );
  if (!link) return html(403, 'This link does not work');
  if (account.isBanned) return html(429, 'This link is temporarily disabled');
  if (link.expires !== undefined && Date.parse(link.expires) <= account.now())
    return html(410, 'This link has expired');
  if (link.password !== undefined) return html(302, 'Enter the password', { location: '/sm/password' });
  if (link.audience !== 'public') return html(302, 'Sign in', { location: '/login' });
  if (url.searchParams.get('dl') === '1' || url.searchParams.get('raw') === '1') {
    const mode = url.searchParams.get('raw') === '1' ? 'inline' : 'get';
    return html(302, '', { location: `${content}/cd/0/${mode}/${encodeURIComponent(link.fileId)}/file` });
  }
  return html(200, 'A preview of the file');
}

/** @param url on the host that serves file content */
export function contentPage(account: DropboxAccount, url: URL, range: string | undefined): PageResponse {
  const [, mode, id] = /^\/cd\/0\/(get|inline)\/([^/]+)\/file$/.exec(url.pathname) ?? [];
  const file = account.find(decodeURIComponent(id ?? ''));
  if (file?.kind !== 'file') return html(404, 'Gone');
  const disposition = `${mode === 'get' ? 'attachment' : 'inline'}; filename*=UTF-8''${encodeURIComponent(baseName(file.path))}`;
  const headers = {
    'content-type': mode === 'get' ? 'application/binary' : 'application/octet-stream',
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
