/** Runs the action of a row's button, menu or key. */
import { errorText } from '../../../src-shared/text/text.ts';
import type { AppError, Result } from '../../../src-shared/errors.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { displaySafeName } from '../../format/file-name.ts';
import type { Hoist } from '../../hoist.ts';
import { announceUrgently, showToast } from '../../stores/feedback.ts';
import { copyLinks } from './copy-links.ts';
import type { EditReason } from '../../stores/screen.ts';
import { isKeyError, type RowAction } from './row-actions.ts';

export function runRowAction(hoist: Hoist, upload: UploadView, action: RowAction): void {
  const { uploads } = hoist.bridge;
  const idInput = { id: upload.id };
  const idsInput = { ids: [upload.id] };
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
    case 'empty-practice':
      hoist.screen.setState({ settings: true });
      return;
    case 'fix-key':
    case 'sign-in':
    case 'fix':
      hoist.screen.setState({
        setup: { kind: 'edit', profileId: upload.profileId, then: 'retry', ...editReason(upload) },
      });
      return;
    case 'revoke':
    case 'unpublish':
      hoist.screen.setState({
        confirmation: {
          kind: action,
          ids: [upload.id],
          name: displaySafeName(upload.name),
          destination: upload.destination,
        },
      });
      return;
    case 'open':
      void withErrorToast(hoist, uploads.open(idInput));
      return;
    case 'reveal':
      void withErrorToast(hoist, uploads.reveal(idInput));
      return;
    case 'send-anyway':
      void withErrorToast(hoist, uploads.sendAnyway(idInput));
      return;
    case 'keep-both':
      void withErrorToast(hoist, uploads.resolveCollision({ ...idsInput, by: 'new-name' }));
      return;
    case 'replace':
      void withErrorToast(hoist, uploads.resolveCollision({ ...idsInput, by: 'replace' }));
      return;
    case 'retry':
    case 'now':
      void withErrorToast(hoist, uploads.retry(idsInput));
      return;
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'remove':
      void withErrorToast(hoist, uploads[action](idsInput));
      return;
  }
}

/** The error that the form of the destination shows, if the upload has one. */
const editReason = (upload: UploadView): { reason?: EditReason } =>
  upload.error ? { reason: { error: upload.error, needsKey: isKeyError(upload) } } : {};

/** Shows an error if the request fails. Returns whether it succeeded. */
export async function withErrorToast(hoist: Hoist, request: Promise<Result<unknown>>): Promise<boolean> {
  const answer = await request;
  if (!answer.ok) showError(hoist, answer.error);
  return answer.ok;
}

export function showError(hoist: Hoist, error: AppError): void {
  const { what, remedy } = errorText(error);
  const sentence = `${what} ${remedy}`;
  showToast(hoist.feedback, { sentence, tone: 'danger' });
  announceUrgently(hoist.feedback, sentence);
}
