/** Creates the objects that work with destinations. */
import type { Fallback, FieldValues, SetupDraft } from '../../src-shared/profile.ts';
import type { ProfileId } from '../../src-shared/upload.ts';
import type { Computer } from '../platform/computer.ts';
import type { Provider } from '../providers/contract/provider.ts';
import type { BuiltIn } from './built-ins.ts';
import { CredentialDiscovery } from './credential-discovery.ts';
import { DestinationPool, type DestinationPoolPorts } from './destination-pool.ts';
import { DestinationValues } from './destination-values.ts';
import { Drafts, type DraftsPorts, type DraftTools } from './drafts.ts';
import { LinkChanges, type ConfirmLinkChange } from './link-changes.ts';
import type { PersistedSetting } from './persisted-setting.ts';
import { ProfileCatalog, type ProfileRecords } from './profile-catalog.ts';
import { ProfileEditor } from './profile-editor.ts';
import { ProfileInspector } from './profile-inspector.ts';
import type { ProfileSecrets } from './profile-secrets.ts';
import { ProfileStatusTracker } from './profile-status-tracker.ts';
import { ProfileViews } from './profile-views.ts';
import type { ProviderCatalog } from './provider-catalog.ts';
import type { ConfirmRecipients } from './secret-recipients.ts';
import { SetupDrafts } from './setup-drafts.ts';
import { UploadChains } from './upload-chains.ts';

interface ProfileSettings {
  current: PersistedSetting<ProfileId>;
  order: PersistedSetting<ProfileId[]>;
  fallback: PersistedSetting<Fallback>;
  savedSetup: PersistedSetting<SetupDraft>;
}

/** The functions that call a provider's code. */
export interface ProviderTools extends DraftTools {
  /** @returns the values to save. @throws AppFailure invalid-input with the name of the field */
  check(provider: Provider, values: FieldValues): FieldValues;
  connect: DestinationPoolPorts['connect'];
}

export interface ProfilesPorts {
  records: ProfileRecords;
  secrets: ProfileSecrets;
  settings: ProfileSettings;
  providers: ProviderCatalog;
  tools: ProviderTools;
  builtIns: readonly BuiltIn[];
  computer(): Computer;
  /** Practice's address and keys. Practice runs when this resolves. */
  practice(): Promise<FieldValues>;
  /** Whether this destination waits for a code or another answer of the user. */
  isPromptOpen(id: ProfileId): boolean;
  now(): number;
  /** An id that cannot be guessed. */
  id(): string;
  /** `editedId`: the destination whose settings or key have changed. */
  changed(editedId?: ProfileId): void;
  /** Undefined when no user can answer. */
  confirmRecipients?: ConfirmRecipients | undefined;
  /** Undefined when the settings do not come from a page. */
  confirmLinkChange?: ConfirmLinkChange | undefined;
  /** The user acts at this destination, so it may ask for a permission. */
  userActed(id: ProfileId): void;
  /** This process saved renewed values of a destination. */
  renewed(id: ProfileId): void;
  /** Logs an unexpected error. @returns its diagnostic id */
  problem(where: string, cause: unknown): string;
}

export interface Profiles {
  catalog: ProfileCatalog;
  inspector: ProfileInspector;
  values: DestinationValues;
  destinations: DestinationPool;
  status: ProfileStatusTracker;
  chains: UploadChains;
  views: ProfileViews;
  drafts: Drafts;
  setupDrafts: SetupDrafts;
  editor: ProfileEditor;
  secrets: ProfileSecrets;
}

export function composeProfiles({ settings, tools, changed, practice, renewed, ...ports }: ProfilesPorts): Profiles {
  const { records, secrets, providers, computer, builtIns, now, id, problem } = ports;
  const { current, order, fallback, savedSetup } = settings;
  const listChanged = (): void => changed();
  const discovery = new CredentialDiscovery({
    providers: providers.all,
    computer,
    profiles: () => records.list(),
    problem,
  });
  const catalog = new ProfileCatalog({ records, providers, discovery, builtIns, current, order });
  const inspector = new ProfileInspector({ catalog, secrets, discovery, providers });
  const values = new DestinationValues({
    catalog,
    inspector,
    records,
    secrets,
    practice,
    changed: listChanged,
    renewed,
  });
  const destinations = new DestinationPool({ values, connect: tools.connect });
  const status = new ProfileStatusTracker({
    localStatus: (profileId) => inspector.status(profileId),
    checkDestination: async (profileId, signal, promptMode) => {
      if (promptMode === 'interactive') ports.userActed(profileId);
      await (await destinations.connect(profileId)).check(signal, { promptMode });
    },
    isPromptOpen: ports.isPromptOpen,
    name: (profileId) => catalog.name(profileId),
    now,
    changed: listChanged,
    problem,
  });
  const chains = new UploadChains({ catalog, inspector, fallback, changed: listChanged });
  const views = new ProfileViews({ catalog, inspector, status, chains, discovery });
  const saveMeasured: DraftsPorts['saveMeasured'] = (profileId, measured) => {
    const profile = records.get(profileId);
    if (profile) records.save({ ...profile, settings: { ...profile.settings, ...measured } });
  };
  const drafts = new Drafts({
    providers,
    catalog,
    discovery,
    secrets,
    tools,
    computer,
    now,
    id,
    saveMeasured,
    confirmRecipients: ports.confirmRecipients,
  });
  const setupDrafts = new SetupDrafts({ providers, closed: savedSetup });
  const editor = new ProfileEditor({
    providers,
    catalog,
    inspector,
    discovery,
    drafts,
    linkChanges: new LinkChanges({ confirm: ports.confirmLinkChange, computer }),
    chains,
    status,
    views,
    records,
    secrets,
    current,
    order,
    now,
    id,
    check: tools.check,
    userActed: ports.userActed,
    changed,
  });
  return { catalog, inspector, values, destinations, status, chains, views, drafts, setupDrafts, editor, secrets };
}
