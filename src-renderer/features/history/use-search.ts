/** The history that matches a text, page by page, as it is typed. */
import { useEffect, useRef, useState } from 'react';
import type { HistoryPage } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { useHoist, useUploads } from '../../use-hoist.ts';

const pageSize = 100;
const debounceMs = 60;
/** The number found is told when nothing was typed for this long. */
const announceDelayMs = 700;

/** `text` is what these results belong to: the newest answer, while the next is on its way. */
export interface SearchResult {
  text: string;
  uploads: UploadView[];
  next?: string;
}

export interface HistorySearch {
  result?: SearchResult;
  loadMore: () => void;
}

/** @param typed what is searched; undefined or blank: nothing */
export function useSearch(typed: string | undefined): HistorySearch {
  const { bridge, announcer } = useHoist();
  const query = typed?.trim() ?? '';
  const [result, setResult] = useState<SearchResult>();
  const loading = useRef(false);
  const byId = useUploads((state) => state.byId);
  const removed = useUploads((state) => state.removed);

  useEffect(() => {
    if (query === '') return undefined;
    let stale = false;
    let announceTimer: ReturnType<typeof setTimeout> | undefined;
    const timer = setTimeout(() => {
      void bridge.history.query({ text: query, limit: pageSize }).then((answer) => {
        if (stale || !answer.ok) return;
        setResult({ text: query, ...toPage(answer.value) });
        announceTimer = setTimeout(() => announcer.announceNow(resultCountText(answer.value)), announceDelayMs);
      });
    }, debounceMs);
    return () => {
      stale = true;
      clearTimeout(timer);
      clearTimeout(announceTimer);
    };
  }, [bridge, announcer, query]);

  const loadMore = (): void => {
    if (!result?.next || loading.current) return;
    loading.current = true;
    void bridge.history.query({ text: result.text, before: result.next, limit: pageSize }).then((answer) => {
      loading.current = false;
      if (answer.ok)
        setResult((now) =>
          now?.text === result.text
            ? { text: now.text, uploads: [...now.uploads, ...answer.value.uploads], next: answer.value.next }
            : now,
        );
    });
  };

  if (query === '' || !result) return { loadMore };
  const uploads = result.uploads.filter(({ id }) => !removed.has(id)).map((upload) => byId.get(upload.id) ?? upload);
  return { result: { ...result, uploads }, loadMore };
}

const resultCountText = ({ uploads, next }: HistoryPage): string =>
  text(next === undefined ? 'ui.history.found' : 'ui.history.found-more', { count: uploads.length });

const toPage = ({ uploads, next }: HistoryPage): Pick<SearchResult, 'uploads' | 'next'> => ({ uploads, next });
