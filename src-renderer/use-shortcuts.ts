/**
 * Shortcuts of the whole window: Ctrl/Cmd+O chooses files, Ctrl/Cmd+F searches and Escape ends the search,
 * Ctrl/Cmd+comma opens the settings.
 */
import { useEffect } from 'react';
import { chooseAndSend } from './features/drop/send-files.ts';
import type { Hoist } from './hoist.ts';
import { isMac } from './stores/app.ts';
import { closeSearch, isInOverlay, openSearch } from './features/history/search-focus.ts';
import type { ScreenState } from './stores/screen.ts';
import { isListEmpty } from './stores/uploads.ts';
import { useHoist } from './use-hoist.ts';

function runShortcut(hoist: Hoist, key: string): boolean {
  const { screen } = hoist;
  switch (key) {
    case 'o':
      void chooseAndSend(hoist);
      return true;
    case 'f':
      if (isListEmpty(hoist.uploads.getState())) return false;
      openSearch(screen);
      return true;
    case ',':
      screen.setState({ settings: true });
      return true;
    default:
      return false;
  }
}

/** Whether a question is open, whose input a shortcut would lose. */
const isAsked = ({ setup, confirmation, naming, codePrompts }: ScreenState): boolean =>
  setup !== undefined || confirmation !== undefined || naming.length > 0 || codePrompts.length > 0;

/** Returns whether the key ended the search. */
function endSearch(hoist: Hoist, event: KeyboardEvent): boolean {
  const isOpen = hoist.screen.getState().search !== undefined;
  if (event.key !== 'Escape' || !isOpen || event.defaultPrevented || isInOverlay(event.target)) return false;
  closeSearch(hoist.screen);
  return true;
}

const isShortcut = (hoist: Hoist, event: KeyboardEvent): boolean => {
  const hasModifier = isMac(hoist.app.getState()) ? event.metaKey : event.ctrlKey;
  return hasModifier && !event.altKey && !event.shiftKey && !event.repeat;
};

export function useShortcuts(): void {
  const hoist = useHoist();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const screen = hoist.screen.getState();
      const key = event.key.toLowerCase();
      // The settings keep nothing that a search would lose.
      const isAllowed = isShortcut(hoist, event) && !isAsked(screen) && (!screen.settings || key === 'f');
      if (endSearch(hoist, event) || (isAllowed && runShortcut(hoist, key))) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [hoist]);
}
