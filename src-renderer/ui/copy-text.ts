/**
 * Copies text to the clipboard after a click. Returns whether this succeeded. Triggers the browser's copy command and
 * replaces the text that it would copy, because the asynchronous clipboard API needs a permission that the app denies.
 */
export function copyText(value: string): boolean {
  const fill = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', value);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener('copy', fill, { capture: true });
  const done = document.execCommand('copy');
  document.removeEventListener('copy', fill, { capture: true });
  return done;
}
