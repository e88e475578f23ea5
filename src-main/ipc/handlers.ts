/** One handler for each command of the contract. A handler only calls the module that implements the command. */
import type { AppInfo, Handlers, Snapshot } from '../../src-shared/ipc/contract.ts';
import { failure } from '../../src-shared/errors.ts';
import type { CheckResult, ImportReport } from '../../src-shared/profile.ts';
import type { SignInStep } from '../../src-shared/provider.ts';
import type { LinkOverride, ProfileId, UploadId } from '../../src-shared/upload.ts';
import type { Core } from '../core.ts';
import { emptyPractice } from '../core/empty-practice.ts';
import { checkProfiles } from '../profiles/check-profiles.ts';
import { changeMany } from './change-many.ts';
import type { Intake } from './intake.ts';

/** Actions that need the app: its window, dialogs, clipboard and browser. */
export interface AppActions {
  info(): AppInfo;
  /** The snapshot at the revision of the last sent change. */
  snapshot(): Snapshot;
  /** Shows the file dialog. Its paths never reach the page. */
  choosePaths(): Promise<string[]>;
  /** The paths of the files that were copied in a file manager. They never reach the page. */
  readCopiedFiles(): Promise<string[]>;
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
  /** Returns a function that opens the sign-in page, and shows the instructions in the window. */
  beginSignIn(): (step: SignInStep) => void;
  /** Answers a prompt for a code; null when the user has no code. */
  answerCodePrompt(id: string, code: string | null): void;
  /** Whether the user has just clicked or pressed a key, or agrees in a native dialog. */
  confirmPublicLinks(): Promise<boolean>;
  /** Sends the progress of the running test to the page. */
  reportTestProgress(results: CheckResult[]): void;
}

/** The result of commands that return nothing. */
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
      challenge: (_, sender) => intake.challenges.make(sender.id),
      accept: ({ challenge, files }, sender) => intake.acceptClaimed(challenge, files, sender.id),
      acceptCopied: async (_, sender) => intake.accept(await app.readCopiedFiles(), sender.id),
      choose: async (_, sender) => intake.accept(await app.choosePaths(), sender.id),
    },
    uploads: {
      snapshot: () => app.snapshot(),
      enqueue: ({ tokens, profileId, names }, sender) => intake.enqueue(tokens, profileId, sender.id, names),
      uploadExample: ({ profileId }) => app.sendExample(profileId),
      resolveCollision: async ({ ids, by }) => {
        await changeMany(core.engine, ids, (id) => {
          core.userActions.onUpload(id);
          return core.engine.resolveNameConflict(id, by);
        });
        return done;
      },
      cancel: async ({ ids }) => {
        await changeMany(core.engine, ids, (id) => {
          core.engine.adopt(id);
          core.engine.cancel(id);
        });
        return done;
      },
      pause: async ({ ids }) => {
        await changeMany(core.engine, ids, (id) => {
          core.engine.adopt(id);
          core.engine.pause(id);
        });
        return done;
      },
      resume: async ({ ids }) => {
        await changeMany(core.engine, ids, (id) => {
          core.engine.adopt(id);
          core.userActions.onUpload(id);
          core.engine.resume(id);
        });
        return done;
      },
      retry: async ({ ids }) => {
        await changeMany(core.engine, ids, (id) => {
          core.userActions.onUpload(id);
          return core.engine.retry(id);
        });
        return done;
      },
      sendAnyway: async ({ id }) => {
        core.userActions.onUpload(id);
        await core.engine.sendAnyway(id);
        return done;
      },
      remove: async ({ ids }) => {
        await changeMany(core.engine, ids, (id) => core.engine.remove(id));
        return done;
      },
      unpublish: async ({ ids }) => {
        for (const id of ids) {
          core.userActions.onUpload(id);
          await core.engine.unpublish(id);
        }
        return done;
      },
      revokeLinks: async ({ ids }) => {
        let stillOpen = 0;
        for (const id of ids) {
          core.userActions.onUpload(id);
          if ((await core.engine.revokeLink(id)) === 'verified') stillOpen += 1;
        }
        return { stillOpen };
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
      signIn: ({ draft, field }) => core.profiles.drafts.signIn(draft, field, app.beginSignIn()),
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
      setNextLinkOverride: async (linkOverride) => {
        if (linkOverride?.kind === 'public' && !(await app.confirmPublicLinks()))
          throw failure('invalid-input', { params: { why: 'linksUnchanged' } });
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
      savedSetup: () => core.profiles.setupDrafts.saved(),
      saveSetupDraft: ({ draft, isOpen }) => {
        if (isOpen) core.profiles.setupDrafts.keepOpen(draft);
        else core.profiles.setupDrafts.saveClosed(draft);
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
