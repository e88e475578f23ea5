import { expect, test } from 'vitest';
import type { ProfileState, ProfileView } from '../../../src-shared/profile.ts';
import type { ProfilesState } from '../../stores/profiles.ts';
import {
  editReason,
  isRecheck,
  nameDetail,
  profileNeedingAttention,
  stateRemedy,
  stateSentence,
  stateDisplay,
} from './profile-state.ts';

const profile = (id: string, state: ProfileState, overrides: Partial<ProfileView> = {}): ProfileView => ({
  id,
  providerId: 's3',
  name: id,
  settings: {},
  secrets: [],
  secretStorage: 'saved',
  visibility: 'expiring',
  linkDays: 7,
  status: { state },
  ...overrides,
});

test('each state has its own label, icon and remedy', () => {
  const examples = (['ready', 'needs-sign-in', 'needs-setup', 'unreachable'] as const).map((state) =>
    profile('a', state),
  );
  expect(examples.map((example) => stateDisplay(example).label)).toEqual([
    'Ready',
    'Needs a valid key',
    'Needs setup',
    'Unreachable',
  ]);
  expect(new Set(examples.map((example) => stateDisplay(example).glyph)).size).toBe(4);
  expect(examples.map(stateRemedy)).toEqual([undefined, 'enter-key', 'edit', 'check']);
  expect(examples.map((example) => nameDetail(example))).toEqual([
    'link works for 7 days',
    'needs a valid key',
    'needs setup',
    'unreachable',
  ]);
});

test('a destination with browser sign-in shows no text about keys, and one that needs a code says so', () => {
  const signedOut = profile('Dropbox', 'needs-sign-in', { signsIn: true, secretStorage: 'missing' });
  expect([
    stateDisplay(signedOut).label,
    nameDetail(signedOut),
    stateRemedy(signedOut),
    stateSentence(signedOut),
  ]).toEqual(['Signed out', 'signed out', 'sign-in', 'You aren’t signed in on this computer. Sign in again.']);
  expect(stateSentence({ ...signedOut, secretStorage: 'locked' })).toBe('Locked: sign in again.');
  const needsCode = profile('a', 'needs-sign-in', {
    secretStorage: 'reference',
    status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { why: 'mfa', profile: 'work' } } },
  });
  expect([
    stateDisplay(needsCode).label,
    nameDetail(needsCode),
    stateRemedy(needsCode),
    stateSentence(needsCode),
  ]).toEqual(['Needs a code', 'needs a code', 'enter-code', 'The AWS profile “work” needs a code from your device.']);
  const needsPermission = profile('a', 'needs-sign-in', {
    secretStorage: 'reference',
    status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { why: 'program', profile: 'work' } } },
  });
  expect([
    stateDisplay(needsPermission).label,
    nameDetail(needsPermission),
    stateRemedy(needsPermission),
    stateSentence(needsPermission),
  ]).toEqual([
    'Needs permission',
    'needs permission',
    'allow-program',
    'You haven’t allowed Hoist to run the credential_process of the AWS profile “work”.',
  ]);
  expect(isRecheck('allow-program')).toBe(true);
  const refused = profile('a', 'needs-sign-in', {
    secretStorage: 'reference',
    status: { state: 'needs-sign-in', error: { code: 'unauthorized', params: { why: 'mfa', profile: 'work' } } },
  });
  expect(stateSentence(refused)).toBe(
    'The code from your device wasn’t accepted. Wait for the next code, then try again.',
  );
});

test('a destination is green only after the store accepted its settings', () => {
  expect(stateDisplay(profile('a', 'ready')).tone).toBe('plain');
  expect(stateDisplay(profile('a', 'ready', { status: { state: 'ready', checkedAt: 1 } })).tone).toBe('ok');
});

test('the sentence of a state names the cause and the remedy', () => {
  expect(stateSentence(profile('a', 'needs-sign-in', { secretStorage: 'locked' }))).toBe(
    'Locked: enter the key again.',
  );
  expect(
    stateSentence(
      profile('NAS', 'needs-sign-in', { status: { state: 'needs-sign-in', error: { code: 'unauthorized' } } }),
    ),
  ).toMatch(/^NAS rejected the key\. Check/);
  expect(stateSentence(profile('a', 'ready'))).toBeUndefined();
});

test('the warning is about the destination that files go to, not about every destination', () => {
  const profiles = [profile('a', 'ready'), profile('b', 'needs-sign-in'), profile('c', 'unreachable')];
  const stateWith = (current: string, isFallbackOn: boolean, order: string[]): ProfilesState => ({
    ready: true,
    providers: [],
    profiles,
    discovered: [],
    current,
    fallback: { on: isFallbackOn, order },
  });
  expect(profileNeedingAttention(stateWith('b', false, []))?.id).toBe('b');
  expect(profileNeedingAttention(stateWith('a', false, ['b']))).toBeUndefined();
  expect(profileNeedingAttention(stateWith('a', true, ['c', 'b']))?.id).toBe('b');
  expect(profileNeedingAttention(stateWith('c', true, []))).toBeUndefined();
});

test('the form that fixes a destination shows the reason, unless the key is only missing', () => {
  const error = { code: 'unauthorized' } as const;
  const profile = (overrides: Partial<ProfileView>): ProfileView =>
    ({ secretStorage: 'saved', status: { state: 'needs-sign-in', error }, ...overrides }) as ProfileView;
  expect(editReason(profile({}))).toEqual({ reason: { error, needsKey: true } });
  expect(editReason(profile({ status: { state: 'needs-setup', error } }))).toEqual({
    reason: { error, needsKey: false },
  });
  expect(editReason(profile({ secretStorage: 'missing' }))).toEqual({});
  expect(editReason(profile({ status: { state: 'ready' } }))).toEqual({});
});
