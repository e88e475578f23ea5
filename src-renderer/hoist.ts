/**
 * The window's stores and the bridge to main, in one object. Components get it from `useHoist`; scenes and tests create
 * their own.
 */
import type { HoistBridge } from './bridge.ts';
import { createAnnouncer, type Announcer } from './stores/announcer.ts';
import { createAppStore, type AppStore } from './stores/app.ts';
import { createFeedbackStore, announcePolitely, type FeedbackStore } from './stores/feedback.ts';
import { createProfilesStore, type ProfilesStore } from './stores/profiles.ts';
import { createScreenStore, type ScreenStore } from './stores/screen.ts';
import { createSettingsStore, type SettingsStore } from './stores/settings.ts';
import { createUploadsStore, type UploadsStore } from './stores/uploads.ts';
import { createWorkStore, type WorkStore } from './stores/work.ts';

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
