/** The history that matches a text, page by page, as it is typed. */
import { useEffect, useRef, useState } from 'react';
import type { HistoryPage } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { useHoist, useUploads } from '../../use-hoist.ts';

const pageSize = 100;
const pauseMs = 60;
/** The number found is told when nothing was typed for this long. */
const typedMs = 700;

/** `text` is what these results belong to: the newest answer, while the next is on its way. */
export interface Found {
  text: string;
  uploads: UploadView[];
  next?: string;
}

export interface Search {
  found?: Found;
  loadMore: () => void;
}

/** @param typed what is searched; undefined or blank: nothing */
export function useSearch(typed: string | undefined): Search {
  const { bridge, announcer } = useHoist();
  const wanted = typed?.trim() ?? '';
  const [found, setFound] = useState<Found>();
  const loading = useRef(false);
  const byId = useUploads((state) => state.byId);
  const removed = useUploads((state) => state.removed);

  useEffect(() => {
    if (wanted === '') return undefined;
    let stale = false;
    let telling: ReturnType<typeof setTimeout> | undefined;
    const timer = setTimeout(() => {
      void bridge.history.query({ text: wanted, limit: pageSize }).then((answer) => {
        if (stale || !answer.ok) return;
        setFound({ text: wanted, ...pageOf(answer.value) });
        telling = setTimeout(() => announcer.answer(countOf(answer.value)), typedMs);
      });
    }, pauseMs);
    return () => {
      stale = true;
      clearTimeout(timer);
      clearTimeout(telling);
    };
  }, [bridge, announcer, wanted]);

  const loadMore = (): void => {
    if (!found?.next || loading.current) return;
    loading.current = true;
    void bridge.history.query({ text: found.text, before: found.next, limit: pageSize }).then((answer) => {
      loading.current = false;
      if (answer.ok)
        setFound((now) =>
          now?.text === found.text
            ? { text: now.text, uploads: [...now.uploads, ...answer.value.uploads], next: answer.value.next }
            : now,
        );
    });
  };

  if (wanted === '' || !found) return { loadMore };
  const uploads = found.uploads.filter(({ id }) => !removed.has(id)).map((upload) => byId.get(upload.id) ?? upload);
  return { found: { ...found, uploads }, loadMore };
}

const countOf = ({ uploads, next }: HistoryPage): string =>
  text(next === undefined ? 'ui.history.found' : 'ui.history.found-more', { count: uploads.length });

const pageOf = ({ uploads, next }: HistoryPage): Pick<Found, 'uploads' | 'next'> => ({ uploads, next });
