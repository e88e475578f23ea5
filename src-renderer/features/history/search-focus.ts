/** Opens and closes the search from anywhere in the window. */
import { afterFocusReturned } from '../../ui/after-focus-returned.ts';
import type { ScreenStore } from '../../stores/screen.ts';

/**
 * Opens the search, or selects the text of the open search. Closes the settings and an open question, which counts as
 * not answered.
 */
export function openSearch(screen: ScreenStore): void {
  screen.setState(({ search }) => ({ search: search ?? '', settings: false, confirmation: undefined }));
  afterFocusReturned(() => select(document.querySelector('search input')));
}

function select(input: HTMLInputElement | null): void {
  input?.focus();
  input?.select();
}

/** Selects the text of the search field in the open dialog. Returns whether there is one. */
export function selectSearchOfDialog(): boolean {
  const input = document.querySelector<HTMLInputElement>('[role="dialog"] input[type="search"]');
  select(input);
  return input !== null;
}

/** Closes the menu that has the focus, as Escape does. */
export function closeMenu(): void {
  document.activeElement
    ?.closest('[role="menu"]')
    ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
}

/** Closes the search. A focused row keeps the focus; otherwise the button that opens the search gets it. */
export function closeSearch(screen: ScreenStore): void {
  const isRowFocused = document.activeElement?.closest('main li') !== null;
  screen.setState({ search: undefined });
  if (!isRowFocused)
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>('header [aria-expanded="false"][data-search]')?.focus(),
    );
}

/** Whether the element is in a dialog, a menu or a list of choices, which handle the Escape key themselves. */
export const isInOverlay = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]') !== null;
