/** Everything the window knows and can do, made from one bridge. Components reach it by `useHoist`; scenes and tests make their own. */
import type { HoistBridge } from './bridge.ts';
import { takeFiles } from './features/drop/send.ts';
import { announceFailures } from './features/uploads/announce-failures.ts';
import { createAnnouncer, type Announcer } from './features/uploads/announcer.ts';
import { tellSettled } from './features/uploads/settled.ts';
import { createApp, loadApp, type AppStore } from './stores/app.ts';
import { createFeedback, sayPolitely, type FeedbackStore } from './stores/feedback.ts';
import { createProfiles, followProfiles, type ProfilesStore } from './stores/profiles.ts';
import { createScreen, takeAsked, type ScreenStore } from './stores/screen.ts';
import { createSettings, followSettings, type SettingsStore } from './stores/settings.ts';
import { createUploads, followUploads, type UploadsStore } from './stores/uploads.ts';
import { createWork, followWork, type WorkStore } from './stores/work.ts';

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
  const feedback = createFeedback();
  const announcer = createAnnouncer({
    now: () => performance.now(),
    later: (ms, run) => {
      setTimeout(run, ms);
    },
    say: (sentence) => sayPolitely(feedback, sentence),
  });
  return {
    bridge,
    feedback,
    announcer,
    uploads: createUploads(),
    profiles: createProfiles(),
    app: createApp(),
    screen: createScreen(),
    settings: createSettings(),
    work: createWork(),
  };
}

/** Starts the mirrors; returns how to stop them. */
export function connect(hoist: Hoist): () => void {
  const { bridge } = hoist;
  const stops = [
    followWork(hoist.work, hoist.uploads, (work) => {
      if (hoist.uploads.getState().ready) hoist.announcer.work(work);
    }),
    announceFailures(hoist),
    followUploads(hoist.uploads, bridge),
    followProfiles(hoist.profiles, bridge),
    followSettings(hoist.settings, bridge),
    bridge.app.settled((settled) => tellSettled(hoist, settled)),
    bridge.app.notice(() => {
      void loadApp(hoist.app, bridge);
    }),
    bridge.app.asked((asked) => takeAsked(hoist.screen, asked)),
    bridge.files.refused((answer) => {
      void takeFiles(hoist, answer);
    }),
    bridge.app.setup(() => hoist.screen.setState({ setup: { kind: 'add' } })),
  ];
  void loadApp(hoist.app, bridge);
  return () => stops.forEach((stop) => stop());
}
