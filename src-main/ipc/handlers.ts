/** One handler per command of the contract. Each only forwards to the module that implements it. */
import type { AppInfo, Handlers, Snapshot } from '../../src-shared/ipc/contract.ts';
import type { CheckResult, ImportReport } from '../../src-shared/profile.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { LinkOverride, ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import type { Intake } from './intake.ts';

/** Actions that need the app: its window, dialogs, clipboard and browser. */
export interface AppActions {
  info(): AppInfo;
  /** The snapshot at the revision of the last sent change. */
  snapshot(): Snapshot;
  /** Shows the file dialog. Its paths never reach the page. */
  choosePaths(): Promise<string[]>;
  /** Copies the links. `linkOverride`: creates new links of this kind first. */
  copy(ids: UploadId[], linkOverride?: LinkOverride): Promise<void>;
  copyText(text: string): Promise<void>;
  open(id: UploadId): Promise<void>;
  reveal(id: UploadId): void;
  /** Opens the page in the browser. */
  openPage(url: string): Promise<void>;
  /** Uploads the example file as if the user had dropped it, so its link is copied. */
  sendExample(profileId: ProfileId): Promise<UploadId>;
  /** Imports a file that the user chooses; null when the user closes the dialog. */
  importDestinations(): Promise<ImportReport | null>;
  /** Exports to a file that the user chooses; false when the user closes the dialog. */
  exportDestinations(): Promise<boolean>;
  /** Opens the sign-in page, and shows the instructions in the window. */
  showSignInStep(step: SignInStep): void;
  /** Answers a prompt for a code; null when the user has no code. */
  answerCodePrompt(id: string, code: string | null): void;
  /** Sends the progress of the running test to the page. */
  reportTestProgress(results: CheckResult[]): void;
}

const done = null;
const expiringLink = (days: number): LinkOverride => ({ kind: 'expiring', seconds: days * 86_400 });

export function handlers(core: Core, intake: Intake, app: AppActions): Handlers {
  return {
    app: {
      info: () => app.info(),
      answerCodePrompt: ({ id, code }) => {
        app.answerCodePrompt(id, code);
        return done;
      },
    },
    files: {
      accept: ({ paths }, sender) => intake.accept(paths, sender.id),
      choose: async (_, sender) => intake.accept(await app.choosePaths(), sender.id),
    },
    uploads: {
      snapshot: () => app.snapshot(),
      enqueue: ({ tokens, profileId, names }, sender) => intake.enqueue(tokens, profileId, sender.id, names),
      uploadExample: ({ profileId }) => app.sendExample(profileId),
      resolveCollision: async ({ ids, by }) => {
        await Promise.all(ids.map((id) => core.engine.resolveNameConflict(id, by)));
        return done;
      },
      cancel: ({ ids }) => {
        core.claim(ids);
        for (const id of ids) core.engine.cancel(id);
        return done;
      },
      pause: ({ ids }) => {
        core.claim(ids);
        for (const id of ids) core.engine.pause(id);
        return done;
      },
      resume: ({ ids }) => {
        core.claim(ids);
        for (const id of ids) core.engine.resume(id);
        return done;
      },
      retry: async ({ ids }) => {
        await Promise.all(ids.map((id) => core.engine.retry(id)));
        return done;
      },
      sendAnyway: async ({ id }) => {
        await core.engine.sendAnyway(id);
        return done;
      },
      remove: ({ ids }) => {
        for (const id of ids) core.engine.remove(id);
        return done;
      },
      unpublish: async ({ ids }) => {
        for (const id of ids) await core.engine.unpublish(id);
        return done;
      },
      copy: async ({ ids, days }) => {
        await app.copy(ids, days === undefined ? undefined : expiringLink(days));
        return done;
      },
      leftovers: () => core.leftovers(),
      removeLeftovers: async () => {
        await core.engine.removeLeftovers();
        return done;
      },
      open: async ({ id }) => {
        await app.open(id);
        return done;
      },
      reveal: ({ id }) => {
        app.reveal(id);
        return done;
      },
    },
    history: { query: (query) => core.history(query) },
    providers: {
      list: () => core.providers(),
      openPage: async ({ providerId, of }) => {
        await app.openPage(core.helpPageUrl(providerId, of));
        return done;
      },
    },
    profiles: {
      list: () => core.profiles.view(),
      keyStore: () => core.profiles.keyStore(),
      validate: (draft) => core.profiles.validate(draft),
      preview: (draft) => core.profiles.preview(draft),
      copyPolicy: async (draft) => {
        await app.copyText(core.profiles.preview(draft).link?.policy ?? '');
        return done;
      },
      suggest: ({ draft, field }) => core.profiles.suggest(draft, field),
      test: (draft) => core.profiles.test(draft, (results) => app.reportTestProgress(results)),
      signIn: ({ draft, field }) => core.profiles.signIn(draft, field, (step) => app.showSignInStep(step)),
      pasteCode: ({ code }) => {
        core.profiles.pasteCode(code);
        return done;
      },
      cancelSignIn: () => {
        core.profiles.cancelSignIn();
        return done;
      },
      save: (draft) => core.profiles.save(draft),
      removalImpact: ({ id }) => core.profiles.removal(id),
      remove: async ({ id }) => {
        await core.profiles.remove(id);
        return done;
      },
      setNextLinkOverride: (linkOverride) => {
        core.profiles.setNextLinkOverride(
          linkOverride?.kind === 'expiring' ? expiringLink(linkOverride.days) : (linkOverride ?? undefined),
        );
        return done;
      },
      use: ({ id }) => {
        core.profiles.use(id);
        return done;
      },
      setFallback: (fallback) => {
        core.profiles.setFallback(fallback);
        return done;
      },
      reorder: ({ ids }) => {
        core.profiles.reorder(ids);
        return done;
      },
      duplicate: ({ id }) => core.profiles.duplicate(id),
      check: async ({ ids }) => {
        await core.profiles.check(ids);
        return done;
      },
      adopt: ({ discoveredId, settings }) => core.profiles.adopt(discoveredId, settings),
      savedSetup: () => core.profiles.savedSetup(),
      saveSetupDraft: ({ draft }) => {
        core.profiles.saveSetupDraft(draft);
        return done;
      },
      import: () => app.importDestinations(),
      export: () => app.exportDestinations(),
    },
    settings: {
      get: () => core.appSettings(),
      set: (changed) => {
        core.setAppSettings(changed);
        return done;
      },
    },
    practice: {
      usage: () => core.practiceUsage(),
      empty: async () => {
        await core.emptyPractice();
        return done;
      },
    },
  };
}
