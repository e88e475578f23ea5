/** Shortcuts of the whole window: Ctrl/Cmd+O chooses files, Ctrl/Cmd+F searches, Ctrl/Cmd+comma opens the settings. */
import { useEffect } from 'react';
import { chooseAndSend } from './features/drop/send-files.ts';
import type { Hoist } from './hoist.ts';
import { isMac } from './stores/app.ts';
import { useHoist } from './use-hoist.ts';

function runShortcut(hoist: Hoist, key: string): boolean {
  const { screen } = hoist;
  switch (key) {
    case 'o':
      void chooseAndSend(hoist);
      return true;
    case 'f':
      screen.setState(({ search }) => ({ search: search ?? '' }));
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
      const { setup, settings, naming } = hoist.screen.getState();
      if (!hasModifier || event.altKey || event.shiftKey || event.repeat || setup || settings || naming.length > 0)
        return;
      if (runShortcut(hoist, event.key.toLowerCase())) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [hoist]);
}
