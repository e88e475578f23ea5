/**
 * Shortcuts of the whole window: Ctrl/Cmd+O chooses files, Ctrl/Cmd+F searches and Escape ends the search, Ctrl/Cmd+comma
 * opens the settings.
 */
import { useEffect } from 'react';
import { chooseAndSend } from './features/drop/send-files.ts';
import type { Hoist } from './hoist.ts';
import { isMac } from './stores/app.ts';
import { closeSearch, isInOverlay, openSearch } from './features/history/search-focus.ts';
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

export function useShortcuts(): void {
  const hoist = useHoist();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const hasModifier = isMac(hoist.app.getState()) ? event.metaKey : event.ctrlKey;
      const { search, setup, settings, naming, confirmation, codePrompts } = hoist.screen.getState();
      if (event.key === 'Escape' && search !== undefined && !event.defaultPrevented && !isInOverlay(event.target)) {
        event.preventDefault();
        closeSearch(hoist.screen);
        return;
      }
      const isAsked = setup || confirmation || naming.length > 0 || codePrompts.length > 0;
      if (!hasModifier || event.altKey || event.shiftKey || event.repeat || isAsked) return;
      // The settings keep nothing that a search would lose.
      if (settings && event.key.toLowerCase() !== 'f') return;
      if (runShortcut(hoist, event.key.toLowerCase())) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [hoist]);
}
