/** Scrolls to the top of new search results, and back to where the list was when the search ends. */
import { useLayoutEffect, useRef, type RefObject } from 'react';

/** @param results the text of the shown search results; undefined while the whole list is shown */
export function useSearchScroll(
  scroller: RefObject<HTMLElement | null>,
  results: string | undefined,
): { onScroll: () => void } {
  const listOffset = useRef(0);
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = results === undefined ? listOffset.current : 0;
  }, [scroller, results]);
  return {
    onScroll: () => {
      if (results === undefined && scroller.current) listOffset.current = scroller.current.scrollTop;
    },
  };
}
