/** One thin line for each command of the contract: what it means is in the rooms it calls. */
import type { AppInfo, Handlers, Snapshot } from '../../src-shared/ipc/contract.ts';
import type { CheckResult, ImportReport } from '../../src-shared/profile.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { LinkOverride, ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { emptyPractice } from '../core/empty-practice.ts';
import { checkProfiles } from '../profiles/check-profiles.ts';
import type { Intake } from './intake.ts';

/** What only the app itself can do. */
export interface AppActions {
  info(): AppInfo;
  /** At the revision of the last change that was sent. */
  snapshot(): Snapshot;
  /** The file dialog; its paths never reach the page. */
  choosePaths(): Promise<string[]>;
  /** `wish`: new links of that kind, whatever they were. */
  copy(ids: UploadId[], linkOverride?: LinkOverride): Promise<void>;
  copyText(text: string): Promise<void>;
  open(id: UploadId): Promise<void>;
  reveal(id: UploadId): void;
  /** In the browser. */
  openPage(url: string): Promise<void>;
  /** Sends it as if the user had dropped it: its link is copied. */
  sendExample(profileId: ProfileId): Promise<UploadId>;
  /** From a file that the user names; null when they did not. */
  importDestinations(): Promise<ImportReport | null>;
  /** To a file that the user names; false when they did not. */
  exportDestinations(): Promise<boolean>;
  /** Opens the page of a sign-in, and tells the window what to do there. */
  showSignInStep(step: SignInStep): void;
  /** To a question for a code; null: there is none. */
  answerCodePrompt(id: string, code: string | null): void;
  /** Tells the page how far the running test is. */
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
        core.orphans.claim(ids);
        for (const id of ids) core.engine.cancel(id);
        return done;
      },
      pause: ({ ids }) => {
        core.orphans.claim(ids);
        for (const id of ids) core.engine.pause(id);
        return done;
      },
      resume: ({ ids }) => {
        core.orphans.claim(ids);
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
      leftovers: () => core.uploadViews.leftovers(),
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
    history: { query: (query) => core.uploadViews.history(query) },
    providers: {
      list: () => core.providers.infos(),
      openPage: async ({ providerId, of }) => {
        await app.openPage(core.providers.helpPageUrl(providerId, of));
        return done;
      },
    },
    profiles: {
      list: () => core.profiles.views.all(),
      keyStore: () => core.profiles.secrets.keyStore(),
      validate: (draft) => core.profiles.drafts.validate(draft),
      preview: (draft) => core.profiles.drafts.preview(draft),
      copyPolicy: async (draft) => {
        await app.copyText(core.profiles.drafts.preview(draft).link?.policy ?? '');
        return done;
      },
      suggest: ({ draft, field }) => core.profiles.drafts.suggest(draft, field),
      test: (draft) => core.profiles.drafts.test(draft, (results) => app.reportTestProgress(results)),
      signIn: ({ draft, field }) => core.profiles.drafts.signIn(draft, field, (step) => app.showSignInStep(step)),
      pasteCode: ({ code }) => {
        core.profiles.drafts.signIns.paste(code);
        return done;
      },
      cancelSignIn: () => {
        core.profiles.drafts.signIns.cancel();
        return done;
      },
      save: (draft) => core.profiles.editor.save(draft),
      removalImpact: ({ id }) => core.profileRemover.impact(id),
      remove: async ({ id }) => {
        await core.profileRemover.remove(id);
        return done;
      },
      setNextLinkOverride: (linkOverride) => {
        core.profiles.chains.setNextLinkOverride(
          linkOverride?.kind === 'expiring' ? expiringLink(linkOverride.days) : (linkOverride ?? undefined),
        );
        return done;
      },
      use: ({ id }) => {
        core.profiles.editor.use(id);
        return done;
      },
      setFallback: (fallback) => {
        core.profiles.chains.setFallback(fallback);
        return done;
      },
      reorder: ({ ids }) => {
        core.profiles.editor.reorder(ids);
        return done;
      },
      duplicate: ({ id }) => core.profiles.editor.duplicate(id),
      check: async ({ ids }) => {
        await checkProfiles(core.profiles, ids);
        return done;
      },
      adopt: ({ discoveredId, settings }) => core.profiles.editor.adopt(discoveredId, settings),
      savedSetup: () => core.profiles.drafts.savedSetup(),
      saveSetupDraft: ({ draft }) => {
        core.profiles.drafts.saveSetupDraft(draft);
        return done;
      },
      import: () => app.importDestinations(),
      export: () => app.exportDestinations(),
    },
    settings: {
      get: () => core.appSettings.get(),
      set: (changed) => {
        core.appSettings.set(changed);
        return done;
      },
    },
    practice: {
      usage: () => core.practice.usage(),
      empty: async () => {
        await emptyPractice(core);
        return done;
      },
    },
  };
}
