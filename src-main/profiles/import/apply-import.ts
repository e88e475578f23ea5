/** Adds imported destinations and links. Existing destinations and history entries stay unchanged. */
import { setImmediate } from 'node:timers/promises';
import type { FieldValues, ImportReport, ProfileDraft, ProfileView } from '../../../src-shared/profile.ts';
import { AppFailure } from '../../../src-shared/errors.ts';
import type { UploadId, UploadIn } from '../../../src-shared/upload.ts';
import type { Provider } from '../../providers/contract/provider.ts';
import { contentTypeOf } from '../../platform/source-file.ts';
import { isUserProfile, appName } from '../export-destinations.ts';
import type { ProfileEditor } from '../profile-editor.ts';
import type { ProfileViews } from '../profile-views.ts';
import type { ProviderCatalog } from '../provider-catalog.ts';
import { formValues } from '../form-values.ts';
import type { ImportedProfile, ImportedLink, ParsedImport } from './parsed-import.ts';

export interface ImportPorts {
  providers: ProviderCatalog;
  views: Pick<ProfileViews, 'all'>;
  editor: Pick<ProfileEditor, 'save' | 'saveIncomplete' | 'use'>;
  history: {
    has(id: UploadId): boolean;
    insert(uploads: UploadIn<'done'>[]): void;
    /** Called when all uploads are stored, with the newest first. */
    added(uploads: UploadIn<'done'>[]): void;
  };
}

export interface ApplyImportOptions {
  fallbackStorage?: ProfileDraft['keep'];
}

/** The profile id of imported links. No destination has this id, so these links cannot be renewed or deleted. */
const importedProfileId = 'imported';

/** Sends no request, tests no destination, and does not change the current destination. */
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

/** Entries per write. A larger write would block the main process for too long. */
const batchSize = 250;

/** @returns the number of new entries */
async function addToHistory(links: readonly ImportedLink[], history: ImportPorts['history']): Promise<number> {
  const entries = [...new Map(links.map((link) => [uploadIdFor(link), link]))]
    .map(([id, link]) => historyEntry(id, link))
    .sort((a, b) => a.doneAt - b.doneAt);
  const added: UploadIn<'done'>[] = [];
  // Each entry is inserted below the existing ones, so the newest entries must be inserted first.
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

/** @returns the name in Hoist and the outcome; undefined when this version does not know the provider */
async function importProfile(
  imported: ImportedProfile,
  { providers, views, editor }: ImportPorts,
  fallbackStorage: ApplyImportOptions['fallbackStorage'],
): Promise<{ name: string; outcome: ImportOutcome } | undefined> {
  const provider = providers.find(imported.providerId);
  if (!provider) return undefined;
  const { profiles: before, current } = views.all();
  const settings = formValues(provider, imported.settings);
  const matching = before.filter(
    (profile) => profile.providerId === provider.id && isSameDestination(profile.settings, settings, provider),
  );
  // In Hoist's own file, destinations at the same location are different destinations if their names differ.
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
        editor,
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
  const outcome = await save(draft, editor);
  if (before.some((profile) => profile.id === current && isUserProfile(profile))) editor.use(current!);
  return { name: draft.name, outcome };
}

async function save(draft: ProfileDraft, editor: ImportPorts['editor']): Promise<ImportOutcome> {
  try {
    await editor.save(draft);
    return 'added';
  } catch (cause) {
    if (!(cause instanceof AppFailure) || cause.error.code !== 'invalid-input') throw cause;
    await editor.saveIncomplete(draft);
    return 'incomplete';
  }
}

/** Whether the import may store a key. It never replaces a working key. */
const needsKey = ({ secretStorage: outcome }: ProfileView): boolean =>
  outcome === 'missing' || outcome === 'locked' || outcome === 'session';

/** The fields that determine the location of the files and the key. */
const identityFields = ['endpoint', 'bucket', 'prefix', 'accessKeyId', 'awsProfile'];

/** A remote without a bucket matches every bucket: the user may have added one after the first import. */
function isSameDestination(saved: FieldValues, imported: FieldValues, { normalize }: Provider): boolean {
  const normalized = normalize ? tryNormalize(normalize, imported) : imported;
  return (
    identityFields.every(
      (key) =>
        ((key === 'bucket' || key === 'prefix') && !normalized['bucket']) ||
        withoutScheme(saved[key]) === withoutScheme(normalized[key]),
    ) && identityFields.some((key) => normalized[key] !== undefined)
  );
}

/** Values that cannot be normalized are compared unchanged. */
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

/**
 * The history entry of an imported link. It has no local file and no destination, and Hoist has not verified the link.
 */
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
