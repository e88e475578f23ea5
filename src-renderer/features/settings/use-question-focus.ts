/** Moves the focus after an inline question is answered. */
import { useEffect, useRef, type RefObject } from 'react';

/**
 * Focuses an element after a question was answered, because its focused button disappears. `trigger`: the button that
 * opened the question. `summary`: the text beside it, which gets the focus if the trigger disappears as well.
 * `focusNext`: chooses one of them; it gets the focus once it is rendered.
 */
interface QuestionFocus {
  trigger: RefObject<HTMLButtonElement | null>;
  summary: RefObject<HTMLDivElement | null>;
  focusNext: (target: 'trigger' | 'summary') => void;
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
    focusNext: (target) => {
      pendingFocus.current = target;
    },
  };
}
