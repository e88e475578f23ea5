/** Every command and event between the window and main. Handlers, bridge, emitters and the test fake derive from it. */
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
  SavedSetups,
} from '../profile.ts';
import type { ReadChallenge } from '../proof-of-read.ts';
import type { SkippedEntries, UploadId, UploadView } from '../upload.ts';
import { command, event, type BridgeOf, type EmittersOf, type HandlersOf } from './define.ts';
import { maxDropped, maxFormCharacters, maxFormFields, maxIds, pathsPerMessage } from './message-limits.ts';

const Id = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const Ids = v.pipe(v.array(Id), v.minLength(1), v.maxLength(maxIds));
/** A single-use token or the ID of a challenge: 128 random bits, base64url-encoded. */
const Token = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));
const Tokens = v.pipe(v.array(Token), v.minLength(1), v.maxLength(maxDropped));
const Path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
/** A path that the preload passes to main: a file with the proof that the page can read it, or a folder. */
const ClaimedFile = v.union([
  v.strictObject({ path: Path, proof: v.pipe(v.string(), v.maxLength(64)) }),
  v.strictObject({ path: Path, folder: v.literal(true) }),
]);
const DiscoveredId = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
/** Lifetime of a link in days. Seven days is the maximum of presigned S3 links. */
const Days = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7));
/** The key of a field of a form. */
const Field = v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/));
const Values = v.pipe(
  v.record(Field, v.pipe(v.string(), v.maxLength(65_536))),
  v.check((values) => {
    const entries = Object.entries(values);
    const characters = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    return entries.length <= maxFormFields && characters <= maxFormCharacters;
  }),
);
/** The values of a destination's form; see `ProfileDraft` in profile.ts. */
const Draft = v.object({
  id: v.optional(Id),
  providerId: v.picklist(providerIds),
  name: v.pipe(v.string(), v.trim(), v.maxLength(80)),
  settings: Values,
  secrets: Values,
  discoveredId: v.optional(DiscoveredId),
  keep: v.optional(v.picklist(['session', 'unprotected'])),
});
/** A setup that was closed before it was finished; see `SetupDraft` in profile.ts. */
const SavedSetup = v.object({
  providerId: v.picklist(providerIds),
  name: v.pipe(v.string(), v.maxLength(80)),
  preset: v.pipe(v.string(), v.maxLength(40)),
  settings: Values,
  discoveredId: v.optional(DiscoveredId),
});

/**
 * An accepted file or folder with its single-use token, or a file that cannot be sent, with the reason. The page never
 * sees a path. For a folder, `files` counts its files, and `skipped` the entries that are not files. If files of a
 * folder cannot be read, there is one result for each problem: `name` is the path of the first such file from the
 * folder on, and `count` the number of these files.
 */
export type IntakeResult =
  | { name: string; size: number; token: string; files?: number; skipped?: SkippedEntries }
  | { name: string; error: AppError; count?: number };

/**
 * Data of failed and paused uploads that is still stored remotely. `uploads`: the number of these uploads. `list`: only
 * the first of them. `bytes`: the size of the stored data, as far as it is known.
 */
export interface Leftovers {
  uploads: number;
  bytes: number;
  list: { id: UploadId; name: string; destination: string; bytes: number }[];
}

/** The state that the window mirrors: all unfinished and failed uploads, and the newest 200 uploads. */
export interface Snapshot {
  revision: number;
  uploads: UploadView[];
  totals: Totals;
}
/** The number of records in the whole history. */
export interface Totals {
  done: number;
  unfinished: number;
}

/**
 * `changed`: the new and changed records, each complete. `revision` grows by one with each message; if the window
 * misses one, it requests a snapshot.
 */
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

/** A message for the whole window, shown as one line until the user dismisses it. */
export type Notice =
  | { kind: 'test-runtime' }
  | { kind: 'store-replaced'; file: string; from: 'backup' | 'empty' }
  /** Unfinished uploads that made no progress for a week; their remote data was deleted. */
  | { kind: 'leftovers-removed'; uploads: number }
  /** The first error that no code handled. The log has a line with this ID. */
  | { kind: 'internal-error'; diagnosticId: string }
  | { kind: 'session-secrets' }
  | { kind: 'secrets-locked'; name: string };

export interface AppInfo {
  version: string;
  platform: 'linux' | 'darwin' | 'win32';
  notices: Notice[];
}

/**
 * What happened to the links of a finished batch. `unchanged`: the user had copied something else. `many`:
 * the links of a folder or of more than 50 files are copied only on request.
 */
export interface BatchSettled {
  uploadIds: UploadId[];
  links: number;
  failed: number;
  /** Stored files whose link did not open in the check. Their links are never copied automatically. */
  closedIds: UploadId[];
  clipboard: 'copied' | 'unchanged' | 'failed' | 'nothing' | 'many';
}

/**
 * A request for a device code. `device`: the name of the device at the service. `refused`: why the previous code was
 * rejected. `closed`: no upload needs the code any more, so the window closes the prompt.
 */
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
    /** A new message for the whole window. */
    notice: event<Notice>(),
    /** A destination needs a code from one of the user's devices. */
    codePrompt: event<CodePrompt>(),
    /** `code: null`: the user has no code or canceled. */
    answerCodePrompt: command(
      v.object({ id: Id, code: v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))) }),
    ).returns<null>(),
    /** The user chose the setup form in the menu or tray. */
    openSetup: event<undefined>(),
  },
  files: {
    /** Makes a challenge for the proofs of one `accept`. */
    challenge: command(v.undefined()).returnsToPreload<ReadChallenge>(),
    /** Accepts the files that this page can read, and the folders that the user confirms in a native dialog. */
    accept: command(
      v.object({ challenge: Token, files: v.pipe(v.array(ClaimedFile), v.minLength(1), v.maxLength(pathsPerMessage)) }),
    ).returnsToPreload<IntakeResult[]>(),
    /** Accepts the files that were copied in a file manager; empty if something else is on the clipboard. */
    acceptCopied: command(v.undefined()).returnsToPreload<IntakeResult[]>(),
    /** Opens the system's file dialog. Returns an empty list when the user cancels it. */
    choose: command(v.undefined()).returns<IntakeResult[]>(),
    /** Files chosen in the tray or menu that cannot be sent, with the reason. */
    refused: event<Result<IntakeResult[]>>(),
  },
  uploads: {
    snapshot: command(v.undefined()).returns<Snapshot>(),
    /** `names`: the names to store the files under, in the order of the tokens. Folders keep their names. */
    enqueue: command(
      v.object({
        tokens: Tokens,
        profileId: Id,
        names: v.optional(
          v.pipe(v.array(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(1024)))), v.maxLength(maxDropped)),
        ),
      }),
    ).returns<UploadId[]>(),
    /** Uploads a small sample file, so that a new destination shows a first link. */
    uploadExample: command(v.object({ profileId: Id })).returns<UploadId>(),
    /** Resolves a name conflict: replaces the stored file (its link then serves the new file), or uses a new name. */
    resolveCollision: command(v.object({ ids: Ids, by: v.picklist(['replace', 'new-name']) })).returns<null>(),
    cancel: command(v.object({ ids: Ids })).returns<null>(),
    /** Stops sending and keeps the uploaded parts. */
    pause: command(v.object({ ids: Ids })).returns<null>(),
    resume: command(v.object({ ids: Ids })).returns<null>(),
    /** Restarts failed and canceled uploads, and starts waiting ones at once. */
    retry: command(v.object({ ids: Ids })).returns<null>(),
    /** Uploads the file to the fallback destination that needed the user's approval. */
    sendAnyway: command(v.object({ id: Id })).returns<null>(),
    /** Removes finished entries from the list. Stored files stay; remote data of unfinished uploads is deleted. */
    remove: command(v.object({ ids: Ids })).returns<null>(),
    /** Deletes the stored files and their entries; their links stop working. */
    unpublish: command(v.object({ ids: Ids })).returns<null>(),
    /** Makes the links stop working; the files stay stored. `stillOpen`: links that a cache still serves. */
    revokeLinks: command(v.object({ ids: Ids })).returns<{ stillOpen: number }>(),
    /**
     * Copies the links in this order, one per line. Renews expired links; with `days`, makes new links of that
     * lifetime.
     */
    copy: command(v.object({ ids: Ids, days: v.optional(Days) })).returns<null>(),
    leftovers: command(v.undefined()).returns<Leftovers>(),
    /** Deletes the remote data of failed and paused uploads; a later retry starts from zero. */
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
    /** Opens the web page where the user gets a field's value or a preset's keys. */
    openPage: command(
      v.object({
        providerId: v.picklist(providerIds),
        of: v.union([v.object({ field: Field }), v.object({ preset: Field })]),
      }),
    ).returns<null>(),
  },
  profiles: {
    list: command(v.undefined()).returns<ProfilesView>(),
    /** Whether this computer can encrypt keys. May show a system prompt, so call it only when the user enters keys. */
    keyStore: command(v.undefined()).returns<KeyStore>(),
    /** Problems of the form, found without network access. */
    validate: command(Draft).returns<FieldProblem[]>(),
    /** The link that the form would make, and the fields parsed from pasted addresses. No network access. */
    preview: command(Draft).returns<FormPreview>(),
    /** Copies the policy that makes the draft's bucket publicly readable. */
    copyPolicy: command(Draft).returns<null>(),
    /** Asks the service for the possible values of a field. */
    suggest: command(v.object({ draft: Draft, field: Field })).returns<string[]>(),
    /** Tests the draft with a small real upload: write, link, clean up. Saves nothing. */
    test: command(Draft).returns<CheckReport>(),
    /** The results of the finished steps of the running test. */
    testProgress: event<CheckResult[]>(),
    /**
     * Opens the service's sign-in page and returns when the user is signed in. `value`: a handle for the secret in this
     * form.
     */
    signIn: command(v.object({ draft: Draft, field: Field })).returns<{ value: string; settings: FieldValues }>(),
    /** The current step of the running sign-in. */
    signInProgress: event<SignInStep>(),
    /** The code that the service's page showed. */
    pasteCode: command(
      v.object({ code: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4096)) }),
    ).returns<null>(),
    cancelSignIn: command(v.undefined()).returns<null>(),
    save: command(Draft).returns<ProfileView>(),
    removalImpact: command(v.object({ id: Id })).returns<RemovalImpact>(),
    remove: command(v.object({ id: Id })).returns<null>(),
    use: command(v.object({ id: Id })).returns<null>(),
    /** The link kind for the next files to the current destination; null: the destination's setting. */
    setNextLinkOverride: command(
      v.nullable(
        v.variant('kind', [
          v.object({ kind: v.literal('public') }),
          v.object({ kind: v.literal('expiring'), days: Days }),
        ]),
      ),
    ).returns<null>(),
    /** All destinations in their new order, which is also the fallback order. */
    reorder: command(v.object({ ids: Ids })).returns<null>(),
    duplicate: command(v.object({ id: Id })).returns<ProfileView>(),
    /** Checks these destinations, or all. The results arrive with `changed`. */
    check: command(v.object({ ids: v.optional(Ids) })).returns<null>(),
    setFallback: command(v.object({ on: v.boolean(), order: v.pipe(v.array(Id), v.maxLength(50)) })).returns<null>(),
    /** Uses credentials discovered on this computer, after the user confirmed. */
    adopt: command(v.object({ discoveredId: DiscoveredId, settings: v.optional(Values) })).returns<ProfileView>(),
    savedSetup: command(v.undefined()).returns<SavedSetups>(),
    /** Stores the setup that the user closed, or keeps the open one in memory. Null: there is none. */
    saveSetupDraft: command(
      v.object({ draft: v.nullable(SavedSetup), isOpen: v.optional(v.boolean()) }),
    ).returns<null>(),
    /** Imports destinations from a file of another program. Returns null when the user cancels the dialog. */
    import: command(v.undefined()).returns<ImportReport | null>(),
    /** Exports all destinations without their secrets. Returns false when the user cancels the dialog. */
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
    /** Deletes every file in Practice and its entries. */
    empty: command(v.undefined()).returns<null>(),
  },
};

export type HoistContract = typeof contract;
export type Handlers = HandlersOf<HoistContract>;
export type Emitters = EmittersOf<HoistContract>;
/** Everything the page can call: the contract, and two preload functions that turn File objects into tokens. */
export type Bridge<FileObject> = BridgeOf<HoistContract> & {
  files: {
    drop(files: FileObject[]): Promise<Result<IntakeResult[]>>;
    paste(files: FileObject[]): Promise<Result<IntakeResult[]>>;
  };
};
