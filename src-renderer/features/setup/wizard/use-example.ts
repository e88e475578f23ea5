/** The first link of a new destination: a small file of Hoist's own is sent, and its link is on the clipboard. */
import { useEffect, useState } from 'react';
import type { AppError } from '../../../../src-shared/errors.ts';
import type { ProfileId, UploadId, UploadView } from '../../../../src-shared/upload.ts';
import { hideToast } from '../../../stores/feedback.ts';
import { useHoist, useUploads } from '../../../use-hoist.ts';
import { copyLinks } from '../../uploads/copy-links.ts';

export type Example =
  | { is: 'none' }
  | { is: 'sending' }
  | { is: 'failed'; error: AppError }
  | { is: 'checking' | 'done'; upload: UploadView };

export function useExample(profileId: ProfileId): { example: Example; send: () => Promise<void> } {
  const hoist = useHoist();
  const { bridge } = hoist;
  const [asked, setAsked] = useState<{ id?: UploadId; error?: AppError }>();
  const id = asked?.id;
  const upload = useUploads((state) => (id === undefined ? undefined : state.byId.get(id)));
  // Pressing the button meant this link: it is copied also when something else was copied meanwhile.
  useEffect(
    () =>
      bridge.app.settled(({ uploadIds, clipboard }) => {
        if (id === undefined || !uploadIds.includes(id)) return;
        hideToast(hoist.feedback); // this step says it
        if (clipboard !== 'copied' && clipboard !== 'nothing') void copyLinks(hoist, [id]);
      }),
    [bridge, hoist, id],
  );
  return {
    example: exampleOf(asked, upload),
    async send() {
      setAsked({});
      const answer = await bridge.uploads.example({ profileId });
      setAsked(answer.ok ? { id: answer.value } : { error: answer.error });
    },
  };
}

function exampleOf(asked: { error?: AppError } | undefined, upload: UploadView | undefined): Example {
  if (!asked) return { is: 'none' };
  const error = asked.error ?? (upload?.status === 'failed' || upload?.status === 'waiting' ? upload.error : undefined);
  if (error) return { is: 'failed', error };
  if (upload?.status === 'done') return { is: 'done', upload };
  return upload?.status === 'verifying' ? { is: 'checking', upload } : { is: 'sending' };
}
