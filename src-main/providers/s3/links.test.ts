/** The links that the driver creates. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { neverAborted } from '../../platform/testing/never-aborted.ts';
import { patternSource } from '../testing/pattern-source.ts';
import { createTransfer, DriverFixture } from './testing/driver-fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

let fixture: DriverFixture;
/** Difference between the store's clock and this computer's clock, in ms. */
let clockOffset = 0;
beforeEach(async () => {
  clockOffset = 0;
  fixture = await DriverFixture.start({ now: () => Date.now() + clockOffset });
});
afterEach(() => fixture.stop());

describe('links', () => {
  test('an expiring link has only the necessary parameters and reports its expiry', async () => {
    const now = Date.UTC(2026, 10, 22, 12, 0, 0, 999);
    const driver = fixture.createDriver({ settings: { linkDays: 3 }, ports: { now: () => now } });
    const link = await driver.link(
      { v: 1, bucket: 'practice', key: `2026/11/22/abc/a b+(1)!'*#?.txt`, size: 1 },
      neverAborted,
    );
    const url = new URL(link.url);
    expect(link.url).toContain('/practice/2026/11/22/abc/a%20b%2B%281%29%21%27%2A%23%3F.txt?');
    expect([...url.searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
    ]);
    expect(url.searchParams.get('X-Amz-Expires')).toBe(String(3 * 86_400));
    expect(url.searchParams.get('X-Amz-Date')).toBe('20261122T120000Z');
    expect(link).toMatchObject({ visibility: 'expiring', expiresAt: Date.UTC(2026, 10, 25, 12) });
    expect(fixture.proxy.requests).toEqual([]);
  });

  test('on a computer with a clock that is wrong by 40 minutes, uploads succeed and links open', async () => {
    for (const minutes of [40, -40]) {
      const wrongTime = Date.now() + minutes * 60_000;
      vi.useFakeTimers({ now: wrongTime, toFake: ['Date'] });
      // The store's clock is correct.
      clockOffset = -minutes * 60_000;
      try {
        const driver = fixture.createDriver({ ports: { now: () => Date.now() } });
        const ref = await driver.upload(createTransfer(patternSource(10)));
        const { url } = await driver.link(ref, neverAborted);
        expect((await fetch(url)).status, `${minutes} min`).toBe(200);
      } finally {
        vi.useRealTimers();
      }
    }
  });

  test.each([
    [
      { pathStyle: false, endpoint: 'https://s3.eu-west-1.amazonaws.com' },
      'https://photos.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%21.png',
    ],
    [
      { pathStyle: true, endpoint: 'https://ceph.example.com:8443/base' },
      'https://ceph.example.com:8443/base/photos/a%20b/%C3%BC%21.png',
    ],
    [{ publicBaseUrl: 'https://cdn.example.com/files' }, 'https://cdn.example.com/files/a%20b/%C3%BC%21.png'],
  ])('a public link with the settings %j has the address %s', async (settings, url) => {
    const link = await fixture
      .createDriver({ settings: { ...settings, linkKind: 'public' } })
      .link({ v: 1, bucket: 'photos', key: 'a b/ü!.png', size: 1 }, neverAborted);
    expect(link).toEqual({ url, visibility: 'public' });
  });
});
