import { expect, test } from 'vitest';
import type { ProfileView } from '../../../src-shared/profile.ts';
import { isShown, type ProviderInfo } from '../../../src-shared/provider.ts';
import { missingFields, createDraft, toProfileDraft, withPreset, withTouched, withValue } from './form-draft.ts';

/** The key of the text “Hoist”. */
const label = 'app.name';
const provider: ProviderInfo = {
  id: 's3',
  name: 'S3',
  help: label,
  fields: [
    { key: 'bucket', group: 'location', kind: 'text', label, help: label, required: true },
    { key: 'endpoint', group: 'location', kind: 'text', label, help: label },
    { key: 'region', group: 'location', kind: 'text', label, help: label, initial: 'us-east-1' },
    {
      key: 'links',
      group: 'location',
      kind: 'choice',
      label,
      help: label,
      choices: [
        { value: 'expiring', label },
        { value: 'public', label },
      ],
    },
    {
      key: 'days',
      group: 'location',
      kind: 'text',
      label,
      help: label,
      required: true,
      initial: '7',
      showWhen: { field: 'links', is: 'expiring' },
    },
    { key: 'pathStyle', group: 'location', kind: 'toggle', label, help: label, advanced: true },
    { key: 'secretKey', group: 'location', kind: 'secret', label, help: label, required: true },
  ],
  presets: [
    { id: 'r2', name: 'R2', asks: [], values: { endpoint: 'https://r2', region: 'auto' } },
    {
      id: 'minio',
      name: 'MinIO',
      asks: ['endpoint'],
      values: { endpoint: 'http://127.0.0.1:9000', pathStyle: 'true' },
    },
  ],
  capabilities: {
    maxBytes: 1,
    visibilities: ['expiring'],
    supportedLinkKinds: ['expiring'],
    manyLinks: true,
    canDelete: true,
  },
};
const profile: ProfileView = {
  id: 'p1',
  providerId: 's3',
  name: 'Work',
  settings: { bucket: 'b', links: 'public', secretKey: 'leaked' },
  secrets: ['secretKey'],
  secretStorage: 'saved',
  visibility: 'public',
  status: { state: 'ready' },
};

test('a new form starts with the initial values of the fields', () => {
  expect(createDraft(provider).values).toEqual({
    bucket: '',
    endpoint: '',
    region: 'us-east-1',
    links: 'expiring',
    days: '7',
    // A toggle without an initial value has no value until the user sets it.
    pathStyle: '',
    secretKey: '',
  });
});

test('a saved secret is not put into the form, and need not be entered again', () => {
  const draft = createDraft(provider, profile);
  expect(draft.values.secretKey).toBe('');
  expect(missingFields(draft, provider, { profile })).toEqual({});
  expect(toProfileDraft(draft, provider, profile)).toMatchObject({
    id: 'p1',
    secrets: {},
    settings: { bucket: 'b', links: 'public' },
  });
});

test('secrets from the environment need not be entered, but locked secrets must be', () => {
  expect(
    missingFields(createDraft(provider, profile), provider, {
      profile: { ...profile, secrets: [], secretStorage: 'environment' },
    }),
  ).toEqual({});
  expect(
    Object.keys(
      missingFields(createDraft(provider, profile), provider, {
        profile: { ...profile, secrets: [], secretStorage: 'locked' },
      }),
    ),
  ).toEqual(['secretKey']);
});

test('a preset fills in fields, and the next preset reverts the fields it does not set', () => {
  let draft = withPreset(createDraft(provider), provider, provider.presets[0]);
  expect(draft.values).toMatchObject({ endpoint: 'https://r2', region: 'auto' });
  draft = withPreset(withValue(draft, 'bucket', 'mine'), provider, provider.presets[1]);
  expect(draft.values).toMatchObject({
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    pathStyle: 'true',
    bucket: 'mine',
  });
  expect(
    withPreset(withValue(draft, 'name', 'Mine'), provider, provider.presets[0]).name,
    'a preset keeps the name that the user entered',
  ).toBe('Mine');
  draft = withPreset(withValue(draft, 'endpoint', 'http://localhost:1'), provider, undefined);
  expect(draft.values).toMatchObject({ endpoint: 'http://localhost:1', pathStyle: '' });
});

test('only visible fields are required and submitted', () => {
  const draft = withValue(withValue(createDraft(provider), 'links', 'public'), 'days', '');
  expect(provider.fields.filter((field) => isShown(field, draft.values)).map(({ key }) => key)).not.toContain('days');
  expect(Object.keys(missingFields(draft, provider))).toEqual(['bucket', 'secretKey']);
  expect(toProfileDraft(draft, provider).settings).not.toHaveProperty('days');
});

test('the message about a missing field contains its label', () =>
  expect(missingFields(createDraft(provider), provider).bucket).toBe('Fill in Hoist.'));

test('submitted values are trimmed', () => {
  const draft = withValue(
    withValue(withValue(createDraft(provider), 'name', ' Work '), 'bucket', ' b '),
    'secretKey',
    ' s\n',
  );
  expect(toProfileDraft(draft, provider)).toMatchObject({
    name: 'Work',
    settings: { bucket: 'b' },
    secrets: { secretKey: 's' },
  });
});

test('touched fields accumulate', () =>
  expect([...withTouched(withTouched(createDraft(provider), ['a']), ['b', 'a']).touched]).toEqual(['a', 'b']));
