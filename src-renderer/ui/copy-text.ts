/**
 * Puts text on the clipboard in answer to a click. The asynchronous clipboard needs a permission, and the app denies
 * them all; the copy command needs only the click.
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
