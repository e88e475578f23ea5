/** Makes what was read destinations and history entries of Hoist's own. What is there already stays as it is. */
import { setImmediate } from 'node:timers/promises';
import type {
  FieldValues,
  ImportReport,
  ProfileDraft,
  ProfilesView,
  ProfileView,
} from '../../../src-shared/profile.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { UploadId, UploadIn } from '../../../src-shared/upload.ts';
import type { Provider } from '../../providers/provider.ts';
import { contentTypeOf } from '../../platform/source-file.ts';
import { isOwn, ownName } from '../export.ts';
import { formValues } from '../form-values.ts';
import type { Imported, ImportedLink, Parsed } from './imported.ts';

export interface TakeOverPorts {
  providers: readonly Provider[];
  profiles: {
    view(): ProfilesView;
    /** @throws AppFailure invalid-input when something is missing or wrong */
    save(draft: ProfileDraft): Promise<ProfileView>;
    /** Saves it as it is: what is missing is asked for before it is used. */
    saveIncomplete(draft: ProfileDraft): Promise<ProfileView>;
    use(id: string): void;
  };
  history: {
    has(id: UploadId): boolean;
    insert(uploads: UploadIn<'done'>[]): void;
    /** All of them are there now. Newest first. */ added(uploads: UploadIn<'done'>[]): void;
  };
}

export interface TakeOverOptions {
  keep?: ProfileDraft['keep'];
}

/** The store's id of whoever made a link elsewhere: no destination has it, so nothing can be made anew or deleted with it. */
const elsewhere = 'imported';

/** Sends nothing, tests nothing, and leaves the destination in use as it is. */
export async function takeOver(
  parsed: Parsed,
  ports: TakeOverPorts,
  { keep }: TakeOverOptions = {},
): Promise<ImportReport> {
  const skipped = [...parsed.skipped];
  const profiles: ImportReport['profiles'] = [];
  for (const imported of parsed.profiles) {
    const taken = await one(imported, ports, keep);
    if (taken) profiles.push({ ...taken, from: imported.from });
    else skipped.push({ name: imported.name, because: 'unusable' });
  }
  return { profiles, uploads: await remember(parsed.links, ports.history), skipped };
}

/** Entries at once: what else goes on meanwhile must not wait for an album of thousands. */
const atOnce = 250;

/** @returns how many were not there yet */
async function remember(links: readonly ImportedLink[], history: TakeOverPorts['history']): Promise<number> {
  const entries = [...new Map(links.map((link) => [idOf(link), link]))]
    .map(([id, link]) => entryOf(id, link))
    .sort((a, b) => a.doneAt - b.doneAt);
  const added: UploadIn<'done'>[] = [];
  // Each goes below what is there, so the newest come first.
  for (let end = entries.length; end > 0; end -= atOnce) {
    const fresh = entries.slice(Math.max(0, end - atOnce), end).filter(({ id }) => !history.has(id));
    if (fresh.length > 0) history.insert(fresh);
    added.push(...fresh.toReversed());
    await setImmediate();
  }
  history.added(added);
  return added.length;
}

type Kept = ImportReport['profiles'][number]['kept'];

/** Undefined for a kind of destination that is not there. `name`: what it is called here. */
async function one(
  imported: Imported,
  { providers, profiles }: TakeOverPorts,
  keep: TakeOverOptions['keep'],
): Promise<{ name: string; kept: Kept } | undefined> {
  const provider = providers.find(({ id }) => id === imported.providerId);
  if (!provider) return undefined;
  const { profiles: before, current } = profiles.view();
  const settings = formValues(provider, imported.settings);
  const alike = before.filter(
    (profile) => profile.providerId === provider.id && isSame(profile.settings, settings, provider),
  );
  // Of Hoist's own destinations two may differ in their names and other settings alone.
  const same = alike.find(({ name }) => name === imported.name) ?? (imported.from === ownName ? undefined : alike[0]);
  if (same) {
    const { id, name } = same;
    if (lacksKey(same) && Object.keys(imported.secrets).length > 0)
      await save(
        {
          id,
          providerId: provider.id,
          name,
          settings: same.settings,
          secrets: imported.secrets,
          ...(keep ? { keep } : {}),
        },
        profiles,
      );
    return { name, kept: 'known' };
  }
  const draft: ProfileDraft = {
    providerId: provider.id,
    name: freeName(imported.name, before),
    settings,
    secrets: imported.secrets,
    ...(keep ? { keep } : {}),
  };
  const kept = await save(draft, profiles);
  if (before.some((profile) => profile.id === current && isOwn(profile))) profiles.use(current!);
  return { name: draft.name, kept };
}

async function save(draft: ProfileDraft, profiles: TakeOverPorts['profiles']): Promise<Kept> {
  try {
    await profiles.save(draft);
    return 'added';
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'invalid-input') throw cause;
    await profiles.saveIncomplete(draft);
    return 'incomplete';
  }
}

/** Nothing of it is replaced that works. */
const lacksKey = ({ kept }: ProfileView): boolean => kept === 'missing' || kept === 'locked' || kept === 'session';

/** Fields that decide where files go and with whose key. */
const identity = ['endpoint', 'bucket', 'prefix', 'accessKeyId', 'awsProfile'];

/** A remote without a bucket is the same as a destination that was made of it and given one. */
function isSame(saved: FieldValues, imported: FieldValues, { tidy }: Provider): boolean {
  const wanted = tidy ? quietly(tidy, imported) : imported;
  return (
    identity.every(
      (key) =>
        ((key === 'bucket' || key === 'prefix') && !wanted['bucket']) || hostOf(saved[key]) === hostOf(wanted[key]),
    ) && identity.some((key) => wanted[key] !== undefined)
  );
}

/** Values that cannot be tidied are compared as they are. */
function quietly(tidy: (values: FieldValues) => FieldValues, values: FieldValues): FieldValues {
  try {
    return tidy(values);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return values;
  }
}

const hostOf = (value: string | undefined): string => (value ?? '').replace(/^https?:\/\//i, '').replace(/\/+$/, '');

function freeName(wish: string, others: readonly ProfileView[]): string {
  const taken = new Set(others.map(({ name }) => name.toLowerCase()));
  let name = wish;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wish} ${n}`;
  return name;
}

const idOf = ({ key, from }: ImportedLink): UploadId => `${from.toLowerCase().replace(/[^a-z]/g, '')}-${key}`;

/** It has no file to send again, and no destination. Who can open its link was never looked at; its maker meant everyone. */
function entryOf(id: UploadId, { name, url, at, from }: ImportedLink): UploadIn<'done'> {
  return {
    v: 1,
    id,
    batchId: id,
    position: 0,
    name,
    size: 0,
    contentType: contentTypeOf(name),
    source: { stream: 'standard-input' },
    chain: [{ profileId: elsewhere, visibility: 'public', cannotDelete: true }],
    step: 0,
    attempts: [],
    createdAt: at,
    imported: from,
    status: 'done',
    ref: null,
    link: { url, visibility: 'public' },
    verification: 'unreachable',
    doneAt: at,
  };
}
