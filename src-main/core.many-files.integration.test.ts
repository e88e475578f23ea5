/** A folder with many files: memory in the main process. */
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test, vi } from 'vitest';
import type { Upload } from '../src-shared/upload.ts';
import { acceptFolder } from './platform/accept-folder.ts';
import { tempFolder } from './platform/testing/temp-folders.ts';
import { CoreFixture } from './testing/core-fixture.ts';

vi.setConfig({ testTimeout: 300_000 });
v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const fileCount = 10_000;
/** A queued upload takes about 1,200 bytes. */
const maxBytesPerFile = 12_000;

test(`a folder with ${fileCount} queued files takes at most ${maxBytesPerFile} bytes of memory per file`, async () => {
  const root = tempFolder();
  for (let index = 0; index < fileCount; index++) {
    const folder = path.join(root, `folder ${Math.floor(index / 1000)}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `picture ${index}.jpg`), '');
  }
  const fixture = await CoreFixture.open();
  const before = heapBytes();
  const enqueue = async (): Promise<Upload[]> => {
    const { files } = await acceptFolder(root, 0);
    return fixture.core.engine.enqueue(files, [{ profileId: 'p', visibility: 'expiring' }]);
  };
  const uploads = await enqueue();
  const bytesPerFile = (heapBytes() - before) / fileCount;
  console.info(`${bytesPerFile.toFixed(0)} bytes per queued file`);
  expect(uploads).toHaveLength(fileCount);
  expect(bytesPerFile).toBeLessThan(maxBytesPerFile);
  await fixture.remove();
});
