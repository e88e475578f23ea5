/** What is written beside the bytes: one small JSON file for each object, unfinished upload and part. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { checksumNames } from './checksums.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const texts = v.record(v.string(), v.string());
/** Names of files that this store made up itself: nothing else may become part of a path. */
const id = v.pipe(v.string(), v.regex(/^[\w-]{16,64}$/));

const piece = v.object({ id, size: count });
const checksum = v.object({
  name: v.picklist(checksumNames),
  value: v.string(),
  type: v.picklist(['FULL_OBJECT', 'COMPOSITE']),
});

const objectSchema = v.object({
  v: v.literal(1),
  key: v.string(),
  etag: v.string(),
  modified: v.number(),
  size: count,
  /** Content-Type and its like, by lower-case name; values as they came over the wire (Latin-1). */
  headers: texts,
  /** x-amz-meta-*, without that beginning */
  meta: texts,
  /** The bytes are these, one after the other. */
  pieces: v.array(piece),
  /** It came in parts: each piece is one of them. */
  inParts: v.boolean(),
  checksum: v.optional(checksum),
  /** The upload that it came from, so that completing it again gives the same answer. */
  uploadId: v.optional(id),
});

const uploadSchema = v.object({
  v: v.literal(1),
  id,
  key: v.string(),
  initiated: v.number(),
  headers: texts,
  meta: texts,
  checksum: v.optional(v.object({ name: v.picklist(checksumNames), type: v.picklist(['FULL_OBJECT', 'COMPOSITE']) })),
});

const partSchema = v.object({
  v: v.literal(1),
  number: v.pipe(count, v.minValue(1), v.maxValue(10_000)),
  piece,
  etag: v.string(),
  modified: v.number(),
  checksum: v.optional(v.object({ name: v.picklist(checksumNames), value: v.string() })),
});

export type BlobRef = v.InferOutput<typeof piece>;
export type ObjectRecord = v.InferOutput<typeof objectSchema>;
export type UploadRecord = v.InferOutput<typeof uploadSchema>;
export type PartRecord = v.InferOutput<typeof partSchema>;

export const readObject = (file: string): Promise<ObjectRecord | undefined> => read(file, objectSchema);
export const readUpload = (file: string): Promise<UploadRecord | undefined> => read(file, uploadSchema);
export const readPart = (file: string): Promise<PartRecord | undefined> => read(file, partSchema);

/** @returns undefined for what is no such record: never written to its end, or damaged */
async function read<T>(file: string, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || isMissing(cause)) return undefined;
    throw cause;
  }
}

export const temporarySuffix = '.draft';

/**
 * The file has all of the record or what it had before, even when the power fails; when this returns, it has the record.
 * @param onWritten called once the file has it: what fails after that has not undone it
 */
export async function writeRecord(
  file: string,
  record: ObjectRecord | UploadRecord | PartRecord,
  onWritten: () => void = () => undefined,
): Promise<void> {
  const temporaryFile = `${file}.${randomUUID()}${temporarySuffix}`;
  try {
    const handle = await open(temporaryFile, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(record));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporaryFile, file);
  } catch (cause) {
    await rm(temporaryFile, { force: true });
    throw cause;
  }
  onWritten();
  await syncFolder(dirname(file));
}

/** Makes names in it durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders, and makes names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const isMissing = (cause: unknown): boolean => codeOf(cause) === 'ENOENT';
export const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);
