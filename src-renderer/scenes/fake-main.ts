/**
 * A small stand-in for main: accepts files, moves their bytes, and answers like main. Each scene sets it up
 * differently.
 */
import { initialAppSettings, type AppSettings } from '../../src-shared/app-settings.ts';
import { AppFailure, failure, type AppError } from '../../src-shared/errors.ts';
import type {
  IntakeResult,
  AppInfo,
  Handlers,
  Leftovers,
  Notice,
  BatchSettled,
} from '../../src-shared/ipc/contract.ts';
import {
  practiceId,
  type CheckReport,
  type Fallback,
  type FieldProblem,
  type DiscoveredCredentialsView,
  type ImportReport,
  type KeyStore,
  type LinkExample,
  type PracticeUsage,
  type ProfileDraft,
  type ProfilesView,
  type ProfileView,
  type SetupDraft,
} from '../../src-shared/profile.ts';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { createFakeBridge, type FakeBridgeSetup } from './fake-bridge.ts';
import { providers } from 'virtual:providers';

const tickMs = 100;
const checkLineMs = 180;
const parallel = 3;

export interface FakeMainState {
  uploads?: UploadView[];
  /** Without a profile, only Practice exists. */
  profiles?: ProfileView[];
  current?: string;
  /** The contents of Practice, if they differ from the uploads; `absent`: there is no Practice. */
  practice?: PracticeUsage | 'absent';
  discovered?: DiscoveredCredentialsView[];
  notices?: Notice[];
  platform?: AppInfo['platform'];
  /** bytes per second of running uploads, by id */
  speeds?: Record<UploadId, number>;
  report?: CheckReport;
  /** The number of test results that arrive; the test never ends if this is less than all. */
  checkLines?: number;
  keyStore?: KeyStore;
  savedSetup?: SetupDraft;
  /** The suggestions of the store for fields; `refused`: the request fails. */
  buckets?: string[] | 'refused';
  /** What a sign-in requires besides the browser. */
  signIn?: { code?: string; paste?: true; /** the sign-in fails at once with this error */ refused?: AppError };
  problems?: FieldProblem[];
  /** The example link of the form. */
  link?: LinkExample;
  settings?: AppSettings;
  imported?: ImportReport;
  fallback?: Fallback;
  leftovers?: Leftovers;
}

const practiceQuota = 5 * 2 ** 30;
const emptyMs = 250;
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

export interface FakeMain extends FakeBridgeSetup {
  /** Tells the window that a batch has finished. */
  settle(settled: BatchSettled): void;
}

const isOver = ({ status }: UploadView): boolean => status === 'done' || status === 'failed' || status === 'canceled';

export function createFakeMain(start: FakeMainState): FakeMain {
  const uploads = new Map((start.uploads ?? []).map((upload) => [upload.id, upload]));
  const speeds = new Map(Object.entries(start.speeds ?? {}));
  const tokens = new Map<string, { name: string; size: number; type: string }>();
  let profiles = start.profiles ?? [];
  let linkOverride: ProfilesView['linkOverride'];
  let current = start.current ?? profiles[0]?.id;
  let discovered = start.discovered ?? [];
  /** In a scene with speeds, uploads without a speed make no progress. */
  const idleSpeed = start.speeds ? 0 : 6_000_000;
  let revision = 1;
  let lastId = 0;

  const totals = () => {
    const records = [...uploads.values()];
    return {
      done: records.filter(({ status }) => status === 'done').length,
      unfinished: records.filter((record) => !isOver(record)).length,
    };
  };
  const emitChanges = (changed: UploadView[], removed: UploadId[] = []): void => {
    for (const upload of changed) uploads.set(upload.id, upload);
    for (const id of removed) uploads.delete(id);
    revision += 1;
    fake.emit.uploads.changed({ revision, changed, removed, totals: totals() });
  };
  let fallback: Fallback = start.fallback ?? { on: false, order: [] };
  let settings: AppSettings = start.settings ?? initialAppSettings;
  let savedSetup: SetupDraft | null = start.savedSetup ?? null;
  let leftovers: Leftovers = start.leftovers ?? { uploads: 0, bytes: 0, list: [] };
  const isOnlyPractice = (): boolean => profiles.length === 0 && start.practice !== 'absent';
  const view = (): ProfilesView =>
    isOnlyPractice()
      ? { profiles: [practice], current: practiceId, discovered, fallback }
      : { profiles, current, ...(linkOverride && { linkOverride }), discovered, fallback };
  const emitProfiles = (): void => fake.emit.profiles.changed(view());
  let isEmptied = false;
  const inPractice = (): UploadView[] => [...uploads.values()].filter(({ profileId }) => profileId === practiceId);
  const usage = (): PracticeUsage => {
    if (typeof start.practice === 'object' && !isEmptied) return start.practice;
    const stored = inPractice().filter(({ status }) => status === 'done');
    return {
      objects: stored.length,
      bytes: stored.reduce((sum, { size }) => sum + size, 0),
      quotaBytes: practiceQuota,
    };
  };
  const newest = (): UploadView[] =>
    [...uploads.values()].sort((a, b) => (b.endedAt ?? b.createdAt) - (a.endedAt ?? a.createdAt));
  const nextId = (): string => {
    lastId += 1;
    return `made-${lastId}`;
  };
  const upload = (id: UploadId): UploadView => {
    const known = uploads.get(id);
    if (!known) throw failure('bug');
    return known;
  };
  const profileNamed = (id: string): ProfileView => {
    const known = view().profiles.find((profile) => profile.id === id);
    if (!known) throw failure('no-destination');
    return known;
  };

  const accept = (files: { name: string; size: number; type: string }[]): IntakeResult[] =>
    files.map(({ name, size, type }) => {
      const token = `${nextId()}-token-for-one-file`.slice(0, 22);
      tokens.set(token, { name, size, type });
      return { name, size, token };
    });
  const enqueue = (tokenIds: string[], profile: ProfileView): UploadId[] => {
    const batchId = nextId();
    const added = tokenIds.map((token, position): UploadView => {
      const file = tokens.get(token) ?? {
        name: `${token.replace(/-+$/, '')}.txt`,
        size: 1_000_000,
        type: 'text/plain',
      };
      tokens.delete(token);
      return {
        id: nextId(),
        batchId,
        position,
        name: file.name,
        size: file.size,
        contentType: file.type,
        status: 'queued',
        profileId: profile.id,
        destination: profile.name,
        visibility: profile.visibility,
        createdAt: Date.now(),
      };
    });
    emitChanges(added);
    return added.map(({ id }) => id);
  };
  const saved = (draft: ProfileDraft): ProfileView => {
    const before = profiles.find(({ id }) => id === draft.id);
    const isPublic = draft.settings.linkKind === 'public';
    return {
      id: draft.id ?? nextId(),
      providerId: draft.providerId,
      name: draft.name || draft.settings.bucket || draft.providerId,
      settings: draft.settings,
      secretStorage: 'saved',
      secrets: [...new Set([...(before?.secrets ?? []), ...Object.keys(draft.secrets)])],
      visibility: isPublic ? 'public' : 'expiring',
      status: { state: 'ready' },
      ...(!isPublic && { linkDays: Number(draft.settings.linkDays ?? '7') }),
    };
  };

  let signingIn: { resolve(): void; reject(): void } | undefined;
  const handlers: Handlers = {
    app: {
      info: () => ({ version: '0.1.0', platform: start.platform ?? 'linux', notices: start.notices ?? [] }),
      answerCodePrompt: ({ id }) => {
        fake.emit.app.codePrompt({ id, device: '', destination: '', closed: true });
        return null;
      },
    },
    files: {
      challenge: () => ({ id: '', key: '', offsets: [] }),
      accept: () => [],
      acceptCopied: () => [],
      choose: () => accept([{ name: 'a chosen file.pdf', size: 3_400_000, type: 'application/pdf' }]),
    },
    uploads: {
      snapshot: () => ({
        revision,
        uploads: newest().filter((record, index) => index < 200 || !isOver(record)),
        totals: totals(),
      }),
      enqueue: ({ tokens: tokenIds, profileId }) => enqueue(tokenIds, profileNamed(profileId)),
      uploadExample: ({ profileId }) =>
        enqueue(
          [accept([{ name: 'Hello from Hoist.txt', size: 120, type: 'text/plain' }])[0]!].flatMap((item) =>
            'token' in item ? [item.token] : [],
          ),
          profileNamed(profileId),
        )[0]!,
      resolveCollision: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...upload(id), status: 'queued', error: undefined })));
        return null;
      },
      cancel: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...upload(id), status: 'canceled', endedAt: Date.now() })));
        return null;
      },
      pause: ({ ids }) => {
        emitChanges(
          ids.map((id) => ({
            ...upload(id),
            status: 'paused',
            ...((upload(id).sent ?? 0) > 0 && { resumable: true as const }),
          })),
        );
        return null;
      },
      resume: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...upload(id), status: 'queued' })));
        return null;
      },
      retry: ({ ids }) => {
        emitChanges(
          ids.map((id) => ({
            ...upload(id),
            status: 'queued',
            error: undefined,
            sent: undefined,
            endedAt: undefined,
            createdAt: Date.now(),
          })),
        );
        return null;
      },
      sendAnyway: ({ id }) => {
        emitChanges([{ ...upload(id), status: 'queued', error: undefined, withheld: undefined }]);
        return null;
      },
      remove: ({ ids }) => {
        emitChanges([], ids);
        return null;
      },
      unpublish: ({ ids }) => {
        emitChanges([], ids);
        return null;
      },
      revokeLinks: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...upload(id), visibility: 'private', revokedAt: Date.now() })));
        return { stillOpen: 0 };
      },
      leftovers: () => leftovers,
      removeLeftovers: () => {
        leftovers = { uploads: 0, bytes: 0, list: [] };
        return null;
      },
      copy: () => null,
      open: () => null,
      reveal: () => null,
    },
    history: {
      query: ({ text = '', before = '0', limit }) => {
        const words = text.toLowerCase().split(/\s+/).filter(Boolean);
        const matching = newest().filter(({ name, destination, link }) =>
          words.every((word) => `${name} ${destination} ${link?.url ?? ''}`.toLowerCase().includes(word)),
        );
        const from = Number(before);
        return {
          uploads: matching.slice(from, from + limit),
          ...(from + limit < matching.length && { next: String(from + limit) }),
        };
      },
    },
    providers: { list: () => providers, openPage: () => null },
    profiles: {
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
        const affected = [...uploads.values()].filter(({ profileId }) => profileId === id);
        return {
          unfinished: affected.filter((record) => !isOver(record)).length,
          done: affected.filter(({ status }) => status === 'done').length,
        };
      },
      reorder: ({ ids }) => {
        profiles = ids.map(profileNamed);
        emitProfiles();
        return null;
      },
      duplicate: ({ id }) => {
        const copy = { ...profileNamed(id), id: nextId(), name: `${profileNamed(id).name} 2` };
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
        }, checkLineMs * 5);
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
        fake.emit.profiles.signInProgress({ url: 'https://example.com/sign-in', ...step });
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
            setTimeout(resolve, lines > (start.checkLines ?? lines) ? 1e6 : checkLineMs);
          });
          fake.emit.profiles.testProgress(report.results.slice(0, lines));
        }
        return report;
      },
      save: (draft) => {
        if (draft.settings.bucket?.includes(' ')) throw failure('invalid-input', { field: 'bucket' });
        const profile = saved(draft);
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
          override?.kind === 'expiring'
            ? { kind: 'expiring', seconds: override.days * 86_400 }
            : (override ?? undefined);
        emitProfiles();
        return null;
      },
      use: ({ id }) => {
        current = profileNamed(id).id;
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
          id: nextId(),
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
    },
    settings: {
      get: () => settings,
      set: (changed) => {
        settings = { ...settings, ...changed };
        fake.emit.settings.changed(settings);
        return null;
      },
    },
    practice: {
      usage,
      empty: async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, emptyMs);
        });
        isEmptied = true;
        emitChanges(
          [],
          inPractice()
            .filter(isOver)
            .map(({ id }) => id),
        );
        return null;
      },
    },
  };
  const fake = createFakeBridge(handlers, accept);

  /** Advances all uploads by one tick. At most three uploads run; complete uploads are checked, then done. */
  const tick = (): void => {
    const now = Date.now();
    const changed: UploadView[] = [];
    let running = [...uploads.values()].filter(({ status }) => status === 'uploading').length;
    for (const record of uploads.values()) {
      if (record.status === 'uploading') changed.push(withProgress(record, speeds.get(record.id) ?? idleSpeed, now));
      else if (record.status === 'verifying' && !start.speeds) changed.push(withLink(record, now));
      else if (record.status === 'queued' && running < parallel && !start.speeds) {
        running += 1;
        changed.push({ ...record, status: 'uploading', sent: 0, startedAt: now });
      }
    }
    if (changed.length > 0) emitChanges(changed);
    for (const record of changed) if (record.status === 'done') settleBatch(record.batchId);
  };
  const settleBatch = (batchId: string): void => {
    const batch = [...uploads.values()].filter((record) => record.batchId === batchId);
    if (!batch.every(isOver)) return;
    const links = batch.filter(({ status }) => status === 'done').length;
    fake.emit.app.batchSettled({
      uploadIds: batch.map(({ id }) => id),
      links,
      failed: batch.length - links,
      closedIds: [],
      clipboard: 'copied',
    });
  };
  setInterval(tick, tickMs);
  return { ...fake, settle: (settled) => fake.emit.app.batchSettled(settled) };
}

function withProgress(upload: UploadView, bytesPerSecond: number, now: number): UploadView {
  const wave = 1 + 0.2 * Math.sin(now / 700);
  if (upload.elsewhere && upload.sent === upload.size)
    return withGrownSize(upload, (bytesPerSecond * wave * tickMs) / 1000);
  const sent = Math.min(upload.size, (upload.sent ?? 0) + (bytesPerSecond * wave * tickMs) / 1000);
  return sent < upload.size ? { ...upload, sent } : { ...upload, status: 'verifying', sent: upload.size };
}

/** The size of an upload from a pipe is the number of bytes read so far. */
function withGrownSize(upload: UploadView, bytes: number): UploadView {
  const size = upload.size + Math.round(bytes);
  return { ...upload, size, sent: size };
}

function withLink(upload: UploadView, now: number): UploadView {
  const expiresAt = upload.visibility === 'expiring' ? now + 7 * 86_400_000 : undefined;
  return {
    ...upload,
    status: 'done',
    endedAt: now,
    verification: upload.profileId === practiceId ? 'this-computer' : 'verified',
    sent: undefined,
    link: {
      url: `https://files.example.net/2026/8Kq4/${encodeURIComponent(upload.name)}`,
      visibility: upload.visibility,
      expiresAt,
    },
  };
}

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
