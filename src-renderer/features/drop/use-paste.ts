/**
 * Ctrl/Cmd+V with files on the clipboard uploads them. Text that is pasted into an input stays there. If the browser
 * finds no files on the clipboard, main looks for the formats of file managers that the browser does not know.
 */
import { useEffect, useEffectEvent } from 'react';

const isTextInput = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

export function usePaste(onPaste: (files: File[]) => void): void {
  const handlePaste = useEffectEvent((event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 && isTextInput(event.target)) return;
    event.preventDefault();
    onPaste(files);
  });
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => handlePaste(event);
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
}
