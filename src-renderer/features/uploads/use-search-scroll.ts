/** Scrolls to the top of new search results, and back to where the list was when the search ends. */
import { useLayoutEffect, useRef, type RefObject } from 'react';

/** @param results the search text whose results are shown; undefined while the whole list is shown */
export function useSearchScroll(results: string | undefined): {
  scroller: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
} {
  const scroller = useRef<HTMLDivElement>(null);
  const listOffset = useRef(0);
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = results === undefined ? listOffset.current : 0;
  }, [results]);
  return {
    scroller,
    onScroll: () => {
      if (results === undefined && scroller.current) listOffset.current = scroller.current.scrollTop;
    },
  };
}
