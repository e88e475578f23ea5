/** For tests: a core without Electron, with its records in a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FieldValues, ProfileDraft } from '../../src-shared/profile.ts';
import type { ProfileId, Upload, UploadId } from '../../src-shared/upload.ts';
import { Core, type CorePorts } from '../core.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { openLog } from '../platform/log.ts';
import { createNetworkMonitor } from '../platform/network-monitor.ts';
import { processStart } from '../platform/process-start.ts';
import { acceptFile } from '../platform/source-file.ts';
import type { PracticeAddress } from '../practice/practice.ts';
import type { SecretBox } from '../profiles/secret-box.ts';
import { openStore } from '../store/open.ts';

const noSecretBox: SecretBox = {
  available: async () => false,
  backend: () => 'none',
  encrypt: () => Promise.reject(new Error('no key store')),
  decrypt: () => Promise.reject(new Error('no key store')),
};

export type CoreFixtureOptions = Partial<
  Pick<
    CorePorts,
    'builtIns' | 'providers' | 'secretBox' | 'practiceQuotaBytes' | 'confirmProgram' | 'confirmRecipients'
  >
>;

export class CoreFixture {
  readonly folder: string;
  /** The last state of each upload that this core reported. */
  readonly latest = new Map<UploadId, Upload>();
  /** How often the view of the destinations changed. */
  profileChanges = 0;
  /** The open core; {@link reopen} replaces it. */
  core!: Core;
  readonly #options: CoreFixtureOptions;

  private constructor(folder: string, options: CoreFixtureOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** @param folder the folder of another fixture, to simulate two processes with the same records */
  static async open(options: CoreFixtureOptions = {}, folder = createFolder()): Promise<CoreFixture> {
    const fixture = new CoreFixture(folder, options);
    await fixture.reopen();
    return fixture;
  }

  /** Opens a new core with the same records. Does not start its engine. */
  async reopen(): Promise<void> {
    this.core = new Core({
      folder: this.folder,
      store: await openStore({
        folder: this.folder,
        owner: { pid: process.pid, startTime: processStart(process.pid) },
        now: Date.now,
      }),
      log: openLog({ folder: join(this.folder, 'logs'), home: '/home/user' }),
      network: createNetworkMonitor({ online: () => true }),
      env: {},
      builtIns: [],
      secretBox: noSecretBox,
      ...this.#options,
    });
    this.core.listeners.add({
      uploadChanged: (upload) => {
        this.latest.set(upload.id, upload);
      },
      uploadRemoved: (id) => {
        this.latest.delete(id);
      },
      profilesChanged: () => {
        this.profileChanges++;
      },
    });
  }

  /** Closes the core and opens a new one with the same records. Does not start its engine. */
  async restart(): Promise<void> {
    await this.core.close();
    await this.reopen();
  }

  /** Closes the core and deletes its records. */
  async remove(): Promise<void> {
    await this.core.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a file and accepts it. */
  accept(name: string, content: string | Uint8Array = name): Promise<AcceptedFile> {
    const file = join(this.folder, name);
    writeFileSync(file, content);
    return acceptFile(file);
  }

  /** Writes files and uploads them to the destination, with its fallbacks. */
  async sendAll(profileId: ProfileId, contents: Record<string, string | Uint8Array>): Promise<Upload[]> {
    const files = await Promise.all(Object.entries(contents).map(([name, content]) => this.accept(name, content)));
    return this.core.engine.enqueue(files, this.core.profiles.chains.from(profileId));
  }

  async send(profileId: ProfileId, name = 'a.txt', content: string | Uint8Array = name): Promise<UploadId> {
    return (await this.sendAll(profileId, { [name]: content }))[0]!.id;
  }

  /** Waits until this core reports an upload that matches. */
  async becomes(id: UploadId, expected: object): Promise<void> {
    await expect.poll(() => this.latest.get(id), { timeout: 15_000 }).toMatchObject(expected);
  }

  /** How many of these uploads have this status now. */
  count(ids: readonly UploadId[], status: Upload['status']): number {
    return ids.filter((id) => this.latest.get(id)?.status === status).length;
  }
}

const createFolder = (): string => mkdtempSync(join(tmpdir(), 'hoist-core-'));

/** A draft of a destination at a Practice server that is reached through `endpoint`. */
export function practiceDraft(
  { bucket, accessKeyId, secretAccessKey, region }: PracticeAddress,
  endpoint: string,
  { settings = {}, secretAccessKey: secret = secretAccessKey, ...overrides }: PracticeDraftOptions = {},
): ProfileDraft {
  return {
    providerId: 's3',
    name: 'Store',
    secrets: { secretAccessKey: secret },
    ...overrides,
    settings: { endpoint, bucket, region, pathStyle: 'true', accessKeyId, linkKind: 'expiring', ...settings },
  };
}

export interface PracticeDraftOptions extends Partial<Pick<ProfileDraft, 'id' | 'name' | 'keep'>> {
  settings?: FieldValues;
  secretAccessKey?: string;
}

/** A secret key that the store refuses. */
export const wrongSecret = 'wrong'.repeat(8);
