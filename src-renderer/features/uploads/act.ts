/** Does what a row's button, menu or key says. */
import { errorText } from '../../../src-shared/text/text.ts';
import type { AppError, Result } from '../../../src-shared/errors.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { safeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import { sayUrgently, showToast } from '../../stores/feedback.ts';
import { copyLinks } from './copy-links.ts';
import type { RowAction } from './row-actions.ts';

export function act(hoist: Hoist, upload: UploadView, action: RowAction): void {
  const { uploads } = hoist.bridge;
  const target = { id: upload.id };
  const targets = { ids: [upload.id] };
  switch (action) {
    case 'copy':
      void copyLinks(hoist, [upload.id]);
      return;
    case 'copy-day':
      void copyLinks(hoist, [upload.id], { days: 1 });
      return;
    case 'copy-week':
      void copyLinks(hoist, [upload.id], { days: 7 });
      return;
    case 'empty':
      hoist.screen.setState({ settings: true });
      return;
    case 'fix-key':
    case 'sign-in':
    case 'fix':
      hoist.screen.setState({ setup: { kind: 'edit', profileId: upload.profileId, then: 'retry' } });
      return;
    case 'unpublish':
      hoist.screen.setState({
        question: { kind: 'unpublish', ids: [upload.id], name: safeName(upload.name), destination: upload.destination },
      });
      return;
    case 'open':
      void told(hoist, uploads.open(target));
      return;
    case 'reveal':
      void told(hoist, uploads.reveal(target));
      return;
    case 'send-anyway':
      void told(hoist, uploads.sendAnyway(target));
      return;
    case 'keep-both':
      void told(hoist, uploads.settle({ ...targets, by: 'new-name' }));
      return;
    case 'replace':
      void told(hoist, uploads.settle({ ...targets, by: 'replace' }));
      return;
    case 'retry':
    case 'now':
      void told(hoist, uploads.retry(targets));
      return;
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'remove':
      void told(hoist, uploads[action](targets));
      return;
  }
}

/** Whether it was done; an error is told. */
export async function told(hoist: Hoist, asked: Promise<Result<unknown>>): Promise<boolean> {
  const answer = await asked;
  if (!answer.ok) tellError(hoist, answer.error);
  return answer.ok;
}

export function tellError(hoist: Hoist, error: AppError): void {
  const { what, remedy } = errorText(error);
  const sentence = `${what} ${remedy}`;
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  sayUrgently(hoist.feedback, sentence);
}
