/** One thin line for each command of the contract: what it means is in the rooms it calls. */
import type { AppInfo, Handlers, Snapshot } from '../../src-shared/ipc/contract.ts';
import type { UploadId } from '../../src-shared/upload.ts';
import { failure } from '../../src-shared/errors.ts';
import { initialAppSettings } from '../../src-shared/app-settings.ts';
import type { Core } from '../core.ts';
import type { Intake } from './intake.ts';

/** What only the app itself can do. */
export interface AppActions {
  info(): AppInfo;
  /** At the revision of the last change that was sent. */
  snapshot(): Snapshot;
  /** The file dialog; its paths never reach the page. */
  choosePaths(): Promise<string[]>;
  copy(ids: UploadId[]): Promise<void>;
  open(id: UploadId): Promise<void>;
  reveal(id: UploadId): void;
}

const done = null;
const later = (): never => { throw failure('provider-broken'); };

export function handlers(core: Core, intake: Intake, app: AppActions): Handlers {
  return {
    app: { info: () => app.info() },
    files: {
      accept: ({ paths }, sender) => intake.accept(paths, sender.id),
      choose: async (_, sender) => intake.accept(await app.choosePaths(), sender.id),
    },
    uploads: {
      snapshot: () => app.snapshot(),
      enqueue: ({ tokens, profileId }, sender) => intake.enqueue(tokens, profileId, sender.id),
      example: later,
      settle: later,
      cancel: ({ ids }) => { for (const id of ids) core.engine.cancel(id); return done; },
      pause: ({ ids }) => { for (const id of ids) core.engine.pause(id); return done; },
      resume: ({ ids }) => { for (const id of ids) core.engine.resume(id); return done; },
      retry: async ({ ids }) => { await Promise.all(ids.map((id) => core.engine.retry(id))); return done; },
      sendAnyway: async ({ id }) => { await core.engine.sendAnyway(id); return done; },
      remove: ({ ids }) => { for (const id of ids) core.engine.remove(id); return done; },
      unpublish: async ({ ids }) => { for (const id of ids) await core.engine.unpublish(id); return done; },
      copy: async ({ ids }) => { await app.copy(ids); return done; },
      leftovers: () => core.engine.leftovers(),
      removeLeftovers: async () => { await core.engine.removeLeftovers(); return done; },
      open: async ({ id }) => { await app.open(id); return done; },
      reveal: ({ id }) => { app.reveal(id); return done; },
    },
    history: { query: (query) => core.history(query) },
    providers: { list: () => core.providers(), openPage: later },
    profiles: {
      list: () => core.profiles.view(),
      keyStore: () => core.profiles.keyStore(),
      validate: () => [],
      suggest: later,
      test: (draft) => core.profiles.test(draft),
      save: (draft) => core.profiles.save(draft),
      removal: later,
      remove: ({ id }) => { core.profiles.remove(id); return done; },
      use: ({ id }) => { core.profiles.use(id); return done; },
      fallback: (fallback) => { core.profiles.setFallback(fallback); return done; },
      reorder: later,
      duplicate: later,
      check: later,
      adopt: ({ foundId }) => core.profiles.adopt(foundId),
      begun: () => null,
      keepBegun: later,
      import: later,
      export: later,
    },
    settings: { get: () => initialAppSettings, set: later },
    practice: {
      usage: () => core.practiceUsage(),
      empty: async () => { await core.emptyPractice(); return done; },
    },
  };
}
