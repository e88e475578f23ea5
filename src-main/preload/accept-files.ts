/**
 * Sends the files that the user dropped or pasted to main, with the proof that this page can read them. The paths never
 * enter the page.
 */
import { ipcRenderer, webUtils } from 'electron';
import type { AppError, Result } from '../../src-shared/errors.ts';
import type { IntakeResult } from '../../src-shared/ipc/contract.ts';
import { channelName } from '../../src-shared/ipc/define.ts';
import { maxDropped, pathsPerMessage, tooManyFiles } from '../../src-shared/ipc/message-limits.ts';
import { proofInput, sampleParts, sampleSize, type ReadChallenge } from '../../src-shared/proof-of-read.ts';

const noFile: AppError = { code: 'source-not-a-file' };
/** Files read at once. */
const concurrency = 16;
/** Attempts to read a file. An attempt fails if a program writes to the file meanwhile. */
const maxReads = 3;

/** The folders among the entries of the last drop or paste. Main asks the user about them. */
let folderPaths: ReadonlySet<string> = new Set();

/** Finds the folders of a drop or paste, because a File object does not tell whether it is a folder. */
export function watchForFolders(): void {
  const onTransfer = (transfer: DataTransfer | null): void => {
    folderPaths = new Set(
      [...(transfer?.items ?? [])]
        .filter((item) => item.kind === 'file' && item.webkitGetAsEntry()?.isDirectory)
        .map((item) => item.getAsFile())
        .flatMap((file) => (file ? [webUtils.getPathForFile(file)] : [])),
    );
  };
  addEventListener('drop', (event) => onTransfer(event.dataTransfer), { capture: true });
  addEventListener('paste', (event) => onTransfer(event.clipboardData), { capture: true });
}

/** What main gets for each file: the proof that the page can read it, or that it is a folder. */
type Claim = { path: string; proof: string } | { path: string; folder: true };

export async function acceptFiles(files: File[]): Promise<Result<IntakeResult[]>> {
  const named = [...files].map((file) => ({ file, name: file.name, path: webUtils.getPathForFile(file) }));
  if (named.filter(({ path }) => path !== '').length > maxDropped)
    return { ok: false, error: { code: 'invalid-input', ...tooManyFiles } };
  const results: IntakeResult[] = [];
  for (let from = 0; from < named.length; from += pathsPerMessage) {
    const answer = await acceptGroup(named.slice(from, from + pathsPerMessage));
    if (!answer.ok) return answer;
    results.push(...answer.value);
  }
  return { ok: true, value: results };
}

interface NamedFile {
  file: File;
  name: string;
  /** '' for a File made in JavaScript. */
  path: string;
}

/** Sends one message to main. Its result lists the files that main received first, then those refused here. */
async function acceptGroup(named: NamedFile[]): Promise<Result<IntakeResult[]>> {
  const challenge: Result<ReadChallenge> = await ipcRenderer.invoke(channelName('files', 'challenge'));
  if (!challenge.ok) return challenge;
  const key = await importKey(challenge.value);
  const samples = await readTogether(named, challenge.value);
  const outcomes: (Claim | { name: string; error: AppError })[] = Array.from({ length: named.length });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < named.length; i = next++)
      outcomes[i] = await claimOf(named[i]!, { challenge: challenge.value, key, sample: samples?.[i] });
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const refused = outcomes.filter((outcome) => 'error' in outcome);
  const claims = outcomes.filter((outcome) => !('error' in outcome));
  if (claims.length === 0) return { ok: true, value: refused };
  const input = { challenge: challenge.value.id, files: claims };
  const answer: Result<IntakeResult[]> = await ipcRenderer.invoke(channelName('files', 'accept'), input);
  return answer.ok ? { ok: true, value: [...answer.value, ...refused] } : answer;
}

interface ProofOptions {
  challenge: ReadChallenge;
  key: CryptoKey;
  /** The bytes that the proof covers; undefined if they have not been read. */
  sample: Uint8Array | undefined;
}

async function claimOf(
  { file, name, path }: NamedFile,
  { challenge, key, sample }: ProofOptions,
): Promise<Claim | { name: string; error: AppError }> {
  if (path === '') return { name, error: noFile };
  if (folderPaths.has(path)) return { path, folder: true };
  for (let reads = 1; ; reads++) {
    try {
      return { path, proof: await proofOf(file, sample ?? (await readSample([file], challenge)), key) };
    } catch (cause) {
      if (!(cause instanceof DOMException)) throw cause;
      if (cause.name === 'NotFoundError') return { name, error: { code: 'source-missing' } };
      if (reads === maxReads) return { name, error: { code: 'source-unreadable' } };
    }
  }
}

const partsOf = (file: File, { offsets }: ReadChallenge): Blob[] =>
  sampleParts(file.size, offsets).map(({ from, to }) => file.slice(from, to));

const readSample = async (files: File[], challenge: ReadChallenge): Promise<Uint8Array> =>
  new Uint8Array(await new Blob(files.flatMap((file) => partsOf(file, challenge))).arrayBuffer());

/**
 * Reads the samples of all files at once, which is much faster than one by one. Undefined when a file can't be read.
 */
async function readTogether(named: NamedFile[], challenge: ReadChallenge): Promise<Uint8Array[] | undefined> {
  const files = named.map(({ file, path }) => (path === '' || folderPaths.has(path) ? new File([], '') : file));
  try {
    const samples = await readSample(files, challenge);
    let position = 0;
    return files.map((file) => {
      const start = position;
      position += Math.min(file.size, sampleSize);
      return samples.subarray(start, position);
    });
  } catch (cause) {
    if (cause instanceof DOMException) return undefined;
    throw cause;
  }
}

const importKey = ({ key }: ReadChallenge): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'raw',
    Uint8Array.from(atob(key), (character) => character.charCodeAt(0)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );

async function proofOf({ size, lastModified }: File, sample: Uint8Array, key: CryptoKey): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', key, proofInput(size, lastModified, sample));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}
