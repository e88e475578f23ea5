/**
 * Copies text to the clipboard after a click. The asynchronous clipboard API needs a permission, which the app denies;
 * the copy command only needs the click.
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
