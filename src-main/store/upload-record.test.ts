import { describe, expect, test } from 'vitest';
import { upgradeUploadRecord } from './upload-record.ts';
import { common, done, failed, queued, waiting } from './testing/sample-uploads.ts';

const asStored = (record: unknown): unknown => JSON.parse(JSON.stringify(record));

describe('upgradeUploadRecord', () => {
  test.each([
    ['kept', 5_242_880, { bytesStored: 5_242_880 }],
    ['movedAt', 1_700_000_000_600, { lastProgressAt: 1_700_000_000_600 }],
    ['place', 'shared/{name}', { keyTemplate: 'shared/{name}' }],
    ['wish', { kind: 'expiring', seconds: 3600 }, { linkOverride: { kind: 'expiring', seconds: 3600 } }],
    [
      'folder',
      { name: 'pictures', below: 'deep/a.png', token: 't', at: 1 },
      { folder: { name: 'pictures', relativePath: 'deep/a.png', token: 't', at: 1 } },
    ],
  ])('upgrades the former field %s', (name, value, expected) => {
    expect(upgradeUploadRecord({ ...queued('a'), [name]: value })).toEqual({ ...queued('a'), ...expected });
  });

  test('upgrades the former name of the wait for a fixed profile', () => {
    const record = { ...waiting('a'), until: 'mended' };
    expect(upgradeUploadRecord(record)).toEqual({ ...waiting('a'), until: 'profile-fixed' });
  });

  test('upgrades the former reason of a withheld destination', () => {
    const record = { ...failed('a'), withheld: { profileId: 'p2', because: 'more-people' } };
    expect(upgradeUploadRecord(record)).toEqual({
      ...failed('a'),
      withheld: { profileId: 'p2', reason: 'more-people' },
    });
  });

  test('upgrades the former name of a server message in the errors of the upload and its attempts', () => {
    const stored = { code: 'rejected', params: { why: 'said', said: 'No.', status: 400 } };
    const current = { code: 'rejected', params: { why: 'serverMessage', serverMessage: 'No.', status: 400 } };
    const attempt = { number: 1, profileId: 'p1', started: 1, ended: 2 };
    expect(
      upgradeUploadRecord({ ...failed('a'), error: stored, attempts: [attempt, { ...attempt, error: stored }] }),
    ).toEqual({ ...failed('a'), error: current, attempts: [attempt, { ...attempt, error: current }] });
  });

  test('upgrades the former name of the cause of an invalid AWS profile', () => {
    const error = { code: 'invalid-input', params: { why: 'profilePlace', profile: 'work' } };
    expect(upgradeUploadRecord({ ...failed('a'), error })).toMatchObject({
      error: { code: 'invalid-input', params: { why: 'profileLocation', profile: 'work' } },
    });
  });

  test('leaves a record with current names unchanged', () => {
    const uploads = [
      queued('a', {
        folder: { name: 'pictures', relativePath: 'deep/a.png', token: 't', at: 1 },
        keyTemplate: 'shared/{name}',
        linkOverride: { kind: 'public' },
        lastProgressAt: 1,
        bytesStored: 2,
      }),
      waiting('b'),
      { ...waiting('c'), until: 1_700_000_000_000 },
      { ...failed('d', { kept: 1 }), withheld: { profileId: 'p2', reason: 'cannot-delete' } },
      done('e'),
    ];
    for (const upload of uploads) expect(upgradeUploadRecord(asStored(upload))).toEqual(upload);
  });

  test("does not change the driver's checkpoint and reference", () => {
    const opaque = { kept: 1, place: 'p', movedAt: 2 };
    expect(upgradeUploadRecord(failed('a', opaque))).toEqual(failed('a', opaque));
    expect(upgradeUploadRecord({ ...done('a'), ref: opaque })).toEqual({ ...done('a'), ref: opaque });
  });

  test.each([undefined, null, 1, 'text', [common('a')], {}, { ...queued('a'), v: 2 }])('refuses %j', (value) => {
    expect(upgradeUploadRecord(value)).toBeUndefined();
  });
});
