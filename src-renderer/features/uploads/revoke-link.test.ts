import { describe, expect, test } from 'vitest';
import type { Status, UploadView } from '../../../src-shared/upload.ts';
import { reachFact, visibilityFact } from '../history/link-state.ts';
import { idsFor } from './group-actions.ts';
import { keyAction, menuActions, primaryAction } from './row-actions.ts';
import { statusLine } from './status-line.ts';

const view = (status: Status, overrides: Partial<UploadView> = {}): UploadView => ({
  id: 'a',
  batchId: 'b',
  position: 0,
  name: 'a.png',
  size: 1_200_000_000,
  contentType: 'image/png',
  status,
  profileId: 'p',
  destination: 'Fal',
  visibility: 'public',
  createdAt: 1,
  ...overrides,
});

describe('revoking a link', () => {
  const link = { url: 'https://v3.fal.media/files/b/1/a.png', visibility: 'public' } as const;

  test('is not offered for a link that is signed, private, imported or already revoked', () => {
    const offers = (more: Partial<UploadView>): boolean =>
      menuActions(view('done', { link, visibility: 'public', ...more })).includes('revoke');
    expect(offers({})).toBe(true);
    expect(offers({ link: { ...link, isSigned: true } })).toBe(false);
    expect(offers({ link: { ...link, visibility: 'private' } })).toBe(false);
    expect(offers({ imported: true })).toBe(false);
    expect(offers({ revokedAt: 1 })).toBe(false);
  });

  test('leaves no action that copies or opens the link, and the chip says that it was revoked', () => {
    const revoked = view('done', { link, visibility: 'private', verification: 'unreachable', revokedAt: 1 });
    expect(menuActions(revoked)).toEqual(['reveal', 'remove', 'unpublish']);
    expect([primaryAction(revoked), keyAction(revoked, 'Ctrl+Enter')]).toEqual(['remove', undefined]);
    expect(idsFor('copy', [revoked])).toEqual([]);
    expect([reachFact(revoked, 2)?.label, visibilityFact(revoked, 2), statusLine(revoked, { now: 2 })]).toEqual([
      'Revoked',
      undefined,
      '1.2 GB',
    ]);
  });
});
