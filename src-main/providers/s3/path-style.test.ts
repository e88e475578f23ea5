/**
 * The style of addresses when the user did not choose one. Every way to set up a destination must leave the setting
 * unset, so that a self-hosted server gets path style and Amazon gets virtual hosts.
 */
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../../src-shared/profile.ts';
import {
  createDraft,
  toProfileDraft,
  withPreset,
  withValues,
} from '../../../src-renderer/features/setup/form-draft.ts';
import { valuesFromOptions } from '../../cli/setup/field-options.ts';
import { formValues } from '../../profiles/form-values.ts';
import { parseRclone } from '../../profiles/import/rclone.ts';
import { discoverS3Credentials } from './discover-credentials.ts';
import { s3 } from './index.ts';
import { s3DefaultValues } from './link-example.ts';
import { normalizeS3Settings } from './normalize-settings.ts';
import { applyProfileDefaults, s3SettingsSchema } from './settings.ts';

const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const selfHosted = 'https://minio.example.com';

const fromCommandLine = (typed: FieldValues, preset?: string): FieldValues =>
  formValues(s3, valuesFromOptions(s3, { typed, cwd: '/', ...(preset === undefined ? {} : { preset }) }));
const fromRclone = (lines: string): FieldValues =>
  formValues(s3, parseRclone(`[mine]\ntype = s3\naccess_key_id = AKID\n${lines}`, 'rclone.conf').profiles[0]!.settings);
const fromEnvironment = (env: Record<string, string>): FieldValues =>
  discoverS3Credentials({
    env: { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', ...env },
    home: '',
    platform: 'linux',
    read: () => undefined,
  } as never)[0]!.values;
const fromWindow = (preset: string, values: FieldValues): FieldValues => {
  const draft = withPreset(
    createDraft(s3),
    s3,
    s3.presets.find(({ id }) => id === preset),
  );
  return toProfileDraft(withValues(draft, values), s3).settings;
};

test.each<[string, FieldValues, boolean]>([
  ['setup add --endpoint', fromCommandLine({ endpoint: selfHosted }), true],
  ['setup add --preset custom', fromCommandLine({ endpoint: selfHosted }, 'custom'), true],
  ['setup add --preset minio', fromCommandLine({ endpoint: selfHosted }, 'minio'), true],
  ['setup add --no-path-style', fromCommandLine({ endpoint: selfHosted, pathStyle: false as never }), false],
  ['setup add for Amazon', fromCommandLine({ region: 'eu-west-1' }), false],
  ['an rclone remote', fromRclone(`provider = Minio\nendpoint = ${selfHosted}`), true],
  ['an rclone remote with virtual hosts', fromRclone(`endpoint = ${selfHosted}\nforce_path_style = false`), false],
  ['an rclone remote of Amazon', fromRclone('provider = AWS\nregion = eu-west-1'), false],
  ['the environment', fromEnvironment({ AWS_ENDPOINT_URL: selfHosted }), true],
  ['the environment with a choice', fromEnvironment({ AWS_ENDPOINT_URL: selfHosted, AWS_S3_PATH_STYLE: '0' }), false],
  ['the environment for Amazon', fromEnvironment({ AWS_REGION: 'eu-west-1' }), false],
  ['the form for another server', fromWindow('custom', { endpoint: selfHosted }), true],
  ['the form for Amazon, with a server’s endpoint', fromWindow('aws', { endpoint: selfHosted }), true],
  ['the form for Amazon', fromWindow('aws', { region: 'eu-west-1' }), false],
])('%s leads to the expected style, before and after the values are saved', (_, values, expected) => {
  const form = { ...values, ...keys, bucket: 'photos' };
  expect(v.parse(s3SettingsSchema, form).pathStyle).toBe(expected);
  expect(v.parse(s3SettingsSchema, normalizeS3Settings(form)).pathStyle).toBe(expected);
});

test('no preset and no initial value chooses a style', () => {
  expect(s3.presets.filter(({ values }) => 'pathStyle' in values)).toEqual([]);
  expect(formValues(s3, {})).not.toHaveProperty('pathStyle');
});

describe('an AWS profile with an endpoint', () => {
  const profileForm = { credentials: 'profile', awsProfile: 'mine', bucket: 'photos', region: 'eu-west-1' };
  test.each<[string | undefined, FieldValues, boolean]>([
    [undefined, {}, true],
    ['auto', {}, true],
    ['path', {}, true],
    ['virtual', {}, false],
    ['path', { pathStyle: 'false' }, false],
    ['virtual', { pathStyle: 'true' }, true],
  ])('and addressing_style %s uses it unless the user decides: %j', (addressing, typed, expected) => {
    const settings = v.parse(s3SettingsSchema, { ...profileForm, ...typed });
    const profile = { endpoint: selfHosted, ...(addressing === undefined ? {} : { addressing }) };
    expect(applyProfileDefaults(settings, profile)?.pathStyle).toBe(expected);
  });
});

test('the form shows the style that applies while the user has not decided', () => {
  expect(s3DefaultValues({ endpoint: selfHosted })).toEqual({ pathStyle: 'true' });
  expect(s3DefaultValues({ endpoint: '', linkKind: 'public', bucket: '' })).toEqual({ pathStyle: 'false' });
  expect(s3DefaultValues({ endpoint: 'https://t3.storage.dev' })).toEqual({ pathStyle: 'false' });
  expect(s3DefaultValues({ endpoint: 'not an address' })).toEqual({});
});
