/** Creates shared links. Reuses an existing link of the file, and keeps the access key in its URL (`rlkey`). */
import type { Dropbox, sharing } from 'dropbox';
import type { Link, LinkOverride, Visibility } from '../../../src-shared/upload.ts';
import { isSafeLink } from '../../platform/safe-url.ts';
import { toDropboxTime } from './upload-context.ts';
import { hasErrorTags } from './api-errors.ts';
import type { DropboxSettings } from './settings.ts';
import { unexpectedResponse } from './file-metadata.ts';

const dayMs = 24 * 3600 * 1000;
/** The lifetime of an expiring link if neither the upload nor the settings specify it. */
const defaultLinkDays = 7;

/** @param now ms since 1970 */
export async function createDropboxLink(
  client: Dropbox,
  id: string,
  settings: DropboxSettings,
  { now, linkOverride }: { now: number; linkOverride?: LinkOverride | undefined },
): Promise<Link> {
  const linkSettings = linkSettingsFor(settings, now, linkOverride);
  const sharedLink = await createOrFind(client, id, linkSettings);
  return toLink(sharedLink, settings.linkKind);
}

/**
 * The expiry, password and audience of a link; undefined for a link without any of them, such as one for which the user
 * chose the link kind "public".
 */
function linkSettingsFor(
  { linkDays, linkPassword, audience }: DropboxSettings,
  now: number,
  linkOverride?: LinkOverride,
): sharing.SharedLinkSettings | undefined {
  if (linkOverride?.kind === 'public') return undefined;
  const days = linkDays ?? (linkOverride ? defaultLinkDays : 0);
  const lifetimeMs = linkOverride?.seconds === undefined ? days * dayMs : linkOverride.seconds * 1000;
  const linkSettings: sharing.SharedLinkSettings = {
    // A lifetime of 0 means that the link does not expire.
    ...(lifetimeMs === 0 ? {} : { expires: toDropboxTime(now + lifetimeMs) }),
    ...(linkPassword === undefined ? {} : { require_password: true, link_password: linkPassword }),
    ...(audience === 'team' ? { audience: { '.tag': 'team' } } : {}),
  };
  return Object.keys(linkSettings).length === 0 ? undefined : linkSettings;
}

/** Creates a link with these settings. If the file already has a link, changes the settings of that link instead. */
async function createOrFind(
  client: Dropbox,
  id: string,
  settings: sharing.SharedLinkSettings | undefined,
): Promise<LinkMetadata> {
  try {
    return parseLinkMetadata(
      (await client.sharingCreateSharedLinkWithSettings({ path: id, ...(settings === undefined ? {} : { settings }) }))
        .result,
    );
  } catch (cause) {
    if (!hasErrorTags(cause, 'shared_link_already_exists')) throw cause;
    // The error does not always contain the existing link, so the links of the file are listed.
    const [existing] = await listLinks(client, id);
    if (!existing) throw cause;
    return settings === undefined
      ? existing
      : parseLinkMetadata((await client.sharingModifySharedLinkSettings({ url: existing.url, settings })).result);
  }
}

type LinkMetadata = Pick<sharing.SharedLinkMetadata, 'url' | 'expires' | 'link_permissions'>;

function parseLinkMetadata(result: unknown): LinkMetadata {
  const link = result as Partial<LinkMetadata> | null;
  if (typeof link !== 'object' || typeof link?.url !== 'string' || !isSafeLink(link.url)) throw unexpectedResponse();
  return link as LinkMetadata;
}

async function listLinks(client: Dropbox, id: string): Promise<LinkMetadata[]> {
  const { result } = await client.sharingListSharedLinks({ path: id, direct_only: true });
  if (!Array.isArray(result?.links)) throw unexpectedResponse();
  return result.links.map(parseLinkMetadata);
}

function toLink(sharedLink: LinkMetadata, kind: DropboxSettings['linkKind']): Link {
  const visibility = visibilityOf(sharedLink);
  const expiresAt = sharedLink.expires === undefined ? undefined : Date.parse(sharedLink.expires);
  const url = linkUrl(sharedLink.url, kind);
  return {
    url,
    visibility,
    ...(expiresAt === undefined || visibility !== 'expiring' ? {} : { expiresAt }),
    ...(kind === 'page' ? { file: linkUrl(sharedLink.url, 'download') } : {}),
  };
}

/** The actual visibility. The rules of a team may restrict a link more than requested. */
function visibilityOf({ link_permissions: permissions, expires }: LinkMetadata): Visibility {
  const resolved = permissions?.resolved_visibility?.['.tag'] ?? 'public';
  const audience = permissions?.effective_audience?.['.tag'] ?? 'public';
  if (permissions?.require_password === true || resolved !== 'public' || audience !== 'public') return 'private';
  return expires === undefined ? 'public' : 'expiring';
}

/** Changes only the parameters that choose between the file, a download and the preview page. */
function linkUrl(sharedUrl: string, kind: DropboxSettings['linkKind']): string {
  const url = new URL(sharedUrl);
  url.searchParams.delete('raw');
  url.searchParams.delete('dl');
  if (kind === 'direct') url.searchParams.set('raw', '1');
  else url.searchParams.set('dl', kind === 'download' ? '1' : '0');
  return url.href;
}

/** Revokes all links of a file, also links that other clients created, because the file is about to be deleted. */
export async function revokeLinks(client: Dropbox, id: string): Promise<void> {
  try {
    for (const { url } of await listLinks(client, id)) await client.sharingRevokeSharedLink({ url });
  } catch (cause) {
    // Ignores a missing file or link. If Hoist may not list links, they stop working when the file is deleted.
    if (!['not_found', 'shared_link_not_found', 'missing_scope'].some((tags) => hasErrorTags(cause, tags))) throw cause;
  }
}
