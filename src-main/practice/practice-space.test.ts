import { describe, expect, test } from 'vitest';
import { practiceId } from '../../src-shared/profile.ts';
import type { Ref } from '../../src-shared/upload.ts';
import type { Destination, Transfer } from '../engine/ports.ts';
import { PracticeSpace, type StorageSpace } from './practice-space.ts';

const stored: Ref = { key: 'a.txt' };

/** Uploads a file of this size to a destination that accepts every file. */
async function upload(size: number, space: () => Promise<StorageSpace>, profileId = practiceId): Promise<Ref> {
  const destination = { upload: async () => stored } as Partial<Destination> as Destination;
  const connector = new PracticeSpace({ connect: async () => destination }, space);
  const transfer = { source: { size }, onProgress: () => undefined } as unknown as Transfer;
  return (await connector.connect(profileId)).upload(transfer);
}

describe('a file for Practice', () => {
  test('is refused before the first byte when it is larger than the capacity or the free space', async () => {
    const space = async (): Promise<StorageSpace> => ({ capacity: 2_000_000, available: 1_000_000 });
    await expect(upload(2_000_001, space)).rejects.toMatchObject({ error: { params: { why: 'capacity', limit: 2 } } });
    await expect(upload(1_000_001, space)).rejects.toMatchObject({ error: { params: { why: 'space', left: 1 } } });
    expect(await upload(1_000_000, space)).toBe(stored);
    expect(await upload(2_000_001, space, 'other')).toBe(stored);
  });

  test('is sent when the disk does not report its free space', async () => {
    const fail = async (): Promise<never> => {
      throw Object.assign(new Error('EIO: i/o error, statfs'), { code: 'EIO' });
    };
    expect(await upload(1, fail)).toBe(stored);
    await expect(upload(1, async () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  });
});
