/** Ctrl/Cmd+V with files on the clipboard uploads them; text goes where text is typed. */
import { useEffect, useEffectEvent } from 'react';

const isTextInput = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

export function usePaste({ onFiles, onOther }: { onFiles: (files: File[]) => void; onOther: () => void }): void {
  const handlePaste = useEffectEvent((event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      onFiles(files);
    } else if (!isTextInput(event.target)) onOther();
  });
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => handlePaste(event);
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
}
