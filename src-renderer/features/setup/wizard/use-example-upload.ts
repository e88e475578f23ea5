/** The first link of a new destination: uploads a small sample file and copies its link. */
import { useEffect, useState } from 'react';
import type { AppError } from '../../../../src-shared/errors.ts';
import type { ProfileId, UploadId, UploadView } from '../../../../src-shared/upload.ts';
import { hideToast } from '../../../stores/feedback.ts';
import { useHoist, useUploads } from '../../../use-hoist.ts';
import { copyLinks } from '../../uploads/copy-links.ts';

/** `checking`: the file is stored, and its link is being checked. */
export type ExampleUpload =
  | { is: 'none' }
  | { is: 'sending' }
  | { is: 'failed'; error: AppError }
  | { is: 'checking' | 'done'; upload: UploadView };

export function useExampleUpload(profileId: ProfileId): { example: ExampleUpload; send: () => Promise<void> } {
  const hoist = useHoist();
  const { bridge } = hoist;
  /** Undefined before the user starts the upload; empty until main has answered. */
  const [request, setRequest] = useState<{ id?: UploadId; error?: AppError }>();
  const id = request?.id;
  const upload = useUploads((state) => (id === undefined ? undefined : state.byId.get(id)));
  // The user asked for this link, so copy it even if the user has copied something else in the meantime.
  useEffect(
    () =>
      bridge.app.batchSettled(({ uploadIds, clipboard }) => {
        if (id === undefined || !uploadIds.includes(id)) return;
        hideToast(hoist.feedback); // the wizard shows the same message
        // `nothing`: the link does not open, so there is none to copy.
        if (clipboard !== 'copied' && clipboard !== 'nothing') void copyLinks(hoist, [id]);
      }),
    [bridge, hoist, id],
  );
  return {
    example: toExampleUpload(request, upload),
    async send() {
      setRequest({});
      const answer = await bridge.uploads.uploadExample({ profileId });
      setRequest(answer.ok ? { id: answer.value } : { error: answer.error });
    },
  };
}

function toExampleUpload(request: { error?: AppError } | undefined, upload: UploadView | undefined): ExampleUpload {
  if (!request) return { is: 'none' };
  const error =
    request.error ?? (upload?.status === 'failed' || upload?.status === 'waiting' ? upload.error : undefined);
  if (error) return { is: 'failed', error };
  if (upload?.status === 'done') return { is: 'done', upload };
  return upload?.status === 'verifying' ? { is: 'checking', upload } : { is: 'sending' };
}
