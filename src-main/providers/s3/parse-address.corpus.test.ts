/**
 * Addresses that users paste, and the settings or the problem that must follow (testing/addresses.json). Add each
 * address that a user reports.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { errorText } from '../../../src-shared/text/text.ts';
import { errorFromIssue } from '../settings/field-issues.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { parseAddress, type AddressField } from './parse-address.ts';
import type { ParsedAddress } from './parsed-address.ts';
import { s3SettingsSchema } from './settings.ts';

interface CorpusEntry {
  pasted: string;
  field: AddressField;
  what: string;
  expected?: {
    service: string;
    endpoint: string;
    region?: string;
    bucket?: string;
    prefix?: string;
    pathStyle?: boolean;
  };
  /** Why the address is refused. */
  problem?: string;
  /** What the form still asks for, and the values that follow from the address. */
  missing?: { field: string; why: string };
  filledIn?: ParsedAddress;
}

const corpus = JSON.parse(readFileSync(new URL('./testing/addresses.json', import.meta.url), 'utf8')) as CorpusEntry[];

const formOf = ({ field, pasted }: CorpusEntry) => ({
  accessKeyId: 'AKID',
  secretAccessKey: 'secret',
  ...(field === 'endpoint' ? { bucket: 'photos' } : {}),
  [field]: pasted,
});

test('the corpus has at least 120 different addresses', () =>
  expect(new Set(corpus.map(({ pasted, field }) => `${field} ${pasted}`)).size).toBeGreaterThanOrEqual(120));

describe('an address in the corpus', () => {
  test.each(corpus.filter(({ expected }) => expected).map((entry) => [entry.what, entry] as const))(
    'is understood: %s',
    (_, entry) => {
      const { service, ...location } = entry.expected!;
      const expected = { ...location, store: { id: service } };
      expect(v.parse(s3SettingsSchema, formOf(entry))).toMatchObject(expected);
      // The saved values mean the same.
      expect(v.parse(s3SettingsSchema, normalizeS3Settings(formOf(entry)))).toMatchObject(expected);
    },
  );

  test.each(corpus.filter(({ missing }) => missing).map((entry) => [entry.what, entry] as const))(
    'leaves one value open, and the form asks for it: %s',
    (_, entry) => {
      const issues = v.safeParse(s3SettingsSchema, formOf(entry)).issues ?? [];
      const { field, why } = entry.missing!;
      expect(issues.map(errorFromIssue)).toEqual([{ code: 'invalid-input', field, params: { why, names: '' } }]);
      expect(errorText(errorFromIssue(issues[0]!)).what).not.toBe('This setting isn’t valid.');
      expect(parseAddress(entry.pasted, entry.field)).toEqual(entry.filledIn);
    },
  );

  test.each(corpus.filter(({ problem }) => problem).map((entry) => [entry.what, entry] as const))(
    'is refused with the reason at its field: %s',
    (_, entry) => {
      const issues = v.safeParse(s3SettingsSchema, formOf(entry)).issues ?? [];
      const errors = issues.map(errorFromIssue);
      expect(errors).toEqual([
        { code: 'invalid-input', field: entry.field, params: { why: entry.problem, names: '' } },
      ]);
      expect(errorText(errors[0]!).what).not.toBe('This setting isn’t valid.');
      // Nothing of the address is filled in.
      expect(parseAddress(entry.pasted, entry.field)).toBeUndefined();
    },
  );
});
