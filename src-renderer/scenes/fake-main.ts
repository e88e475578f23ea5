/**
 * A small replacement for main without files and network: it answers the page's commands, and its uploads make progress
 * on their own clock. Each scene sets it up differently.
 */
import { initialAppSettings, type AppSettings } from '../../src-shared/app-settings.ts';
import { failure, type AppError } from '../../src-shared/errors.ts';
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
  type ProfileView,
  type SetupDraft,
} from '../../src-shared/profile.ts';
import type { UploadId, UploadView } from '../../src-shared/upload.ts';
import { createFakeBridge, type FakeBridgeSetup } from './fake-bridge.ts';
import { createFakeProfiles } from './fake-profiles.ts';
import { isOver, tickMs, withLink, withProgress } from './fake-progress.ts';
import { providers } from 'virtual:providers';

/** The number of uploads that run at the same time. */
const maxRunning = 3;

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
  /** How many steps of a test get a result. With fewer than all, the test never ends. */
  checkLines?: number;
  keyStore?: KeyStore;
  savedSetup?: SetupDraft;
  /** The suggestions for every field; `refused`: the request for them fails. */
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
/** ms until Practice is empty */
const emptyMs = 250;
export interface FakeMain extends FakeBridgeSetup {
  /** Tells the window that a batch has finished. */
  settle(settled: BatchSettled): void;
}

export function createFakeMain(start: FakeMainState): FakeMain {
  const uploads = new Map((start.uploads ?? []).map((upload) => [upload.id, upload]));
  const speeds = new Map(Object.entries(start.speeds ?? {}));
  const tokens = new Map<string, { name: string; size: number; type: string }>();
  /** Bytes per second of an upload without its own speed: none in a scene that gives some uploads a speed. */
  const defaultSpeed = start.speeds ? 0 : 6_000_000;
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
  let settings: AppSettings = start.settings ?? initialAppSettings;
  let leftovers: Leftovers = start.leftovers ?? { uploads: 0, bytes: 0, list: [] };
  /** Whether the page has emptied Practice. */
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
  const uploadById = (id: UploadId): UploadView => {
    const found = uploads.get(id);
    if (!found) throw failure('bug');
    return found;
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

  const profiles = createFakeProfiles(
    start,
    () => fake.emit,
    () => [...uploads.values()],
  );
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
      enqueue: ({ tokens: tokenIds, profileId }) => enqueue(tokenIds, profiles.profileById(profileId)),
      uploadExample: ({ profileId }) => {
        const accepted = accept([{ name: 'Hello from Hoist.txt', size: 120, type: 'text/plain' }]);
        const exampleTokens = accepted.flatMap((item) => ('token' in item ? [item.token] : []));
        return enqueue(exampleTokens, profiles.profileById(profileId))[0]!;
      },
      resolveCollision: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...uploadById(id), status: 'queued', error: undefined })));
        return null;
      },
      cancel: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...uploadById(id), status: 'canceled', endedAt: Date.now() })));
        return null;
      },
      pause: ({ ids }) => {
        emitChanges(
          ids.map((id) => ({
            ...uploadById(id),
            status: 'paused',
            ...((uploadById(id).sent ?? 0) > 0 && { resumable: true as const }),
          })),
        );
        return null;
      },
      resume: ({ ids }) => {
        emitChanges(ids.map((id) => ({ ...uploadById(id), status: 'queued' })));
        return null;
      },
      retry: ({ ids }) => {
        emitChanges(
          ids.map((id) => ({
            ...uploadById(id),
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
        emitChanges([{ ...uploadById(id), status: 'queued', error: undefined, withheld: undefined }]);
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
        emitChanges(ids.map((id) => ({ ...uploadById(id), visibility: 'private', revokedAt: Date.now() })));
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
    settings: {
      get: () => settings,
      set: (changed) => {
        settings = { ...settings, ...changed };
        fake.emit.settings.changed(settings);
        return null;
      },
    },
    profiles: profiles.handlers,
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
      if (record.status === 'uploading') changed.push(withProgress(record, speeds.get(record.id) ?? defaultSpeed, now));
      else if (record.status === 'verifying' && !start.speeds) changed.push(withLink(record, now));
      else if (record.status === 'queued' && running < maxRunning && !start.speeds) {
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
