/** Does something with several uploads at once, and says how many it were. */
import { text } from '../../../src-shared/text/text.ts';
import type { UploadId, UploadView } from '../../../src-shared/upload.ts';
import type { Hoist } from '../../hoist.ts';
import { told } from './act.ts';
import { copyLinks } from './copy-links.ts';
import { idsFor, isMuch, type GroupAction } from './group-actions.ts';

const answers = {
  pause: 'ui.all.paused',
  resume: 'ui.all.resumed',
  retry: 'ui.all.retried',
  cancel: 'ui.all.canceled',
} as const;

/** @param of what they have in common, for the question before something that cannot be taken back */
export function actOnMany(
  hoist: Hoist,
  uploads: readonly UploadView[],
  action: GroupAction,
  of: { name: string; destination: string },
): void {
  const ids = idsFor(action, uploads);
  if (ids.length === 0) return;
  switch (action) {
    case 'copy':
      void copyLinks(hoist, ids);
      return;
    case 'remove':
      void told(hoist, hoist.bridge.uploads.remove({ ids }));
      return;
    case 'unpublish':
      hoist.screen.setState({ question: { kind: 'unpublish', ids, ...of } });
      return;
    case 'cancel':
      cancelMany(hoist, uploads, ids);
      return;
    case 'pause':
    case 'resume':
    case 'retry':
      void doAndTell(hoist, action, ids);
  }
}

function cancelMany(hoist: Hoist, uploads: readonly UploadView[], ids: UploadId[]): void {
  const { shown } = hoist.uploads.getState();
  const shareOf = (id: UploadId): number => {
    const share = shown.get(id);
    return typeof share === 'number' ? share : 0;
  };
  const canceled = new Set(ids);
  const sent = uploads.reduce((sum, { id, size }) => sum + (canceled.has(id) ? shareOf(id) * size : 0), 0);
  if (!isMuch(ids.length, sent)) {
    void doAndTell(hoist, 'cancel', ids);
    return;
  }
  hoist.screen.setState({ question: { kind: 'cancel', ids, pausable: idsFor('pause', uploads), sent } });
}

export async function doAndTell(hoist: Hoist, action: keyof typeof answers, ids: UploadId[]): Promise<void> {
  if (await told(hoist, hoist.bridge.uploads[action]({ ids })))
    hoist.announcer.answer(text(answers[action], { count: ids.length }));
}
