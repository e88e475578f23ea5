/** Searches the history as the user types, and loads the results page by page. */
import { useEffect, useRef, useState } from 'react';
import type { HistoryPage } from '../../../src-shared/ipc/contract.ts';
import { text } from '../../../src-shared/text/text.ts';
import type { UploadView } from '../../../src-shared/upload.ts';
import { useHoist, useUploads } from '../../use-hoist.ts';

const pageSize = 100;
/** The search starts after this pause in typing. */
const debounceMs = 60;
/** The number of results is announced after this pause in typing. */
const announceDelayMs = 700;

/** `text`: the search text of these results; differs from the typed text while newer results load. */
export interface SearchResult {
  text: string;
  uploads: UploadView[];
  next?: string;
}

export interface HistorySearch {
  result?: SearchResult;
  loadMore: () => void;
}

/** @param typed the search text; no search when undefined or blank */
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
        setResult((current) =>
          // The user may have typed another text in the meantime.
          current?.text === result.text
            ? { text: current.text, uploads: [...current.uploads, ...answer.value.uploads], next: answer.value.next }
            : current,
        );
    });
  };

  if (query === '' || !result) return { loadMore };
  // Shows the newest state of each result, without uploads that were removed since the search.
  const uploads = result.uploads.filter(({ id }) => !removed.has(id)).map((upload) => byId.get(upload.id) ?? upload);
  return { result: { ...result, uploads }, loadMore };
}

const resultCountText = ({ uploads, next }: HistoryPage): string =>
  text(next === undefined ? 'ui.history.found' : 'ui.history.found-more', { count: uploads.length });

const toPage = ({ uploads, next }: HistoryPage): Pick<SearchResult, 'uploads' | 'next'> => ({ uploads, next });
