/** Opens and closes the search from anywhere in the window. */
import type { ScreenStore } from '../../stores/screen.ts';

const searchInput = (): HTMLInputElement | null => document.querySelector('search input');

/** Opens the search, or selects the text of the open search. */
export function openSearch(screen: ScreenStore): void {
  screen.setState(({ search }) => ({ search: search ?? '', settings: false }));
  // A dialog that closes returns the focus to its button one frame later.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      searchInput()?.focus();
      searchInput()?.select();
    }),
  );
}

/** Closes the search. A focused row keeps the focus; otherwise the search button gets it. */
export function closeSearch(screen: ScreenStore): void {
  const isRowFocused = document.activeElement?.closest('main li') !== null;
  screen.setState({ search: undefined });
  if (!isRowFocused)
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>('header [aria-expanded="false"][data-search]')?.focus(),
    );
}

/** Whether Escape belongs to something that is open above the list. */
export const isInOverlay = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]') !== null;
