/** For tests: two cores with the same records, like a window and a command line. Their destination is Practice. */
import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { practiceId } from '../../src-shared/profile.ts';
import type { Upload, UploadId } from '../../src-shared/upload.ts';
import { CoreFixture } from './core-fixture.ts';

export class TwoProcesses {
  readonly a: CoreFixture;
  readonly b: CoreFixture;
  readonly #open: Set<CoreFixture>;

  private constructor(a: CoreFixture, b: CoreFixture) {
    this.a = a;
    this.b = b;
    this.#open = new Set([a, b]);
  }

  static async open(): Promise<TwoProcesses> {
    const a = await openProcess();
    return new TwoProcesses(a, await openProcess(a.folder));
  }

  /** Opens a third process with the same records. */
  async openThird(): Promise<CoreFixture> {
    const third = await openProcess(this.a.folder);
    this.#open.add(third);
    return third;
  }

  async close(fixture: CoreFixture): Promise<void> {
    this.#open.delete(fixture);
    await fixture.core.close();
  }

  /** Closes the processes and deletes the records. */
  async remove(): Promise<void> {
    await Promise.all([...this.#open].map(({ core }) => core.close()));
    rmSync(this.a.folder, { recursive: true, force: true });
  }

  send(fixture: CoreFixture, name: string, content: string | Uint8Array = name): Promise<UploadId> {
    return fixture.send(practiceId, name, content);
  }

  /** Waits until a process reports the upload as done, and returns its link. */
  async linkOf({ latest }: CoreFixture, id: UploadId): Promise<string> {
    await expect.poll(() => latest.get(id)?.status, { timeout: 10_000 }).toBe('done');
    return (latest.get(id) as Extract<Upload, { status: 'done' }>).link.url;
  }
}

async function openProcess(folder?: string): Promise<CoreFixture> {
  const fixture = await CoreFixture.open({ builtIns: ['practice'] }, folder);
  fixture.core.engine.start();
  return fixture;
}
