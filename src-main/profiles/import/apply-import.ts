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
import type { Provider } from '../../providers/contract/provider.ts';
import { contentTypeOf } from '../../platform/source-file.ts';
import { isUserProfile, appName } from '../export-destinations.ts';
import { formValues } from '../form-values.ts';
import type { ImportedProfile, ImportedLink, ParsedImport } from './parsed-import.ts';

export interface ImportPorts {
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

export interface ApplyImportOptions {
  fallbackStorage?: ProfileDraft['keep'];
}

/** The store's id of whoever made a link elsewhere: no destination has it, so nothing can be made anew or deleted with it. */
const importedProfileId = 'imported';

/** Sends nothing, tests nothing, and leaves the destination in use as it is. */
export async function applyImport(
  parsed: ParsedImport,
  ports: ImportPorts,
  { fallbackStorage }: ApplyImportOptions = {},
): Promise<ImportReport> {
  const skipped = [...parsed.skipped];
  const profiles: ImportReport['profiles'] = [];
  for (const imported of parsed.profiles) {
    const added = await importProfile(imported, ports, fallbackStorage);
    if (added) profiles.push({ ...added, from: imported.from });
    else skipped.push({ name: imported.name, because: 'unusable' });
  }
  return { profiles, uploads: await addToHistory(parsed.links, ports.history), skipped };
}

/** Entries at once: what else goes on meanwhile must not wait for an album of thousands. */
const batchSize = 250;

/** @returns how many were not there yet */
async function addToHistory(links: readonly ImportedLink[], history: ImportPorts['history']): Promise<number> {
  const entries = [...new Map(links.map((link) => [uploadIdFor(link), link]))]
    .map(([id, link]) => historyEntry(id, link))
    .sort((a, b) => a.doneAt - b.doneAt);
  const added: UploadIn<'done'>[] = [];
  // Each goes below what is there, so the newest come first.
  for (let end = entries.length; end > 0; end -= batchSize) {
    const fresh = entries.slice(Math.max(0, end - batchSize), end).filter(({ id }) => !history.has(id));
    if (fresh.length > 0) history.insert(fresh);
    added.push(...fresh.toReversed());
    await setImmediate();
  }
  history.added(added);
  return added.length;
}

type ImportOutcome = ImportReport['profiles'][number]['outcome'];

/** Undefined for a kind of destination that is not there. `name`: what it is called here. */
async function importProfile(
  imported: ImportedProfile,
  { providers, profiles }: ImportPorts,
  fallbackStorage: ApplyImportOptions['fallbackStorage'],
): Promise<{ name: string; outcome: ImportOutcome } | undefined> {
  const provider = providers.find(({ id }) => id === imported.providerId);
  if (!provider) return undefined;
  const { profiles: before, current } = profiles.view();
  const settings = formValues(provider, imported.settings);
  const matching = before.filter(
    (profile) => profile.providerId === provider.id && isSameDestination(profile.settings, settings, provider),
  );
  // Of Hoist's own destinations two may differ in their names and other settings alone.
  const existing =
    matching.find(({ name }) => name === imported.name) ?? (imported.from === appName ? undefined : matching[0]);
  if (existing) {
    const { id, name } = existing;
    if (needsKey(existing) && Object.keys(imported.secrets).length > 0)
      await save(
        {
          id,
          providerId: provider.id,
          name,
          settings: existing.settings,
          secrets: imported.secrets,
          ...(fallbackStorage ? { keep: fallbackStorage } : {}),
        },
        profiles,
      );
    return { name, outcome: 'known' };
  }
  const draft: ProfileDraft = {
    providerId: provider.id,
    name: uniqueName(imported.name, before),
    settings,
    secrets: imported.secrets,
    ...(fallbackStorage ? { keep: fallbackStorage } : {}),
  };
  const outcome = await save(draft, profiles);
  if (before.some((profile) => profile.id === current && isUserProfile(profile))) profiles.use(current!);
  return { name: draft.name, outcome };
}

async function save(draft: ProfileDraft, profiles: ImportPorts['profiles']): Promise<ImportOutcome> {
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
const needsKey = ({ secretStorage: outcome }: ProfileView): boolean =>
  outcome === 'missing' || outcome === 'locked' || outcome === 'session';

/** Fields that decide where files go and with whose key. */
const identityFields = ['endpoint', 'bucket', 'prefix', 'accessKeyId', 'awsProfile'];

/** A remote without a bucket is the same as a destination that was made of it and given one. */
function isSameDestination(saved: FieldValues, imported: FieldValues, { normalize }: Provider): boolean {
  const wanted = normalize ? tryNormalize(normalize, imported) : imported;
  return (
    identityFields.every(
      (key) =>
        ((key === 'bucket' || key === 'prefix') && !wanted['bucket']) ||
        withoutScheme(saved[key]) === withoutScheme(wanted[key]),
    ) && identityFields.some((key) => wanted[key] !== undefined)
  );
}

/** Values that cannot be tidied are compared as they are. */
function tryNormalize(normalize: (values: FieldValues) => FieldValues, values: FieldValues): FieldValues {
  try {
    return normalize(values);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return values;
  }
}

const withoutScheme = (value: string | undefined): string =>
  (value ?? '').replace(/^https?:\/\//i, '').replace(/\/+$/, '');

function uniqueName(desired: string, others: readonly ProfileView[]): string {
  const taken = new Set(others.map(({ name }) => name.toLowerCase()));
  let name = desired;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${desired} ${n}`;
  return name;
}

const uploadIdFor = ({ key, from }: ImportedLink): UploadId => `${from.toLowerCase().replace(/[^a-z]/g, '')}-${key}`;

/** It has no file to send again, and no destination. Who can open its link was never looked at; its maker meant everyone. */
function historyEntry(id: UploadId, { name, url, at, from }: ImportedLink): UploadIn<'done'> {
  return {
    v: 1,
    id,
    batchId: id,
    position: 0,
    name,
    size: 0,
    contentType: contentTypeOf(name),
    source: { stream: 'standard-input' },
    chain: [{ profileId: importedProfileId, visibility: 'public', cannotDelete: true }],
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
