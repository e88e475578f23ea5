/** The records: one small JSON file for each object, unfinished upload and part. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { systemCodeOf } from '../platform/file-errors.ts';
import { checksumNames } from './checksums.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const texts = v.record(v.string(), v.string());
/** Ids that this store generated. Only these may become part of a file path. */
const id = v.pipe(v.string(), v.regex(/^[\w-]{16,64}$/));

const blobRef = v.object({ id, size: count });
const checksum = v.object({
  name: v.picklist(checksumNames),
  value: v.string(),
  type: v.picklist(['FULL_OBJECT', 'COMPOSITE']),
});

const storedObjectSchema = v.object({
  v: v.literal(1),
  key: v.string(),
  etag: v.string(),
  modified: v.number(),
  size: count,
  /** Content headers, such as Content-Type, by lower-case name; values as received (Latin-1). */
  headers: texts,
  /** x-amz-meta-* headers, by name without this prefix */
  meta: texts,
  /** The blobs of the object, in order. */
  pieces: v.array(blobRef),
  /** True for a multipart object: each blob is a part. */
  inParts: v.boolean(),
  checksum: v.optional(checksum),
  /** The multipart upload that created the object. A repeated complete request gets the same response. */
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

const storedPartSchema = v.object({
  v: v.literal(1),
  number: v.pipe(count, v.minValue(1), v.maxValue(10_000)),
  piece: blobRef,
  etag: v.string(),
  modified: v.number(),
  checksum: v.optional(v.object({ name: v.picklist(checksumNames), value: v.string() })),
});

/** In the JSON files the properties are named `pieces` and `piece`. The code names them `blobs` and `blob`. */
const objectSchema = v.pipe(
  storedObjectSchema,
  v.transform(({ pieces, ...rest }) => ({ ...rest, blobs: pieces })),
);
const partSchema = v.pipe(
  storedPartSchema,
  v.transform(({ piece, ...rest }) => ({ ...rest, blob: piece })),
);

export type BlobRef = v.InferOutput<typeof blobRef>;
export type ObjectRecord = v.InferOutput<typeof objectSchema>;
export type UploadRecord = v.InferOutput<typeof uploadSchema>;
export type PartRecord = v.InferOutput<typeof partSchema>;

export const readObject = (file: string): Promise<ObjectRecord | undefined> => read(file, objectSchema);
export const readUpload = (file: string): Promise<UploadRecord | undefined> => read(file, uploadSchema);
export const readPart = (file: string): Promise<PartRecord | undefined> => read(file, partSchema);

/** @returns undefined when the record is incomplete or damaged */
async function read<T>(file: string, schema: v.GenericSchema<unknown, T>): Promise<T | undefined> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || isMissing(cause)) return undefined;
    throw cause;
  }
}

const temporarySuffix = '.draft';

/**
 * Writes a record atomically: even after a power cut the file has either the new or the previous content. The record is
 * durable when this returns.
 * @param onWritten called when the file has the new content; a later failure does not undo it
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
      await handle.writeFile(JSON.stringify(toStored(record)));
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

function toStored(record: ObjectRecord | UploadRecord | PartRecord): object {
  if ('blobs' in record) {
    const { blobs, ...rest } = record;
    return { ...rest, pieces: blobs };
  }
  if ('blob' in record) {
    const { blob, ...rest } = record;
    return { ...rest, piece: blob };
  }
  return record;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open folders. Renames are durable there without this step.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isMissing = (cause: unknown): boolean => systemCodeOf(cause) === 'ENOENT';
