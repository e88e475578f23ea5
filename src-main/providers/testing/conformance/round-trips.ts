/** Tests that upload files and compare the downloaded bytes. */
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import type { Checkpoint, LinkOverride, Ref } from '../../../../src-shared/upload.ts';
import { hostileNames } from '../hostile-names.ts';
import { openLink } from '../open-link.ts';
import { patternBytes, patternSource } from '../pattern-source.ts';
import { saveTo, type ConformanceContext } from './context.ts';

export function registerRoundTripTests(context: ConformanceContext): void {
  test('a downloaded file has the bytes of the uploaded file, for every size', async () => {
    const { oneRequestBytes, partBytes } = context.subject;
    const around = (size: number): number[] => [size - 1, size, size + 1];
    for (const size of [0, 1, 1000, ...around(oneRequestBytes), ...around(2 * partBytes)]) {
      const progress: number[] = [];
      const checkpoints: Checkpoint[] = [];
      const ref = await context.upload(patternSource(size), {
        onProgress: (sent) => progress.push(sent),
        onCheckpoint: saveTo(checkpoints),
      });
      expect(await context.destination.stat(ref, neverAborted), String(size)).toEqual({ size });
      await context.expectContent(ref, size);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
      expect(progress.at(-1) ?? 0, String(size)).toBe(size);
      expect(checkpoints.length).toBeGreaterThan(0);
      await context.discard({ ref });
      if (context.canDelete) expect(await context.destination.stat(ref, neverAborted)).toBeUndefined();
    }
    await context.expectNothingLeft();
  });

  test('a link opens for an anonymous client and returns the file itself, not a page', async () => {
    const { provider, values } = context.subject;
    for (const size of [0, 1, 5000]) {
      const ref = await context.upload(patternSource(size, { name: 'a b+ü#?%.bin' }));
      const link = await context.destination.link(ref, neverAborted);
      expect(provider.capabilities.visibilities).toContain(link.visibility);
      expect(link.visibility).toBe(provider.linkAccess(values).visibility);
      expect(link.expiresAt === undefined).toBe(link.visibility !== 'expiring');
      expect(await context.destination.probe(link, size, neverAborted)).toBe(context.reach);
      expect(await context.destination.probe(link, size + 1, neverAborted)).toBe('unreachable');
      await context.discard({ ref });
    }
  });

  test('a link serves any range of the file', async () => {
    const ref = await context.upload(patternSource(5000));
    const { url } = await context.destination.link(ref, neverAborted);
    for (const [from, to] of [
      [0, 0],
      [1234, 4321],
      [4999, 4999],
    ] as const) {
      const { status, body } = await openLink(url, { ca: context.subject.values.ca, range: `bytes=${from}-${to}` });
      expect(status).toBe(206);
      expect((await buffer(body)).equals(patternBytes(5000).subarray(from, to + 1)), `${from} to ${to}`).toBe(true);
    }
    await context.discard({ ref });
  });

  context.fullTest('a file in one request can have any file name', async () => {
    const urls = new Set<string>();
    const refs: Ref[] = [];
    const names = context.sample(hostileNames, 12);
    for (const name of names) {
      const ref = await context.upload(patternSource(300, { name, contentType: 'text/plain' }));
      const { url } = await context.destination.link(ref, neverAborted);
      expect(new URL(url).href, name).toBe(url);
      expect(url).toMatch(/^[\x21-\x7e]+$/);
      await context.expectContent(ref, 300);
      urls.add(url);
      refs.push(ref);
    }
    expect(urls.size).toBe(names.length);
    for (const ref of refs) await context.discard({ ref });
  });

  context.fullTest('a file in parts can have any file name', async () => {
    const size = context.subject.oneRequestBytes + 1;
    for (const name of ['a b#?%46+&ü.html', '\u{1f468}\u200d\u{1f469}\u202egpj.exe', '..', `quote'"<>.xml`]) {
      const ref = await context.upload(patternSource(size, { name }));
      await context.expectContent(ref, size);
      await context.discard({ ref });
    }
  });

  test('the link kind of an upload overrides the link kind of the settings', async () => {
    const { supportedLinkKinds } = context.subject.provider.capabilities;
    for (const kind of supportedLinkKinds) {
      const linkOverride: LinkOverride = kind === 'expiring' ? { kind, seconds: 3 * 3600 } : { kind };
      const ref = await context.upload(patternSource(100), { linkOverride });
      const link = await context.destination.link(ref, neverAborted, linkOverride);
      expect(link.visibility).toBe(kind);
      const expectedExpiry = Date.now() + 3 * 3_600_000;
      if (kind === 'expiring') expect(Math.abs(link.expiresAt! - expectedExpiry)).toBeLessThan(120_000);
      else expect(link.expiresAt).toBeUndefined();
      await context.discard({ ref });
    }
  });

  test('two uploads of the same name create two files with two links', async () => {
    const first = await context.upload(patternSource(10, { name: 'image.png' }));
    const second = await context.upload(patternSource(20, { name: 'image.png' }));
    await context.expectContent(first, 10);
    await context.expectContent(second, 20);
    await context.discard({ ref: first });
    await context.expectContent(second, 20);
    await context.discard({ ref: second });
  });

  test('concurrent uploads do not mix their bytes', async () => {
    const sizes = Array.from({ length: 12 }, (_, index) => 1 + index * 70_000);
    const refs = await Promise.all(
      sizes.map((size) => context.upload(patternSource(size), { signal: new AbortController().signal })),
    );
    for (const [index, ref] of refs.entries()) await context.expectContent(ref, sizes[index]!);
    for (const ref of refs) await context.discard({ ref });
    await context.expectNothingLeft();
  });

  test('discarding an upload or a file twice is not an error', async () => {
    const checkpoints: Checkpoint[] = [];
    const ref = await context.upload(patternSource(context.subject.oneRequestBytes + 1), {
      onCheckpoint: saveTo(checkpoints),
    });
    for (const checkpoint of checkpoints) await context.discard({ checkpoint });
    await context.expectNothingLeft();
    await context.discard({ ref });
    await context.discard({ ref });
    await context.discard({ checkpoint: checkpoints.at(-1)! });
  });
}
