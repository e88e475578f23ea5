/** Where the focus goes after a question in place. */
import { useEffect, useRef, type RefObject } from 'react';

/** What was focused is gone after an answer: `asker` is the button that asked, `words` stand in its place when it is gone too. */
interface Places {
  asker: RefObject<HTMLButtonElement | null>;
  words: RefObject<HTMLDivElement | null>;
  next: (place: 'asker' | 'words') => void;
}

export function usePlaces(): Places {
  const asker = useRef<HTMLButtonElement>(null);
  const words = useRef<HTMLDivElement>(null);
  const wanted = useRef<'asker' | 'words'>(undefined);
  useEffect(() => {
    const place = { asker, words }[wanted.current ?? 'asker'].current;
    if (wanted.current === undefined || !place) return;
    wanted.current = undefined;
    place.focus();
  });
  return {
    asker,
    words,
    next: (place) => {
      wanted.current = place;
    },
  };
}
