/**
 * Converts upload records to the current field names. Databases before version 3 hold records with other names. SQL
 * can't update them, because the checksum of a record is computed in JavaScript, so each record is upgraded when it is
 * read.
 */
import type { Upload } from '../../src-shared/upload.ts';

type JsonObject = Record<string, unknown>;

type Renames = ReadonlyMap<string, string>;

const renamedUploadFields: Renames = new Map([
  ['kept', 'bytesStored'],
  ['movedAt', 'lastProgressAt'],
  ['place', 'keyTemplate'],
  ['wish', 'linkOverride'],
]);
const renamedFolderFields: Renames = new Map([['below', 'relativePath']]);
const renamedWithheldFields: Renames = new Map([['because', 'reason']]);
const renamedWaits: Renames = new Map([['mended', 'profile-fixed']]);
const renamedErrorParams: Renames = new Map([['said', 'serverMessage']]);
/** Former and current values of the error parameter `why`. */
const renamedCauses: Renames = new Map([
  ['said', 'serverMessage'],
  ['profilePlace', 'profileLocation'],
]);

/** @returns undefined when the record is not an upload record that this version can read */
export function upgradeUploadRecord(record: unknown): Upload | undefined {
  if (!isObject(record) || record['v'] !== 1) return undefined;
  const upload = renameFields(record, renamedUploadFields);
  const { folder, withheld, until, error, attempts } = upload;
  return {
    ...upload,
    ...(isObject(folder) && { folder: renameFields(folder, renamedFolderFields) }),
    ...(isObject(withheld) && { withheld: renameFields(withheld, renamedWithheldFields) }),
    ...(typeof until === 'string' && { until: renamedWaits.get(until) ?? until }),
    ...(isObject(error) && { error: upgradeError(error) }),
    ...(Array.isArray(attempts) && { attempts: attempts.map(upgradeAttempt) }),
  } as unknown as Upload;
}

const upgradeAttempt = (attempt: unknown): unknown =>
  isObject(attempt) && isObject(attempt['error']) ? { ...attempt, error: upgradeError(attempt['error']) } : attempt;

function upgradeError(error: JsonObject): JsonObject {
  if (!isObject(error['params'])) return error;
  const params = renameFields(error['params'], renamedErrorParams);
  const { why } = params;
  return {
    ...error,
    params: { ...params, ...(typeof why === 'string' && { why: renamedCauses.get(why) ?? why }) },
  };
}

const renameFields = (record: JsonObject, names: Renames): JsonObject =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [names.get(name) ?? name, value]));

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
