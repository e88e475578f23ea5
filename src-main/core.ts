/**
 * Puts engine, store and providers together, without electron: the window and the command line use the same core. What
 * differs between them (key store, network hint, who is told) comes in as a port.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { HistoryPage, Snapshot, Totals } from '../src-shared/ipc/contract.ts';
import type { ProviderInfo } from '../src-shared/provider.ts';
import { viewOf, type Upload, type UploadView } from '../src-shared/upload.ts';
import { Engine } from './engine/engine.ts';
import type { AcceptedFile, Clock, Events, Network } from './engine/ports.ts';
import type { AppLog } from './platform/log.ts';
import { fileSources } from './platform/source-file.ts';
import { Destinations } from './profiles/destinations.ts';
import { Profiles } from './profiles/profiles.ts';
import type { SecretBox } from './profiles/secret-box.ts';
import { Secrets } from './profiles/secrets.ts';
import { checkValues, connectDestination, testDestination } from './providers/connect.ts';
import { probeLink } from './providers/link-probe.ts';
import { providers } from './providers/registry.ts';
import type { Store } from './store/open.ts';

export interface CorePorts {
  store: Store;
  log: AppLog;
  secretBox: SecretBox;
  network: Network;
  events: Events;
  env: Record<string, string | undefined>;
  profilesChanged(): void;
}

/** Rows in a snapshot besides what is unfinished. */
const newest = 200;
/** Failures stay in sight until they are dealt with, however many came after them. */
const failures = 1000;
const heartbeatMs = 10_000;

const clock: Clock = {
  now: Date.now,
  after: (ms, call) => { const timer = setTimeout(call, ms); return () => clearTimeout(timer); },
};

export class Core {
  readonly engine: Engine;
  readonly profiles: Profiles;
  readonly store: Store;
  readonly #destinations: Destinations;
  readonly #heartbeat: ReturnType<typeof setInterval>;

  constructor({ store, log, secretBox, network, events, env, profilesChanged }: CorePorts) {
    this.store = store;
    const driverPorts = { now: Date.now, randomBytes: (count: number) => randomBytes(count) };
    const secrets = new Secrets(store.secrets, secretBox, (secret) => log.registerSecret(secret));
    this.profiles = new Profiles({
      records: store.profiles, secrets, providers, env: () => env, now: Date.now, id: randomUUID,
      current: { get: () => store.settings.get('currentProfile'), set: (id) => store.settings.set('currentProfile', id) },
      check: checkValues,
      test: (provider, values) => testDestination(provider, values, driverPorts),
      changed: profilesChanged,
    });
    this.#destinations = new Destinations({
      values: (id) => this.profiles.values(id),
      connect: (provider, values, name) => connectDestination(provider, values, driverPorts, { destination: name }),
    });
    this.engine = new Engine({
      clock, network, events, log, records: store.uploads, sources: fileSources, destinations: this.#destinations,
      random: { next: Math.random, id: randomUUID }, links: { probe: probeLink },
    });
    this.#heartbeat = setInterval(() => store.uploads.heartbeat(), heartbeatMs);
    this.#heartbeat.unref();
  }

  start(): void { this.engine.start(); }

  enqueue(files: AcceptedFile[], profileId: string): Upload[] { return this.engine.enqueue(files, this.profiles.chain(profileId)); }

  view(upload: Upload): UploadView { return viewOf(upload, this.profiles.name(upload.chain[upload.step]?.profileId ?? '')); }

  /** Live records are ahead of the stored ones: progress is not written. */
  snapshot(revision: number): Snapshot {
    const live = this.engine.unfinished();
    const ids = new Set(live.map((u) => u.id));
    const stored = [...this.store.uploads.unfinished(), ...this.store.uploads.failed(failures), ...this.store.uploads.newest(newest)].filter((u) => !ids.has(u.id) && ids.add(u.id));
    return { revision, uploads: [...live, ...stored].map((u) => this.view(u)), totals: this.totals() };
  }

  history(query: { text?: string; before?: string; limit: number }): HistoryPage {
    const page = this.store.uploads.query(query);
    return { uploads: page.uploads.map((u) => this.view(u)), next: page.next };
  }

  totals(): Totals { return this.store.uploads.totals(); }

  /** Manifests as data: without the functions, which cannot cross to the window. */
  providers(): ProviderInfo[] {
    return providers.map(({ id, name, help, fields, presets, capabilities }) => ({ id, name, help, fields, presets, capabilities }));
  }

  /** Keeps every checkpoint; what was uploading goes on at the next start. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.engine.stop();
    this.#destinations.close();
    this.store.close();
  }
}
