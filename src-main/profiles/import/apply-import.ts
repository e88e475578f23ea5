/** Adds imported destinations and links. Existing destinations and history entries stay unchanged. */
import { addedRecipients, publicLinksOf, withoutRecipients, type ImportedRecipients } from './imported-recipients.ts';
import type { FieldValues, ImportedDestination, ImportReport, ProfileDraft } from '../../../src-shared/profile.ts';
import { formValues } from '../form-values.ts';
import type { ProfileEditor } from '../profile-editor.ts';
import type { ProfileViews } from '../profile-views.ts';
import type { ProviderCatalog } from '../provider-catalog.ts';
import { addToHistory, type ImportHistory } from './import-history.ts';
import { ImportMatcher } from './import-matcher.ts';
import type { ImportedProfile, ParsedImport } from './parsed-import.ts';

export interface ImportPorts {
  providers: ProviderCatalog;
  views: Pick<ProfileViews, 'all'>;
  editor: Pick<ProfileEditor, 'saveImported'>;
  history: ImportHistory;
}

/** The kind of links of an imported destination with which the other program made permanent public links. */
type ImportedLinkKind = 'public' | 'expiring';

export interface ApplyImportOptions {
  fallbackStorage?: ProfileDraft['keep'];
  /**
   * Asks the user about the new destinations with which the other program made permanent public links. Called once,
   * with at least one destination. Without this function, they get expiring links.
   */
  chooseLinkKind?(destinations: readonly ImportedProfile[]): Promise<ImportedLinkKind>;
  /**
   * Asks the user about the proxies and certificates of new destinations. Called once, with at least one destination.
   * Without this function, they are not saved.
   */
  confirmRecipients?(destinations: readonly ImportedRecipients[]): Promise<boolean>;
  /** Asks the user for the bucket of a new destination that has none. Undefined when the user enters none. */
  askForBucket?(destination: ImportedProfile): Promise<string | undefined>;
  /** Stops the import. Nothing is imported then. */
  signal?: AbortSignal;
}

/** A draft to save, and the report of its destination. */
interface PlannedProfile {
  draft: ProfileDraft;
  imported: ImportedProfile;
  report: ImportedDestination;
}

/**
 * Sends no request and tests no destination. Changes the current destination only if no destination was set up.
 * @throws AppFailure disk-full; `signal.reason` when it aborts
 */
export async function applyImport(
  parsed: ParsedImport,
  ports: ImportPorts,
  options: ApplyImportOptions = {},
): Promise<ImportReport> {
  const skipped = [...parsed.skipped];
  const planned: PlannedProfile[] = [];
  const profiles: ImportedDestination[] = [];
  const matcher = new ImportMatcher(ports.views.all().profiles);
  for (const original of parsed.profiles) {
    const imported = publicLinksOf(original, ports.providers.find(original.providerId));
    const plan = await planProfile(imported, ports, matcher, options);
    if (!plan) skipped.push({ name: imported.name, because: 'unusable' });
    else {
      profiles.push(plan.report);
      if (plan.draft) planned.push({ ...plan, draft: plan.draft, imported });
    }
  }
  const added = planned.filter(({ draft }) => draft.id === undefined);
  await applyRecipients(added, ports, options);
  await applyLinkKind(added, ports, options);
  const saved = await ports.editor.saveImported(
    planned.map(({ draft }) => draft),
    options.signal,
  );
  for (const [index, { draft, report }] of planned.entries())
    if (draft.id === undefined && saved[index]?.incomplete) report.outcome = 'incomplete';
  return { profiles, uploads: await addToHistory(parsed.links, ports.history), skipped };
}

/** @returns undefined when this version does not know the provider; no draft when there is nothing to save */
async function planProfile(
  imported: ImportedProfile,
  { providers }: Pick<ImportPorts, 'providers'>,
  matcher: ImportMatcher,
  { fallbackStorage, askForBucket }: ApplyImportOptions,
): Promise<{ draft?: ProfileDraft; report: ImportedDestination } | undefined> {
  const provider = providers.find(imported.providerId);
  if (!provider) return undefined;
  const keep = fallbackStorage ? { keep: fallbackStorage } : {};
  const find = (values: FieldValues) => matcher.find(imported, formValues(provider, values), provider);
  let settings = imported.settings;
  let existing = find(settings);
  const hasBuckets = provider.fields.some(({ key }) => key === 'bucket');
  const bucket = hasBuckets && !existing && !settings['bucket'] ? await askForBucket?.(imported) : undefined;
  if (bucket) {
    settings = { ...settings, bucket };
    existing = find(settings);
  }
  const { secrets, from } = imported;
  if (existing) {
    const { id, name } = existing;
    const needsSecret = id !== undefined && existing.needsSecret && Object.keys(secrets).length > 0;
    return {
      report: { name, from, outcome: 'known' },
      ...(needsSecret
        ? { draft: { id, providerId: provider.id, name, settings: existing.settings, secrets, ...keep } }
        : {}),
    };
  }
  const name = matcher.freeName(imported.name);
  const draft = { providerId: provider.id, name, settings: formValues(provider, settings), secrets, ...keep };
  matcher.add(draft, provider);
  return { draft, report: { name, from, outcome: 'added' } };
}

/** Removes proxies, certificates and the use of keys outside Hoist at other servers, unless the user accepts them. */
async function applyRecipients(
  planned: readonly PlannedProfile[],
  { providers }: Pick<ImportPorts, 'providers'>,
  { confirmRecipients }: Pick<ApplyImportOptions, 'confirmRecipients'>,
): Promise<void> {
  const found = planned.flatMap((plan) => {
    const recipients = addedRecipients(plan.draft.settings, providers.get(plan.draft.providerId));
    return recipients.length > 0 ? [{ plan, recipients }] : [];
  });
  if (found.length === 0) return;
  const isAccepted = await confirmRecipients?.(
    found.map(({ plan: { draft }, recipients }) => ({ name: draft.name, recipients })),
  );
  for (const { draft, report } of found.map(({ plan }) => plan)) {
    report.recipients = isAccepted ? 'accepted' : 'removed';
    if (!isAccepted) Object.assign(draft, withoutRecipients(draft, providers.get(draft.providerId)));
  }
}

/** Gives destinations that made permanent public links the kind of link that the user chooses. */
async function applyLinkKind(
  planned: readonly PlannedProfile[],
  { providers }: Pick<ImportPorts, 'providers'>,
  { chooseLinkKind }: Pick<ApplyImportOptions, 'chooseLinkKind'>,
): Promise<void> {
  const linking = planned.filter(({ imported }) => imported.publicLinkSettings);
  if (linking.length === 0) return;
  const kind = (await chooseLinkKind?.(linking.map(({ imported }) => imported))) ?? 'expiring';
  for (const { draft, imported, report } of linking) {
    report.links = kind;
    if (kind === 'public')
      draft.settings = formValues(providers.get(draft.providerId), {
        ...draft.settings,
        ...imported.publicLinkSettings,
      });
    else report.publicLinkSettings = imported.publicLinkSettings!;
  }
}
