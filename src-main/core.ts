/**
 * Creates the parts of the app and connects them: engine, destinations, providers, Practice. Works without Electron, so
 * the window and the command line use the same core. The ports contain their differences, such as the key store.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import { AppSettingsStore } from './core/app-settings-store.ts';
import { Intervals, systemClock } from './core/clock.ts';
import { CodePromptTracker, type AskForCode } from './profiles/code-prompt-tracker.ts';
import { CoreListeners } from './core/core-listeners.ts';
import { CurrentComputer } from './core/current-computer.ts';
import { destinationUploads } from './core/destination-uploads.ts';
import { ExternalProfileChanges } from './core/external-profile-changes.ts';
import { Heartbeat, heartbeatMs } from './core/heartbeat.ts';
import { importPorts } from './core/import-ports.ts';
import { OrphanAdopter } from './core/orphan-adopter.ts';
import { OutcomeRecorder } from './core/outcome-recorder.ts';
import { PracticeKeeper } from './core/practice-keeper.ts';
import { PracticeSpace } from './practice/practice-space.ts';
import { practiceValues } from './core/practice-values.ts';
import { ProgressWriter, progressWriteMs } from './core/progress-writer.ts';
import { providerTools } from './profiles/provider-tools.ts';
import { SharingProcesses } from './core/sharing-processes.ts';
import { UserActions } from './core/user-actions.ts';
import { snapshotLimits, UploadViews } from './core/upload-views.ts';
import { Engine } from './engine/engine.ts';
import type { Network, Sources } from './engine/ports.ts';
import type { AppLog } from './platform/log.ts';
import { sensitivePathRule } from './platform/sensitive-paths.ts';
import { fileSources } from './platform/source-file.ts';
import { Practice } from './practice/practice.ts';
import type { BuiltIn } from './profiles/built-ins.ts';
import { composeProfiles, type Profiles } from './profiles/compose-profiles.ts';
import type { ImportPorts } from './profiles/import/apply-import.ts';
import type { PersistedSetting } from './profiles/persisted-setting.ts';
import { ProfileRemover } from './profiles/profile-remover.ts';
import { ProfileSecrets } from './profiles/profile-secrets.ts';
import { ProgramPermissions, type ConfirmProgram } from './profiles/program-permissions.ts';
import { ProviderCatalog } from './profiles/provider-catalog.ts';
import type { ConfirmLinkChange } from './profiles/link-changes.ts';
import type { ConfirmRecipients } from './profiles/secret-recipients.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import { unprotectedKeys } from './profiles/unprotected-keys.ts';
import type { Provider } from './providers/contract/provider.ts';
import { signOutOfProvider } from './providers/destination/sign-out.ts';
import { probeLink } from './providers/links/probe-link.ts';
import type { ProxyResolver } from './providers/network/transport.ts';
import { providers as registeredProviders } from './providers/registry.ts';
import { ExternalChangeWatcher } from './store/external-change-watcher.ts';
import type { Store } from './store/open.ts';
import type { Setting, SettingValue } from './store/settings.ts';

export interface CorePorts {
  /** Hoist's own folder. */
  folder: string;
  store: Store;
  log: AppLog;
  secretBox: SecretBox;
  /** Finds the system's proxies. When it is left out, the environment variables apply. */
  proxies?: ProxyResolver;
  network: Network;
  /** Asks the user for a code. Left out when no user can answer. */
  ask?: AskForCode;
  /** Asks whether secrets may be sent to other parties. Left out when no user can answer. */
  confirmRecipients?: ConfirmRecipients | undefined;
  /** Undefined when the settings do not come from a page. */
  confirmLinkChange?: ConfirmLinkChange | undefined;
  /** Asks whether the program of an AWS profile may start. Left out when no user can answer. */
  confirmProgram?: ConfirmProgram | undefined;
  env: Record<string, string | undefined>;
  /** The destinations to use when the user has set up none, best first. */
  builtIns: readonly BuiltIn[];
  /** The registered providers by default. */
  providers?: readonly Provider[];
  /** Files on disk by default. */
  sources?: Sources;
  /**
   * Uploads whose destination refuses its key wait for a valid key in a window, and fail in a command.
   */
  blocked?: 'wait' | 'fail';
  /** bytes; 5 GiB by default */
  practiceQuotaBytes?: number;
}

/** ms between two checks, so that each process shows the changes of another process within a second */
const externalPollMs = 400;

export class Core {
  readonly folder: string;
  readonly store: Store;
  readonly listeners: CoreListeners;
  readonly computer: CurrentComputer;
  readonly practice: Practice;
  readonly practiceKeeper: PracticeKeeper;
  readonly providers: ProviderCatalog;
  readonly profiles: Profiles;
  readonly profileRemover: ProfileRemover;
  readonly engine: Engine;
  readonly uploadViews: UploadViews;
  readonly orphans: OrphanAdopter;
  readonly heartbeat: Heartbeat;
  readonly appSettings: AppSettingsStore;
  readonly userActions: UserActions;
  readonly importPorts: ImportPorts;
  readonly #intervals: Intervals;

  constructor(ports: CorePorts) {
    const { folder, store, log, secretBox, network, env, builtIns, proxies, ask } = ports;
    const { blocked = 'wait' } = ports;
    const { sources = fileSources(sensitivePathRule({ home: homedir(), userData: folder })) } = ports;
    const listeners = new CoreListeners();
    const intervals = new Intervals(log);
    const computer = new CurrentComputer(env, () => listeners.emit('environmentChanged'));
    const practice = new Practice({
      ...(ports.practiceQuotaBytes === undefined ? {} : { quotaBytes: ports.practiceQuotaBytes }),
      folder: path.join(folder, 'practice'),
      now: Date.now,
      randomBytes: (count) => randomBytes(count),
      onProblem: (cause) => {
        log.problem('practice', cause);
      },
      storedSettings: {
        get: () => store.settings.get('practice'),
        set: (settings) => store.settings.set('practice', settings),
      },
    });
    const driverPorts = {
      now: Date.now,
      randomBytes: (count: number) => randomBytes(count),
      ...(proxies ? { network: proxies } : {}),
    };
    const codePrompts = new CodePromptTracker(ask);
    const programs = new ProgramPermissions({
      allowed: persistedSetting(store, 'allowedPrograms'),
      confirm: ports.confirmProgram,
      now: Date.now,
      onAllowed: () => listeners.emit('programAllowed'),
      // The user starts a command and waits for it, however long it runs.
      ...(blocked === 'fail' ? { attentionMs: Infinity } : {}),
    });
    const sharing = new SharingProcesses(store.uploads);
    const readableKeys = unprotectedKeys(folder);
    const secrets = new ProfileSecrets({
      records: store.secrets,
      unprotected: readableKeys,
      box: secretBox,
      registerSecret: (secret) => log.registerSecret(secret),
    });
    const providers = new ProviderCatalog(ports.providers ?? registeredProviders);
    const settings = {
      current: persistedSetting(store, 'currentProfile'),
      order: persistedSetting(store, 'order'),
      fallback: persistedSetting(store, 'fallback'),
      savedSetup: persistedSetting(store, 'savedSetup'),
    };
    const profiles = composeProfiles({
      records: store.profiles,
      secrets,
      settings,
      providers,
      tools: providerTools(driverPorts, { codePrompts, programs }, (id) => sharing.count(id)),
      builtIns,
      computer: () => computer.get(),
      practice: () => practiceValues(practice),
      isPromptOpen: (id) => codePrompts.isOpen(id) || programs.isOpen(id),
      userActed: (id) => programs.onUserAction(id),
      now: Date.now,
      id: randomUUID,
      confirmRecipients: ports.confirmRecipients,
      confirmLinkChange: ports.confirmLinkChange,
      changed: (editedId) => listeners.emit('profilesChanged', editedId),
      renewed: (id) => listeners.emit('profileRenewed', id),
      problem: (where, cause) => log.problem(where, cause),
    });
    const engine = new Engine(
      {
        clock: systemClock,
        network,
        log,
        records: store.uploads,
        sources,
        destinations: new PracticeSpace(profiles.destinations, () => practice.space()),
        events: {
          changed: (upload, what) => listeners.emit('uploadChanged', upload, what, 'this-process'),
          removed: (id) => listeners.emit('uploadRemoved', id),
          batchSettled: (uploads) => listeners.emit('batchSettled', uploads),
          abandonedUploadsExpired: (uploads) => listeners.emit('abandonedUploadsExpired', uploads),
        },
        random: { next: Math.random, id: randomUUID },
        links: { probe: probeLink },
        pendingCleanups: store.pendingCleanups,
      },
      { blocked },
    );
    const profileRemover = new ProfileRemover({
      profiles,
      uploads: destinationUploads(store, engine, profiles.destinations),
      records: store.profiles,
      secrets,
      current: settings.current,
      order: settings.order,
      computer: () => computer.get(),
      signOut: (provider, request) => signOutOfProvider(provider, request, driverPorts),
      changed: (removedId) => listeners.emit('profilesChanged', removedId),
      problem: (where, cause) => {
        log.problem(where, cause);
      },
    });
    const progress = new ProgressWriter(store.uploads, log);
    const outcomes = new OutcomeRecorder(profiles.status);
    const heartbeat = new Heartbeat(store, engine);
    const profileChanges = new ExternalProfileChanges({
      store,
      unprotectedKeys: readableKeys,
      edited: (id) => {
        profiles.status.onProfileChanged(id);
        engine.onProfileChanged(id);
      },
      changed: () => listeners.emit('profilesChanged'),
    });
    const uploadChanges = new ExternalChangeWatcher({
      store,
      limits: snapshotLimits,
      anyWrite: () => profileChanges.compare(),
      changed: (upload) => {
        if (!engine.has(upload.id)) listeners.emit('uploadChanged', upload, 'status', 'another-process');
      },
      removed: (id) => listeners.emit('uploadRemoved', id),
    });
    listeners.add({
      uploadChanged: (upload, what, by) => {
        if (what === 'status') outcomes.record(upload);
        if (by === 'another-process') return;
        uploadChanges.noteOwnWrite(upload.id);
        progress.onChanged(upload, what);
      },
      profilesChanged: (editedId) => {
        if (editedId !== undefined) engine.onProfileChanged(editedId);
        profileChanges.noteOwnChange(editedId);
      },
      profileRenewed: (id) => profileChanges.noteOwnEdit(id),
      environmentChanged: () => profiles.editor.onEnvironmentChanged(),
      programAllowed: () => {
        for (const profile of store.profiles.list())
          if (profiles.inspector.usesExternalKeys(profile)) engine.onProfileChanged(profile.id);
      },
    });
    intervals.every(externalPollMs, 'read changes of other processes', () => uploadChanges.poll());
    intervals.every(progressWriteMs, 'save the progress', () => progress.write());
    intervals.every(heartbeatMs, 'save the heartbeat', () => heartbeat.beat());
    this.folder = folder;
    this.store = store;
    this.listeners = listeners;
    this.computer = computer;
    this.practice = practice;
    this.practiceKeeper = new PracticeKeeper({ practice, catalog: profiles.catalog, store, log, intervals });
    this.providers = providers;
    this.profiles = profiles;
    this.profileRemover = profileRemover;
    this.engine = engine;
    this.uploadViews = new UploadViews({ engine, store, catalog: profiles.catalog, profileViews: profiles.views });
    this.orphans = new OrphanAdopter({
      engine,
      store,
      outcomes,
      intervals,
      adopted: (uploads) => listeners.emit('orphansAdopted', uploads),
    });
    this.heartbeat = heartbeat;
    this.appSettings = new AppSettingsStore(store.settings, (appSettings) =>
      listeners.emit('settingsChanged', appSettings),
    );
    this.userActions = new UserActions(store.uploads, programs);
    this.importPorts = importPorts(providers, profiles, store, listeners);
    this.#intervals = intervals;
  }

  /** Keeps every checkpoint, so that the next start resumes the unfinished uploads. */
  async close(): Promise<void> {
    this.practiceKeeper.close();
    this.#intervals.stop();
    await this.engine.stop();
    this.profiles.destinations.close();
    await this.practice.close();
    this.store.close();
  }
}

const persistedSetting = <S extends Setting>({ settings }: Store, key: S): PersistedSetting<SettingValue<S>> => ({
  get: () => settings.get(key),
  set: (value) => settings.set(key, value),
});
