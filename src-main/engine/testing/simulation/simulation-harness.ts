import type { ChainStep, Upload, UploadId } from '../../../../src-shared/upload.ts';
import type { PendingCleanup } from '../../ports.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { NameCheck } from './driver.ts';
import { SimulatedFiles } from './files.ts';
import type { SimulatedProcess } from './process.ts';
import { RandomChoices } from './random-choices.ts';
import { RunLog } from './run-log.ts';
import { SimulatedStore } from './store.ts';

/** An upload's record as the database has it. Text, so that a change of an object can't change a written record. */
export interface SimulatedRow {
  text: string;
  status: Upload['status'];
  hasCheckpoint: boolean;
}

export const toRow = (upload: Upload): SimulatedRow => ({
  text: JSON.stringify(upload),
  status: upload.status,
  hasCheckpoint: 'checkpoint' in upload && upload.checkpoint !== undefined,
});
export const fromRow = ({ text }: SimulatedRow): Upload => JSON.parse(text) as Upload;
export const hasEnded = ({ status }: SimulatedRow): boolean =>
  status === 'done' || status === 'failed' || status === 'canceled';

/** The computer, the remote stores and the database: everything that outlives a process of Hoist. */
export class SimulationHarness {
  readonly random: RandomChoices;
  readonly time = new VirtualTime();
  readonly log = new RunLog(this.time.now);
  readonly files: SimulatedFiles;
  readonly stores: SimulatedStore[];
  readonly rows = new Map<UploadId, SimulatedRow>();
  readonly owners = new Map<UploadId, SimulatedProcess>();
  /** Pending cleanups as JSON text, by ID. */
  readonly #cleanups = new Map<string, string>();
  /** Files whose names are taken, and when the store detects it. */
  readonly takenNames = new Map<string, NameCheck>();
  /** Uploads that the user allowed to use a fallback destination with a more public link or without deleting. */
  readonly approvedFallbacks = new Set<UploadId>();
  readonly unpublished = new Set<UploadId>();
  /** Keys of done uploads that the user removed from the list: their objects stay stored. */
  readonly removedKeys = new Set<string>();
  /** The destinations that the user chose, by file name. */
  readonly chains = new Map<string, ChainStep[]>();
  isOnline = true;
  isDiskFull = false;
  wasDiskFull = false;
  /** The highest probability of each fault. */
  readonly maxFaultRate: number;
  /** the longest response time in ms */
  readonly maxResponseMs: number;
  #lastNumber = 0;

  constructor(seed: number) {
    this.random = new RandomChoices(seed);
    this.files = new SimulatedFiles(this.random, this.nextNumber);
    this.stores = [
      new SimulatedStore('first', this.random.pick(['expiring', 'private', 'public']), 'can-delete'),
      new SimulatedStore('second', this.random.pick(['expiring', 'private']), 'can-delete'),
      new SimulatedStore('open', 'public', 'can-delete'),
      new SimulatedStore('keeps', this.random.pick(['expiring', 'public']), 'cannot-delete'),
    ];
    this.maxFaultRate = this.random.pick([0, 0.02, 0.08, 0.2]);
    this.maxResponseMs = this.random.pick([150, 1500, 10_000]);
  }

  readonly nextNumber = (): number => ++this.#lastNumber;

  uploads(): Upload[] {
    return [...this.rows.values()].map(fromRow);
  }

  uploadOf(id: UploadId): Upload | undefined {
    const row = this.rows.get(id);
    return row && fromRow(row);
  }

  saveCleanup(cleanup: PendingCleanup): void {
    this.#cleanups.set(cleanup.id, JSON.stringify(cleanup));
  }

  removeCleanup(id: string): void {
    this.#cleanups.delete(id);
  }

  pendingCleanups(): PendingCleanup[] {
    return [...this.#cleanups.values()].map((text) => JSON.parse(text) as PendingCleanup);
  }

  /** The pending cleanups at stores that can delete. */
  runnableCleanups(): PendingCleanup[] {
    return this.pendingCleanups().filter(({ profileId }) => !this.storeOf(profileId)?.step.cannotDelete);
  }

  storeOf(profileId: string | undefined): SimulatedStore | undefined {
    return this.stores.find((store) => store.profileId === profileId);
  }

  /** The content of the object of a done upload. */
  storedContentOf(upload: Upload): string | undefined {
    if (upload.status !== 'done') return undefined;
    return this.storeOf(upload.chain[upload.step]?.profileId)
      ?.objects.get(upload.ref as string)
      ?.parts.join();
  }

  /** Whether the object of a done upload has the content that the file had when it was read. */
  hasCorrectObject(upload: Upload): boolean {
    return this.storedContentOf(upload) === this.files.contentAt(upload.source);
  }

  /** A random fault rate for each fault at each store. */
  changeFaultRates(): void {
    for (const store of this.stores) {
      const randomRate = (): number => (this.random.happens(0.5) ? 0 : this.maxFaultRate);
      store.faultRates = {
        lost: randomRate(),
        unavailable: randomRate(),
        limited: randomRate() / 2,
        stalled: randomRate() / 4,
        damaged: randomRate(),
      };
    }
  }
}
