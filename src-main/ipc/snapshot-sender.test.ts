import { expect, test } from 'vitest';
import type { Changes } from '../../src-shared/ipc/contract.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { CoreFixture } from '../testing/core-fixture.ts';
import { ChangeFeed } from './change-feed.ts';
import { SnapshotSender } from './snapshot-sender.ts';

test('many uploads reach the window in slices: those of this process and those without one', async () => {
  const fixture = await CoreFixture.open({ builtIns: ['practice'] });
  try {
    const files = Array.from({ length: 1800 }, (_, i): AcceptedFile => ({
      name: `f${i}`,
      size: 1,
      contentType: 'text/plain',
      source: { path: `/f${i}`, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
    }));
    const chain = fixture.core.profiles.chains.from('practice');
    fixture.core.engine.holdStarts();
    const paused = fixture.core.engine.enqueue(files, chain);
    for (const { id } of paused) fixture.core.engine.pause(id);
    await fixture.restart();
    const { engine, uploadViews } = fixture.core;
    engine.holdStarts();
    const own = engine.enqueue(files, chain);

    const messages: Changes[] = [];
    const feed = new ChangeFeed({
      send: (changes) => messages.push(changes),
      view: (upload) => uploadViews.of(upload),
      totals: () => uploadViews.totals(),
    });
    const snapshot = new SnapshotSender(uploadViews, feed).start();
    expect(snapshot.totals.unfinished).toBe(3600);
    expect(snapshot.uploads.length).toBeLessThan(1000);
    const shown = new Map(snapshot.uploads.map(({ id, status }): [UploadId, string] => [id, status]));
    await expect
      .poll(() => {
        for (const { changed } of messages) for (const { id, status } of changed) shown.set(id, status);
        return shown.size;
      })
      .toBe(3600);
    expect(Math.max(...messages.map(({ changed }) => changed.length))).toBeLessThanOrEqual(500);
    expect(messages.flatMap(({ changed }) => changed).length).toBeLessThan(3600);
    expect([shown.get(own[1000]!.id), shown.get(paused[1000]!.id)]).toEqual(['queued', 'paused']);
  } finally {
    await fixture.remove();
  }
});
