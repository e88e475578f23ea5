/**
 * Accepts files from the window, the tray and the menu. Paths become tokens, and tokens become uploads. The user
 * first confirms files from sensitive folders. All files of a folder share one token.
 */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';
import { maxDropped, tooManyFiles } from '../../src-shared/ipc/message-limits.ts';
import type { BatchId, FileRef, ProfileId, SkippedEntries, Upload, UploadId } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { mapConcurrent } from '../platform/map-concurrent.ts';
import type { AcceptedFolder } from '../platform/accept-folder.ts';
import { renameAcceptedFile } from '../platform/rename-accepted-file.ts';
import { confirmedFile, pathsOf, type SensitivePathRule } from '../platform/sensitive-paths.ts';
import { unproven } from '../platform/source-file.ts';
import type { ReadEvidence } from '../platform/check-read-proof.ts';
import type { FileTokens } from './file-tokens.ts';
import type { ReadChallenges } from './read-challenges.ts';

export interface IntakePorts {
  tokens: FileTokens;
  challenges: ReadChallenges;
  /** @throws AppFailure source-… */
  acceptFile(path: string): Promise<AcceptedFile<FileRef>>;
  /** @throws AppFailure source-… ; the same error for every file without proof */
  acceptProvenFile(path: string, evidence: ReadEvidence): Promise<AcceptedFile<FileRef>>;
  /** @throws AppFailure source-… */
  acceptFolder(path: string): Promise<AcceptedFolder>;
  baseName(path: string): string;
  isSensitive: SensitivePathRule;
  /**
   * Asks the user in a native dialog, not in the page.
   * @param moreCount the number of other sensitive files in the same folder
   */
  confirmSensitive(path: string, moreCount: number): Promise<boolean>;
  /** Asks before Hoist reads folders that the page named, in a native dialog. */
  confirmFolders(paths: string[]): Promise<boolean>;
  delay(ms: number): Promise<void>;
  /** Asks before many files or bytes are uploaded, in a native dialog. */
  confirmMany(amount: { files: number; bytes: number }, profileId: ProfileId): Promise<boolean>;
  enqueue(files: AcceptedFile<FileRef>[], profileId: ProfileId): Promise<Upload[]>;
  /** Called right after `enqueue`. The links may later replace the current clipboard content. */
  onBatchEnqueued(batchId: BatchId): Promise<void>;
}

/** Limits open files, so that a drop of thousands of files does not use up the process's file handles. */
const concurrency = 16;
/** Hoist asks before it uploads more than this at once. */
const maxUnconfirmed = { files: 50, bytes: 2 ** 30 };

/**
 * After this many unproven files, the other files of a message are refused without reading the disk, so that a page
 * can't test many paths at once. Those that are being read at that time are not stopped.
 */
const maxUnproven = 20;
/** An answer that refuses a file is sent at a multiple of this time, in ms. This hides how long the disk took. */
const refusalStepMs = 1000;

/** A file or folder that the window named. `proof`: shows that the page can read the file. A folder has none. */
export type ClaimedFile = { path: string; proof: string } | { path: string; folder: true };

export class Intake {
  readonly #ports: IntakePorts;
  /**
   * The answer to the previous message with named files. Such messages are handled one after another, so that a page
   * can't test more paths with several messages at once.
   */
  #previous: Promise<unknown> = Promise.resolve();
  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  get challenges(): ReadChallenges {
    return this.#ports.challenges;
  }

  /**
   * Returns the results of each path, in order: a token, or the reason why the file cannot be uploaded. A folder gives
   * a token and one result for each reason why some of its files cannot be uploaded.
   */
  async accept(paths: string[], senderId: number): Promise<IntakeResult[]> {
    if (paths.length > maxDropped) throw failure('invalid-input', tooManyFiles);
    const results = (await mapConcurrent(paths, concurrency, (path) => this.#open(path))).flat();
    return this.#withTokens(results, senderId);
  }

  /**
   * Accepts files that the window named: with proof that the page can read them, or folders that the user confirms. All
   * other files are refused with the same answer after the same time, whether they exist or not.
   * @throws AppFailure invalid-input when the challenge is not valid
   */
  acceptClaimed(challengeId: string, files: readonly ClaimedFile[], senderId: number): Promise<IntakeResult[]> {
    const answer = this.#previous.then(() => this.#acceptClaimed(challengeId, files, senderId));
    this.#previous = answer.catch(() => undefined); // The caller of this message handles the error.
    return answer;
  }

  async #acceptClaimed(challengeId: string, files: readonly ClaimedFile[], senderId: number): Promise<IntakeResult[]> {
    const { challenges, acceptProvenFile, baseName, confirmFolders } = this.#ports;
    const challenge = challenges.take(challengeId, senderId);
    const refusalStep = this.#startRefusalSteps();
    let unprovenCount = 0;
    const openClaimed = async (file: ClaimedFile): Promise<OpenResult[]> => {
      if ('folder' in file) return [];
      const name = baseName(file.path);
      if (unprovenCount >= maxUnproven) return [{ name, error: unproven().error }];
      try {
        const accepted = await acceptProvenFile(file.path, { challenge, proof: file.proof });
        return [{ name: accepted.name, size: accepted.size, files: [accepted] }];
      } catch (cause) {
        if (!(cause instanceof AppFailure)) throw cause;
        unprovenCount++;
        return [{ name, error: cause.error }];
      }
    };
    const opened = (await mapConcurrent(files, concurrency, openClaimed)).flat();
    await refusalStep(unprovenCount > 0);
    const folders = files.flatMap((file) => ('folder' in file ? [file.path] : []));
    const isConfirmed = folders.length > 0 && (await confirmFolders(folders));
    const ofFolders = isConfirmed ? await mapConcurrent(folders, 1, (path) => this.#openFolder(path)) : [];
    return this.#withTokens([...opened, ...ofFolders.flat()], senderId);
  }

  /**
   * Starts the timer of refusals before the disk is read. A timer that started later would reveal how long the disk
   * took. The returned function stops the timer. With `waits`, it resolves at the end of the current step.
   */
  #startRefusalSteps(): (waits: boolean) => Promise<void> {
    let isDone = false;
    const steps = async (): Promise<void> => {
      await this.#ports.delay(refusalStepMs);
      if (!isDone) await steps();
    };
    const end = steps();
    return async (waits) => {
      isDone = true;
      if (waits) await end;
    };
  }

  #withTokens(results: OpenResult[], senderId: number): IntakeResult[] {
    return results.map((result) =>
      'error' in result ? result : { ...acceptedInfo(result), token: this.#ports.tokens.make(result.files, senderId) },
    );
  }

  /** @param names the new names of the files, in the order of the tokens; null or missing keeps the name */
  async enqueue(
    tokens: string[],
    profileId: ProfileId,
    senderId: number,
    names: readonly (string | null)[] = [],
  ): Promise<UploadId[]> {
    const files = this.#ports.tokens
      .take(tokens, senderId)
      .flatMap((fileGroup, i) => withName(fileGroup, names[i] ?? null));
    return this.#send(files, profileId);
  }

  /** Uploads files that the user chose from the tray or the menu: without tokens, but with the same confirmations. */
  async send(paths: string[], profileId: ProfileId): Promise<{ ids: UploadId[]; refused: RefusedFiles[] }> {
    const results = (await mapConcurrent(paths, concurrency, (path) => this.#open(path))).flat();
    const files = results.flatMap((result) => ('error' in result ? [] : result.files));
    return { ids: await this.#send(files, profileId), refused: results.filter((result) => 'error' in result) };
  }

  async #send(files: AcceptedFile<FileRef>[], profileId: ProfileId): Promise<UploadId[]> {
    const { confirmed, declined } = await this.#confirmSensitive(files);
    const approved = files.filter((file) => !declined.has(file));
    // No second question if the user has already confirmed every file.
    const needsQuestion = approved.some((file) => !confirmed.has(file));
    if (approved.length === 0 || (needsQuestion && !(await this.#isAmountConfirmed(approved, profileId)))) return [];
    const uploads = await this.#ports.enqueue(
      approved.map((file) => (confirmed.has(file) ? confirmedFile(file) : file)),
      profileId,
    );
    await this.#ports.onBatchEnqueued(uploads[0]!.batchId);
    return uploads.map((upload) => upload.id);
  }

  /** Asks once per file and once per folder, so that dropping a home folder does not ask a hundred times. */
  async #confirmSensitive(
    files: AcceptedFile<FileRef>[],
  ): Promise<Record<'confirmed' | 'declined', ReadonlySet<AcceptedFile<FileRef>>>> {
    const groups = new Map<string, AcceptedFile<FileRef>[]>();
    for (const file of files) {
      if (!(await this.#ports.isSensitive(...pathsOf(file)))) continue;
      const key = file.folder?.token ?? file.source.path;
      const group = groups.get(key);
      if (group) group.push(file);
      else groups.set(key, [file]);
    }
    const confirmed = new Set<AcceptedFile<FileRef>>();
    const declined = new Set<AcceptedFile<FileRef>>();
    for (const group of groups.values()) {
      const isConfirmed = await this.#ports.confirmSensitive(group[0]!.source.path, group.length - 1);
      for (const file of group) (isConfirmed ? confirmed : declined).add(file);
    }
    return { confirmed, declined };
  }

  async #isAmountConfirmed(files: AcceptedFile<FileRef>[], profileId: ProfileId): Promise<boolean> {
    const amount = { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
    if (amount.files <= maxUnconfirmed.files && amount.bytes <= maxUnconfirmed.bytes) return true;
    return this.#ports.confirmMany(amount, profileId);
  }

  async #open(path: string): Promise<OpenResult[]> {
    try {
      const file = await this.#ports.acceptFile(path);
      return [{ name: file.name, size: file.size, files: [file] }];
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return cause.error.code === 'source-is-folder'
        ? this.#openFolder(path)
        : [{ name: this.#ports.baseName(path), error: cause.error }];
    }
  }

  async #openFolder(path: string): Promise<OpenResult[]> {
    try {
      const { name, files, skipped, unreadable } = await this.#ports.acceptFolder(path);
      const refused = groupUnreadable(name, unreadable);
      if (files.length + refused.length === 0) return [{ name, error: { code: 'source-is-folder' } }];
      const size = files.reduce((sum, file) => sum + file.size, 0);
      return [...(files.length > 0 ? [{ name, size, files, skipped }] : []), ...refused];
    } catch (cause) {
      if (!(cause instanceof AppFailure)) throw cause;
      return [{ name: this.#ports.baseName(path), error: cause.error }];
    }
  }
}

/** One result for each problem, so that thousands of unreadable files make one notice. */
function groupUnreadable(folder: string, unreadable: AcceptedFolder['unreadable']): RefusedFiles[] {
  const groups = new Map<string, RefusedFiles>();
  for (const { relativePath, error } of unreadable) {
    const key = JSON.stringify([error.code, error.params]);
    const group = groups.get(key);
    if (group) group.count = (group.count ?? 1) + 1;
    else groups.set(key, { name: `${folder}/${relativePath}`, error });
  }
  return [...groups.values()];
}

/** Renames a file. A folder and its files keep their names. */
const withName = (files: AcceptedFile<FileRef>[], name: string | null): AcceptedFile<FileRef>[] =>
  name === null ? files : files.map((file) => (file.folder ? file : renameAcceptedFile(file, name)));

/** `skipped` is set only for a folder. */
interface OpenedFiles {
  name: string;
  size: number;
  files: AcceptedFile<FileRef>[];
  skipped?: SkippedEntries;
}
type RefusedFiles = Extract<IntakeResult, { error: unknown }>;
type AcceptedResult = Extract<IntakeResult, { token: string }>;
type OpenResult = OpenedFiles | RefusedFiles;

const acceptedInfo = ({ name, size, files, skipped }: OpenedFiles): Omit<AcceptedResult, 'token'> => {
  if (!skipped) return { name, size };
  const hasSkipped = skipped.links + skipped.special > 0;
  return { name, size, files: files.length, ...(hasSkipped ? { skipped } : {}) };
};
