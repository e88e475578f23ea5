/** Everything the window knows and can do, made from one bridge. Components reach it by `useHoist`; scenes and tests make their own. */
import type { HoistBridge } from './bridge.ts';
import { handleIntake } from './features/drop/send-files.ts';
import { announceFailures } from './features/uploads/announce-failures.ts';
import { createAnnouncer, type Announcer } from './features/uploads/announcer.ts';
import { announceSettled } from './features/uploads/announce-settled.ts';
import { createAppStore, loadApp, type AppStore } from './stores/app.ts';
import { createFeedbackStore, announcePolitely, type FeedbackStore } from './stores/feedback.ts';
import { createProfilesStore, followProfiles, type ProfilesStore } from './stores/profiles.ts';
import { createScreenStore, updateCodePrompts, type ScreenStore } from './stores/screen.ts';
import { createSettingsStore, followSettings, type SettingsStore } from './stores/settings.ts';
import { createUploadsStore, followUploads, type UploadsStore } from './stores/uploads.ts';
import { createWorkStore, followWork, type WorkStore } from './stores/work.ts';

export interface Hoist {
  bridge: HoistBridge;
  uploads: UploadsStore;
  profiles: ProfilesStore;
  app: AppStore;
  screen: ScreenStore;
  settings: SettingsStore;
  feedback: FeedbackStore;
  work: WorkStore;
  announcer: Announcer;
}

export function createHoist(bridge: HoistBridge): Hoist {
  const feedback = createFeedbackStore();
  const announcer = createAnnouncer({
    now: () => performance.now(),
    schedule: (ms, run) => {
      setTimeout(run, ms);
    },
    announce: (sentence) => announcePolitely(feedback, sentence),
  });
  return {
    bridge,
    feedback,
    announcer,
    uploads: createUploadsStore(),
    profiles: createProfilesStore(),
    app: createAppStore(),
    screen: createScreenStore(),
    settings: createSettingsStore(),
    work: createWorkStore(),
  };
}

/** Starts the mirrors; returns how to stop them. */
export function connectStores(hoist: Hoist): () => void {
  const { bridge } = hoist;
  const stops = [
    followWork(hoist.work, hoist.uploads, (work) => {
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
    bridge.app.codePrompt((asked) => updateCodePrompts(hoist.screen, asked)),
    bridge.files.refused((answer) => {
      void handleIntake(hoist, answer);
    }),
    bridge.app.openSetup(() => hoist.screen.setState({ setup: { kind: 'add' } })),
  ];
  void loadApp(hoist.app, bridge);
  return () => stops.forEach((stop) => stop());
}
