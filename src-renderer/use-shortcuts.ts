/**
 * Shortcuts of the whole window: Ctrl/Cmd+O chooses files, Ctrl/Cmd+F searches and Escape ends the search,
 * Ctrl/Cmd+comma opens the settings.
 */
import { useEffect } from 'react';
import { chooseAndSend } from './features/drop/send-files.ts';
import type { Hoist } from './hoist.ts';
import { isMac } from './stores/app.ts';
import {
  closeMenu,
  closeSearch,
  isInOverlay,
  openSearch,
  selectSearchOfDialog,
} from './features/history/search-focus.ts';
import type { ScreenState } from './stores/screen.ts';
import { isListEmpty } from './stores/uploads.ts';
import { useHoist } from './use-hoist.ts';

/** Returns whether the key is a shortcut that has an effect. */
function runShortcut(hoist: Hoist, key: string): boolean {
  const { screen } = hoist;
  switch (key) {
    case 'o':
      closeMenu();
      void chooseAndSend(hoist);
      return true;
    case 'f':
      if (isListEmpty(hoist.uploads.getState())) return false;
      closeMenu();
      openSearch(screen);
      return true;
    case ',':
      closeMenu();
      screen.setState({ settings: true });
      return true;
    default:
      return false;
  }
}

/** Whether a dialog is open into which the user enters something, which a shortcut would lose. */
const hasInput = ({ setup, naming, codePrompts }: ScreenState): boolean =>
  setup !== undefined || naming.length > 0 || codePrompts.length > 0;

/**
 * Whether a shortcut of the window works now: none while the user enters something in a dialog. In the settings or at a
 * question, only Ctrl/Cmd+F works, because a search that closes them loses no input.
 */
function isAllowed(screen: ScreenState, key: string): boolean {
  if (hasInput(screen)) return false;
  return key === 'f' || (!screen.settings && screen.confirmation === undefined);
}

/** Ends the search if the key is Escape. Returns whether the search was ended. */
function endSearch(hoist: Hoist, event: KeyboardEvent): boolean {
  const isOpen = hoist.screen.getState().search !== undefined;
  if (event.key !== 'Escape' || !isOpen || event.defaultPrevented || isInOverlay(event.target)) return false;
  closeSearch(hoist.screen);
  return true;
}

/** Ctrl/Cmd+F in a form goes to the form's own search, if it has one. Returns whether the key had an effect. */
function handleShortcut(hoist: Hoist, key: string): boolean {
  if (isAllowed(hoist.screen.getState(), key)) return runShortcut(hoist, key);
  return key === 'f' && selectSearchOfDialog();
}

/** Whether only Ctrl (on a Mac: Cmd) is held together with the key. */
const isShortcut = (hoist: Hoist, event: KeyboardEvent): boolean => {
  const hasModifier = isMac(hoist.app.getState()) ? event.metaKey : event.ctrlKey;
  return hasModifier && !event.altKey && !event.shiftKey && !event.repeat;
};

export function useShortcuts(): void {
  const hoist = useHoist();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase();
      if (endSearch(hoist, event) || (isShortcut(hoist, event) && handleShortcut(hoist, key))) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [hoist]);
}
