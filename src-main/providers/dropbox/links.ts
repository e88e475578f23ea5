/** Shared links: one that is there is used, never made a second time, and what makes it open (`rlkey`) stays in it. */
import type { Dropbox, sharing } from 'dropbox';
import type { Link, LinkWish, Visibility } from '../../../src-shared/upload.ts';
import { secondsOf } from './job.ts';
import { isRefused } from './refusals.ts';
import type { DropboxSettings } from './settings.ts';
import { oddAnswer } from './stored.ts';

const dayMs = 24 * 3600 * 1000;
/** When nobody says for how long. */
const wishedDays = 7;

/** @param now ms since 1970 */
export async function makeLink(
  client: Dropbox,
  id: string,
  settings: DropboxSettings,
  { now, wish }: { now: number; wish?: LinkWish | undefined },
): Promise<Link> {
  const wanted = wantedOf(settings, now, wish);
  const made = await createOrFind(client, id, wanted);
  return linkOf(made, settings.linkKind);
}

/** Who wishes for a link that expires keeps what else the settings say: it opens to nobody more. */
function wantedOf(
  { linkDays, linkPassword, audience }: DropboxSettings,
  now: number,
  wish?: LinkWish,
): sharing.SharedLinkSettings | undefined {
  if (wish?.kind === 'public') return undefined;
  const ms =
    wish?.seconds === undefined ? (linkDays ?? (wish ? wishedDays : undefined) ?? 0) * dayMs : wish.seconds * 1000;
  const wanted: sharing.SharedLinkSettings = {
    ...(ms === 0 ? {} : { expires: secondsOf(now + ms) }),
    ...(linkPassword === undefined ? {} : { require_password: true, link_password: linkPassword }),
    ...(audience === 'team' ? { audience: { '.tag': 'team' } } : {}),
  };
  return Object.keys(wanted).length === 0 ? undefined : wanted;
}

async function createOrFind(
  client: Dropbox,
  id: string,
  settings: sharing.SharedLinkSettings | undefined,
): Promise<LinkMetadata> {
  try {
    return metadataOf(
      (await client.sharingCreateSharedLinkWithSettings({ path: id, ...(settings === undefined ? {} : { settings }) }))
        .result,
    );
  } catch (cause) {
    if (!isRefused(cause, 'shared_link_already_exists')) throw cause;
    // What it is like may be told or not: it is looked at.
    const [there] = await linksOf(client, id);
    if (!there) throw cause;
    return settings === undefined
      ? there
      : metadataOf((await client.sharingModifySharedLinkSettings({ url: there.url, settings })).result);
  }
}

type LinkMetadata = Pick<sharing.SharedLinkMetadata, 'url' | 'expires' | 'link_permissions'>;

function metadataOf(result: unknown): LinkMetadata {
  const link = result as Partial<LinkMetadata> | null;
  if (typeof link !== 'object' || typeof link?.url !== 'string' || !URL.canParse(link.url)) throw oddAnswer();
  return link as LinkMetadata;
}

async function linksOf(client: Dropbox, id: string): Promise<LinkMetadata[]> {
  const { result } = await client.sharingListSharedLinks({ path: id, direct_only: true });
  if (!Array.isArray(result?.links)) throw oddAnswer();
  return result.links.map(metadataOf);
}

function linkOf(made: LinkMetadata, kind: DropboxSettings['linkKind']): Link {
  const visibility = visibilityOf(made);
  const expiresAt = made.expires === undefined ? undefined : Date.parse(made.expires);
  const url = addressOf(made.url, kind);
  return {
    url,
    visibility,
    ...(expiresAt === undefined || visibility !== 'expiring' ? {} : { expiresAt }),
    ...(kind === 'page' ? { file: addressOf(made.url, 'download') } : {}),
  };
}

/** As it is, not as it was asked for: a team may allow less. */
function visibilityOf({ link_permissions: permissions, expires }: LinkMetadata): Visibility {
  const resolved = permissions?.resolved_visibility?.['.tag'] ?? 'public';
  const audience = permissions?.effective_audience?.['.tag'] ?? 'public';
  if (permissions?.require_password === true || resolved !== 'public' || audience !== 'public') return 'private';
  return expires === undefined ? 'public' : 'expiring';
}

/** The rest of the address stays as Dropbox made it. */
function addressOf(address: string, kind: DropboxSettings['linkKind']): string {
  const url = new URL(address);
  url.searchParams.delete('raw');
  url.searchParams.delete('dl');
  if (kind === 'direct') url.searchParams.set('raw', '1');
  else url.searchParams.set('dl', kind === 'download' ? '1' : '0');
  return url.href;
}

/** Also those that were made elsewhere: the file is about to be gone. */
export async function revokeLinks(client: Dropbox, id: string): Promise<void> {
  try {
    for (const { url } of await linksOf(client, id)) await client.sharingRevokeSharedLink({ url });
  } catch (cause) {
    // The file is gone, or its link is; without the right to look, the links end with the file.
    if (!['not_found', 'shared_link_not_found', 'missing_scope'].some((tags) => isRefused(cause, tags))) throw cause;
  }
}
