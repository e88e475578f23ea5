/** Actions on uploads that need the desktop: copy or open links, show the file in its folder, upload the example. */
import { shell } from 'electron';
import { failure } from '../../src-shared/errors.ts';
import type { LinkOverride, ProfileId, UploadId } from '../../src-shared/upload.ts';
import { enqueueExample } from '../core/enqueue-example.ts';
import type { Core } from '../core.ts';
import type { Store } from '../store/open.ts';
import type { CopyLinks } from './copy-links.ts';
import type { OpenPage } from './external-pages.ts';

export class UploadActions {
  readonly #core: Core;
  readonly #store: Store;
  readonly #copyLinks: CopyLinks;

  constructor(core: Core, store: Store, copyLinks: CopyLinks) {
    this.#core = core;
    this.#store = store;
    this.#copyLinks = copyLinks;
  }

  async copy(ids: UploadId[], linkOverride?: LinkOverride): Promise<void> {
    const urls: string[] = [];
    for (const id of ids) {
      this.#core.userActions.onUpload(id);
      urls.push((await this.#core.engine.link(id, linkOverride)).url);
    }
    await this.copyText(urls.join('\n'));
  }

  async copyText(text: string): Promise<void> {
    if (!(await this.#copyLinks.write(text))) throw failure('bug');
  }

  async open(id: UploadId, openPage: OpenPage): Promise<void> {
    this.#core.userActions.onUpload(id);
    await openPage((await this.#core.engine.link(id)).url);
  }

  reveal(id: UploadId): void {
    const source = this.#store.uploads.get(id)?.source;
    if (!source) throw failure('invalid-input');
    if ('stream' in source) throw failure('source-missing');
    shell.showItemInFolder(source.path);
  }

  async sendExample(profileId: ProfileId): Promise<UploadId> {
    const { id, batchId } = await enqueueExample(this.#core, profileId);
    await this.#copyLinks.onBatchEnqueued(batchId);
    return id;
  }
}
