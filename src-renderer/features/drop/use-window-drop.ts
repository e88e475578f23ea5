/**
 * Accepts drops anywhere in the window, even over dialogs. Prevents the browser's default, which would open a dropped
 * file instead of the page.
 */
import { useEffect, useEffectEvent, useState } from 'react';
import { dragEntered, dragLeft, noDrag, readDrag, type Drag } from './drag-state.ts';

export function useWindowDrop(onFiles: (files: File[]) => void): Drag {
  const [drag, setDrag] = useState<Drag>(noDrag);
  const handleFiles = useEffectEvent(onFiles);

  useEffect(() => {
    const clear = (): void => setDrag(noDrag);
    // A drag that started in the page, such as selected text, is handled by the browser.
    let isInternalDrag = false;
    const handlers: Partial<Record<keyof WindowEventMap, (event: Event) => void>> = {
      dragstart: () => {
        isInternalDrag = true;
      },
      dragend: () => {
        isInternalDrag = false;
        clear();
      },
      dragenter: (event) => {
        if (isInternalDrag || !(event instanceof DragEvent)) return;
        event.preventDefault();
        const content = readDrag(event.dataTransfer);
        setDrag((current) => dragEntered(current, content));
      },
      dragover: (event) => {
        if (isInternalDrag || !(event instanceof DragEvent)) return;
        event.preventDefault();
        if (event.dataTransfer)
          event.dataTransfer.dropEffect = readDrag(event.dataTransfer).kind === 'files' ? 'copy' : 'none';
      },
      dragleave: () => {
        if (!isInternalDrag) setDrag(dragLeft);
      },
      drop: (event) => {
        if (isInternalDrag || !(event instanceof DragEvent)) return;
        event.preventDefault();
        clear();
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) handleFiles(files);
      },
      keydown: (event) => {
        if (event instanceof KeyboardEvent && event.key === 'Escape') clear();
      },
      // No pointer events arrive during a drag, so a moving pointer means that the drag is over.
      pointermove: clear,
      blur: (event) => {
        if (event.target === window) clear();
      },
    };
    for (const [name, handler] of Object.entries(handlers)) window.addEventListener(name, handler, { capture: true });
    return () => {
      for (const [name, handler] of Object.entries(handlers))
        window.removeEventListener(name, handler, { capture: true });
    };
  }, []);
  return drag;
}
