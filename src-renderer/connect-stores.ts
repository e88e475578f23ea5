import { handleIntake } from './features/drop/send-files.ts';
import { announceFailures } from './features/uploads/announce-failures.ts';
import { announceSettled } from './features/uploads/announce-settled.ts';
import { reopenSetup } from './features/setup/wizard/reopen-setup.ts';
import type { Hoist } from './hoist.ts';
import { loadApp } from './stores/app.ts';
import { followProfiles } from './stores/profiles.ts';
import { updateCodePrompts } from './stores/screen.ts';
import { followSettings } from './stores/settings.ts';
import { followUploads } from './stores/uploads.ts';
import { followWork } from './stores/work.ts';

/**
 * Loads the stores from main, keeps them up to date, and announces what happens to the uploads. Returns a function that
 * stops this.
 */
export function connectStores(hoist: Hoist): () => void {
  const { bridge } = hoist;
  const unsubscribers = [
    followWork(hoist.work, hoist.uploads, (work) => {
      // Before the first snapshot has arrived, the list is empty only because it is not known yet.
      if (hoist.uploads.getState().ready) hoist.announcer.updateWork(work);
    }),
    announceFailures(hoist),
    followUploads(hoist.uploads, bridge),
    followProfiles(hoist.profiles, bridge),
    followSettings(hoist.settings, bridge),
    bridge.app.batchSettled((settled) => announceSettled(hoist, settled)),
    bridge.app.notice(() => {
      void loadApp(hoist.app, bridge);
    }),
    bridge.app.codePrompt((prompt) => updateCodePrompts(hoist.screen, prompt)),
    bridge.files.refused((answer) => {
      void handleIntake(hoist, answer);
    }),
    bridge.app.openSetup(() => hoist.screen.setState({ setup: { kind: 'add' } })),
  ];
  void loadApp(hoist.app, bridge);
  void reopenSetup(hoist);
  return () => unsubscribers.forEach((unsubscribe) => unsubscribe());
}
