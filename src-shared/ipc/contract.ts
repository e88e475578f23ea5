/** THE list of what may cross between the window and main. Handlers, bridge, emitters and the test fake are derived from it. */
import * as v from 'valibot';
import { appSettings, type AppSettings } from '../app-settings.ts';
import type { AppError, Result } from '../errors.ts';
import { providerIds, type CodeRefusal, type ProviderInfo, type SignInStep } from '../provider.ts';
import type {
  CheckReport,
  CheckResult,
  FieldProblem,
  FieldValues,
  FormPreview,
  ImportReport,
  KeyStore,
  PracticeUsage,
  ProfilesView,
  ProfileView,
  RemovalImpact,
  SetupDraft,
} from '../profile.ts';
import type { UploadId, UploadView } from '../upload.ts';
import { command, event, type BridgeOf, type EmittersOf, type HandlersOf } from './define.ts';

const Id = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const Ids = v.pipe(v.array(Id), v.minLength(1), v.maxLength(50_000));
const Token = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));
const Tokens = v.pipe(v.array(Token), v.minLength(1), v.maxLength(10_000));
const Path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
const DiscoveredId = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
/** How long a link works. */
const Days = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7));
const Field = v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/));
const Values = v.record(Field, v.pipe(v.string(), v.maxLength(65_536)));
const Draft = v.object({
  id: v.optional(Id),
  providerId: v.picklist(providerIds),
  name: v.pipe(v.string(), v.trim(), v.maxLength(80)),
  settings: Values,
  secrets: Values,
  discoveredId: v.optional(DiscoveredId),
  keep: v.optional(v.picklist(['session', 'unprotected'])),
});
const SavedSetup = v.object({
  providerId: v.picklist(providerIds),
  name: v.pipe(v.string(), v.maxLength(80)),
  preset: v.pipe(v.string(), v.maxLength(40)),
  settings: Values,
  discoveredId: v.optional(DiscoveredId),
});

/**
 * A file that was accepted, by its single-use token, or one that cannot be sent and why. The page never sees a path. Of a
 * folder, `files` counts what is in it, and `passedOver` what in it cannot be sent (links, special files, too deep or too many).
 */
export type IntakeResult =
  | { name: string; size: number; token: string; files?: number; skippedCount?: number }
  | { name: string; error: AppError };

/** What unfinished uploads that failed or are paused still keep at the stores; `list` has the first of them. `bytes`: as far as they are known. */
export interface Leftovers {
  uploads: number;
  bytes: number;
  list: { id: UploadId; name: string; destination: string; bytes: number }[];
}

/** Everything the window needs to draw itself: what is unfinished or failed, and the newest 200. */
export interface Snapshot {
  revision: number;
  uploads: UploadView[];
  totals: Totals;
}
/** Records in the whole history. */
export interface Totals {
  done: number;
  unfinished: number;
}

/** Whole records that changed; `revision` grows by one with each, and a gap means: ask for a snapshot. */
export interface Changes {
  revision: number;
  changed: UploadView[];
  removed: UploadId[];
  totals: Totals;
}

export interface HistoryPage {
  uploads: UploadView[];
  /** cursor of the next page; absent at the end */ next?: string;
}

/** Something the whole window should know; shown as one quiet line until dismissed. */
export type Notice =
  | { kind: 'test-runtime' }
  | { kind: 'store-replaced'; file: string; from: 'backup' | 'empty' }
  /** Kept at a store without progress for a week, and removed there. */
  | { kind: 'leftovers-removed'; uploads: number }
  | { kind: 'session-secrets' }
  | { kind: 'secrets-locked'; name: string };

export interface AppInfo {
  version: string;
  platform: 'linux' | 'darwin' | 'win32';
  notices: Notice[];
}

/**
 * What the app did with the links of a batch that settled. `kept`: the user had copied something else meanwhile. `many`: a
 * folder or more than 50 files are copied only when that is asked for.
 */
export interface BatchSettled {
  uploadIds: UploadId[];
  links: number;
  failed: number;
  clipboard: 'copied' | 'unchanged' | 'failed' | 'nothing' | 'many';
}

/** `device`: as the service names it. `refused`: why the code before was not taken. `over`: nobody waits for the answer any more. */
export interface CodePrompt {
  id: string;
  device: string;
  destination: string;
  refused?: CodeRefusal;
  closed?: true;
}

export const contract = {
  app: {
    info: command(v.undefined()).returns<AppInfo>(),
    batchSettled: event<BatchSettled>(),
    /** Something happened that the whole window should know. */
    notice: event<Notice>(),
    /** A destination needs a code of a device that the person has. */
    codePrompt: event<CodePrompt>(),
    /** Null: they have none, or do not want to. */
    answerCodePrompt: command(
      v.object({ id: Id, code: v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))) }),
    ).returns<null>(),
    /** The menu or tray asks for the setup form. */
    openSetup: event<undefined>(),
  },
  files: {
    accept: command(v.object({ paths: v.pipe(v.array(Path), v.minLength(1), v.maxLength(10_000)) })).returnsToPreload<
      IntakeResult[]
    >(),
    /** Opens the system's file dialog; an empty list when it was canceled. */
    choose: command(v.undefined()).returns<IntakeResult[]>(),
    /** What the tray or the menu could not send, and why. */
    refused: event<Result<IntakeResult[]>>(),
  },
  uploads: {
    snapshot: command(v.undefined()).returns<Snapshot>(),
    /** `names`: what the files are called where they go, in the order of the tokens; a folder keeps its own. */
    enqueue: command(
      v.object({
        tokens: Tokens,
        profileId: Id,
        names: v.optional(v.array(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(1024))))),
      }),
    ).returns<UploadId[]>(),
    /** Sends a small text file of Hoist's own, so that a new destination has a first link to show. */
    uploadExample: command(v.object({ profileId: Id })).returns<UploadId>(),
    /** The name was taken: replaces what is there (its link then gives the new file), or goes beside it under a new name. */
    resolveCollision: command(v.object({ ids: Ids, by: v.picklist(['replace', 'new-name']) })).returns<null>(),
    cancel: command(v.object({ ids: Ids })).returns<null>(),
    /** Stops sending and keeps what the store has of it. */
    pause: command(v.object({ ids: Ids })).returns<null>(),
    resume: command(v.object({ ids: Ids })).returns<null>(),
    /** Starts failed and canceled ones again; a waiting one does not wait any longer. */
    retry: command(v.object({ ids: Ids })).returns<null>(),
    /** Goes on with the destination that was withheld: the user has been told what it means. */
    sendAnyway: command(v.object({ id: Id })).returns<null>(),
    /** Removes ended entries from the list; what is stored stays stored, what was left unfinished at the store goes. */
    remove: command(v.object({ ids: Ids })).returns<null>(),
    /** Deletes the stored files: their links stop working, their entries go. */
    unpublish: command(v.object({ ids: Ids })).returns<null>(),
    /** Puts the links on the clipboard, one a line, in this order; an expired one is made again first, and with `days` each one, for so long. */
    copy: command(v.object({ ids: Ids, days: v.optional(Days) })).returns<null>(),
    leftovers: command(v.undefined()).returns<Leftovers>(),
    /** Removes at the stores what failed and paused uploads keep there; a later try starts from zero. */
    removeLeftovers: command(v.undefined()).returns<null>(),
    open: command(v.object({ id: Id })).returns<null>(),
    reveal: command(v.object({ id: Id })).returns<null>(),
    changed: event<Changes>(),
  },
  history: {
    query: command(
      v.object({
        text: v.optional(v.pipe(v.string(), v.maxLength(200))),
        before: v.optional(v.pipe(v.string(), v.maxLength(100))),
        limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)),
      }),
    ).returns<HistoryPage>(),
  },
  providers: {
    list: command(v.undefined()).returns<ProviderInfo[]>(),
    /** Opens the page, in the browser, where a field's value or a preset's keys are made. */
    openPage: command(
      v.object({
        providerId: v.picklist(providerIds),
        of: v.union([v.object({ field: Field }), v.object({ preset: Field })]),
      }),
    ).returns<null>(),
  },
  profiles: {
    list: command(v.undefined()).returns<ProfilesView>(),
    /** Whether this computer encrypts keys. The system may have to ask its user, so only when keys are to be entered. */
    keyStore: command(v.undefined()).returns<KeyStore>(),
    /** What is wrong with the form as it stands, without asking anybody. */
    validate: command(Draft).returns<FieldProblem[]>(),
    /** The link that the form as it stands would make, and what was understood of pasted addresses; asks nobody. */
    preview: command(Draft).returns<FormPreview>(),
    /** Puts the policy that opens the draft's bucket to readers on the clipboard. */
    copyPolicy: command(Draft).returns<null>(),
    /** Asks the provider which values a field can have. */
    suggest: command(v.object({ draft: Draft, field: Field })).returns<string[]>(),
    /** Tries the draft with a small real upload: write, link, clean up. Saves nothing. */
    test: command(Draft).returns<CheckReport>(),
    /** The lines of the running test so far; one that runs has no line yet. */
    testProgress: event<CheckResult[]>(),
    /** Opens the service's page in the browser and ends when the person is signed in; `value` stands for the secret in this form. */
    signIn: command(v.object({ draft: Draft, field: Field })).returns<{ value: string; settings: FieldValues }>(),
    /** Where the person is in the sign-in that runs. */
    signInProgress: event<SignInStep>(),
    /** A code that the service's page showed. */
    pasteCode: command(
      v.object({ code: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4096)) }),
    ).returns<null>(),
    cancelSignIn: command(v.undefined()).returns<null>(),
    save: command(Draft).returns<ProfileView>(),
    removalImpact: command(v.object({ id: Id })).returns<RemovalImpact>(),
    remove: command(v.object({ id: Id })).returns<null>(),
    use: command(v.object({ id: Id })).returns<null>(),
    /** What the links of the next files to the destination in use will be; null: as it makes them. */
    setNextLinkOverride: command(
      v.nullable(
        v.variant('kind', [
          v.object({ kind: v.literal('public') }),
          v.object({ kind: v.literal('expiring'), days: Days }),
        ]),
      ),
    ).returns<null>(),
    /** All of them, in their new order; it is also the order of the chain. */
    reorder: command(v.object({ ids: Ids })).returns<null>(),
    duplicate: command(v.object({ id: Id })).returns<ProfileView>(),
    /** Asks the stores of these, or of all, whether they can be used; what each says comes by `changed`. */
    check: command(v.object({ ids: v.optional(Ids) })).returns<null>(),
    setFallback: command(v.object({ on: v.boolean(), order: v.pipe(v.array(Id), v.maxLength(50)) })).returns<null>(),
    /** The one confirmation after which credentials found on this computer are used. */
    adopt: command(v.object({ discoveredId: DiscoveredId, settings: v.optional(Values) })).returns<ProfileView>(),
    /** The setup that was begun and closed. */
    savedSetup: command(v.undefined()).returns<SetupDraft | null>(),
    saveSetupDraft: command(v.object({ draft: v.nullable(SavedSetup) })).returns<null>(),
    /** Asks for a file of another program and takes over what it has; null when the dialog was canceled. */
    import: command(v.undefined()).returns<ImportReport | null>(),
    /** Writes all destinations without their secrets to a file that the user names; false when the dialog was canceled. */
    export: command(v.undefined()).returns<boolean>(),
    changed: event<ProfilesView>(),
  },
  settings: {
    get: command(v.undefined()).returns<AppSettings>(),
    set: command(v.partial(appSettings)).returns<null>(),
    changed: event<AppSettings>(),
  },
  practice: {
    usage: command(v.undefined()).returns<PracticeUsage>(),
    /** Deletes every file in Practice and takes its entries out of the list. */
    empty: command(v.undefined()).returns<null>(),
  },
};

export type HoistContract = typeof contract;
export type Handlers = HandlersOf<HoistContract>;
export type Emitters = EmittersOf<HoistContract>;
/** The page's whole world: the contract plus the two functions, written by hand in the preload, that turn File objects into tokens. */
export type Bridge<FileObject> = BridgeOf<HoistContract> & {
  files: {
    drop(files: FileObject[]): Promise<Result<IntakeResult[]>>;
    paste(files: FileObject[]): Promise<Result<IntakeResult[]>>;
  };
};
