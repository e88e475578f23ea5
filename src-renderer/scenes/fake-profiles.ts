/** The destinations of the fake main: their list, tests, sign-ins and discovered credentials. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Emitters, Handlers } from '../../src-shared/ipc/contract.ts';
import {
  practiceId,
  type CheckReport,
  type Fallback,
  type ProfileDraft,
  type ProfilesView,
  type ProfileView,
  type SetupDraft,
} from '../../src-shared/profile.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import type { FakeMainState } from './fake-main.ts';
import { isOver } from './fake-progress.ts';

/** ms until the next step of a test has a result */
const checkStepMs = 180;
/** ms until the check of a destination's status ends */
const checkMs = 900;

const practice: ProfileView = {
  id: practiceId,
  providerId: 's3',
  name: 'Practice',
  settings: {},
  secrets: [],
  secretStorage: 'built-in',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready' },
};

let profileCount = 0;
const createId = (): string => {
  profileCount += 1;
  return `profile-${profileCount}`;
};

interface FakeProfiles {
  handlers: Handlers['profiles'];
  /** Throws `no-destination` for an unknown ID. */
  profileById: (id: string) => ProfileView;
}

/**
 * @param emit returns main's emitters, which are created after the handlers
 * @param uploads returns all uploads
 */
export function createFakeProfiles(
  start: FakeMainState,
  emit: () => Emitters,
  uploads: () => UploadView[],
): FakeProfiles {
  let profiles = start.profiles ?? [];
  let linkOverride: ProfilesView['linkOverride'];
  let current = start.current ?? profiles[0]?.id;
  let discovered = start.discovered ?? [];
  let fallback: Fallback = start.fallback ?? { on: false, order: [] };
  let savedSetup: SetupDraft | null = start.savedSetup ?? null;
  /** Ends the running sign-in. */
  let signingIn: { resolve(): void; reject(): void } | undefined;

  const isOnlyPractice = (): boolean => profiles.length === 0 && start.practice !== 'absent';
  const view = (): ProfilesView =>
    isOnlyPractice()
      ? { profiles: [practice], current: practiceId, discovered, fallback }
      : { profiles, current, ...(linkOverride && { linkOverride }), discovered, fallback };
  const emitProfiles = (): void => emit().profiles.changed(view());
  const profileById = (id: string): ProfileView => {
    const found = view().profiles.find((profile) => profile.id === id);
    if (!found) throw failure('no-destination');
    return found;
  };

  const handlers: Handlers['profiles'] = {
    list: view,
    keyStore: () => start.keyStore ?? { state: 'available', name: 'GNOME Keyring' },
    validate: () => start.problems ?? [],
    preview: () => ({ parsedFields: {}, ...(start.link ? { link: start.link } : {}) }),
    copyPolicy: () => null,
    suggest: () => {
      if (start.buckets === 'refused') throw failure('forbidden');
      return start.buckets ?? ['photos', 'work-files'];
    },
    removalImpact: ({ id }) => {
      const affected = uploads().filter(({ profileId }) => profileId === id);
      return {
        unfinished: affected.filter((record) => !isOver(record)).length,
        done: affected.filter(({ status }) => status === 'done').length,
      };
    },
    reorder: ({ ids }) => {
      profiles = ids.map(profileById);
      emitProfiles();
      return null;
    },
    duplicate: ({ id }) => {
      const copy = { ...profileById(id), id: createId(), name: `${profileById(id).name} 2` };
      profiles = [...profiles, copy];
      emitProfiles();
      return copy;
    },
    check: ({ ids }) => {
      const isIncluded = ({ id }: ProfileView): boolean => !ids || ids.includes(id);
      profiles = profiles.map((profile) =>
        isIncluded(profile) ? { ...profile, status: { ...profile.status, isChecking: true as const } } : profile,
      );
      emitProfiles();
      setTimeout(() => {
        profiles = profiles.map((profile) => ({ ...profile, status: { ...profile.status, isChecking: undefined } }));
        emitProfiles();
      }, checkMs);
      return null;
    },
    savedSetup: () => ({ closed: savedSetup, open: null }),
    saveSetupDraft: ({ draft, isOpen }) => {
      if (!isOpen) savedSetup = draft;
      return null;
    },
    import: () => start.imported ?? null,
    export: () => true,
    signIn: async () => {
      const { refused, ...step } = start.signIn ?? {};
      if (refused) throw new AppFailure(refused);
      emit().profiles.signInProgress({ url: 'https://example.com/sign-in', ...step });
      return new Promise((resolve, reject) => {
        signingIn = {
          resolve: () => resolve({ value: 'signed-in:scene', settings: {} }),
          reject: () => reject(failure('canceled')),
        };
      });
    },
    pasteCode: () => {
      signingIn?.resolve();
      return null;
    },
    cancelSignIn: () => {
      signingIn?.reject();
      return null;
    },
    test: async () => {
      const report = start.report ?? goodReport;
      for (let lines = 1; lines <= report.results.length; lines++) {
        await new Promise((resolve) => {
          setTimeout(resolve, lines > (start.checkLines ?? lines) ? 1e6 : checkStepMs);
        });
        emit().profiles.testProgress(report.results.slice(0, lines));
      }
      return report;
    },
    save: (draft) => {
      if (draft.settings.bucket?.includes(' ')) throw failure('invalid-input', { field: 'bucket' });
      const profile = savedProfile(
        draft,
        profiles.find(({ id }) => id === draft.id),
      );
      profiles = [...profiles.filter(({ id }) => id !== profile.id), profile];
      emitProfiles();
      return profile;
    },
    remove: ({ id }) => {
      profiles = profiles.filter((profile) => profile.id !== id);
      if (current === id) current = profiles[0]?.id;
      emitProfiles();
      return null;
    },
    setNextLinkOverride: (override) => {
      linkOverride =
        override?.kind === 'expiring' ? { kind: 'expiring', seconds: override.days * 86_400 } : (override ?? undefined);
      emitProfiles();
      return null;
    },
    use: ({ id }) => {
      current = profileById(id).id;
      emitProfiles();
      return null;
    },
    setFallback: (changed) => {
      fallback = changed;
      emitProfiles();
      return null;
    },
    adopt: ({ discoveredId, settings: extraSettings }) => {
      const credentials = discovered.find(({ id }) => id === discoveredId);
      if (!credentials) throw failure('bug');
      discovered = discovered.filter(({ id }) => id !== discoveredId);
      const profile: ProfileView = {
        id: createId(),
        providerId: credentials.providerId,
        name: extraSettings?.bucket ?? credentials.name,
        settings: { ...credentials.settings, ...extraSettings },
        secrets: ['secretAccessKey'],
        secretStorage: 'environment',
        visibility: 'expiring',
        linkDays: 7,
        status: { state: 'ready' },
      };
      profiles = [...profiles, profile];
      emitProfiles();
      return profile;
    },
  };
  return { handlers, profileById };
}

/** The destination that saving the draft creates or, with `before`, changes. */
function savedProfile(draft: ProfileDraft, before: ProfileView | undefined): ProfileView {
  const isPublic = draft.settings.linkKind === 'public';
  return {
    id: draft.id ?? createId(),
    providerId: draft.providerId,
    name: draft.name || draft.settings.bucket || draft.providerId,
    settings: draft.settings,
    secretStorage: 'saved',
    secrets: [...new Set([...(before?.secrets ?? []), ...Object.keys(draft.secrets)])],
    visibility: isPublic ? 'public' : 'expiring',
    status: { state: 'ready' },
    ...(!isPublic && { linkDays: Number(draft.settings.linkDays ?? '7') }),
  };
}

/** A test in which every step passes. */
const goodReport: CheckReport = {
  ok: true,
  results: [
    { step: 'settings', outcome: 'ok' },
    { step: 'sign-in', outcome: 'ok' },
    { step: 'write', outcome: 'ok' },
    { step: 'link', outcome: 'ok' },
    { step: 'clean-up', outcome: 'ok' },
  ],
};
