/** Where the focus goes after a question in place. */
import { useEffect, useRef, type RefObject } from 'react';

/** What was focused is gone after an answer: `asker` is the button that asked, `words` stand in its place when it is gone too. */
interface QuestionFocus {
  trigger: RefObject<HTMLButtonElement | null>;
  summary: RefObject<HTMLDivElement | null>;
  focusNext: (place: 'trigger' | 'summary') => void;
}

export function useQuestionFocus(): QuestionFocus {
  const trigger = useRef<HTMLButtonElement>(null);
  const summary = useRef<HTMLDivElement>(null);
  const pendingFocus = useRef<'trigger' | 'summary'>(undefined);
  useEffect(() => {
    const target = { trigger, summary }[pendingFocus.current ?? 'trigger'].current;
    if (pendingFocus.current === undefined || !target) return;
    pendingFocus.current = undefined;
    target.focus();
  });
  return {
    trigger,
    summary,
    focusNext: (place) => {
      pendingFocus.current = place;
    },
  };
}
