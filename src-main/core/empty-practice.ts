/** Empties Practice on the user's request. */
import { practiceId } from '../../src-shared/profile.ts';
import { needsPracticeSpace } from '../../src-shared/error-action.ts';
import { isTerminal } from '../../src-shared/upload.ts';
import type { Engine } from '../engine/engine.ts';
import type { Practice } from '../practice/practice.ts';
import type { Store } from '../store/open.ts';

/** Deletes the files in Practice and their history entries, because their links no longer open. */
export async function emptyPractice({
  practice,
  store,
  engine,
}: {
  practice: Practice;
  store: Store;
  engine: Engine;
}): Promise<void> {
  await practice.empty();
  for (const upload of store.uploads.ofProfile(practiceId)) {
    const failedForSpace = upload.status === 'failed' && needsPracticeSpace(upload.error);
    if (isTerminal(upload) && !failedForSpace) engine.remove(upload.id);
  }
  // Restarts the uploads that waited or failed for lack of space.
  engine.onProfileChanged(practiceId);
}
