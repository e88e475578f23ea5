/** Scenes of uploads that are paused, wait, restart, fall back, belong to folders, or have restricted links. */
import type { AppError } from '../../src-shared/errors.ts';
import type { AttemptView, UploadView, Verification } from '../../src-shared/upload.ts';
import type { Hoist } from '../hoist.ts';
import {
  doneUpload,
  MB,
  minute,
  noProgress,
  now,
  openSettings,
  press,
  s3Profile,
  site,
  upload,
  work,
  type Scene,
} from './scene-helpers.ts';

const second = s3Profile('second', 'Second bucket');
const profiles = [work, second, site];

/** Finished uploads, twenty minutes ago unless `changes` says otherwise. */
const recent = (name: string, megabytes: number, changes: Partial<UploadView> = {}): UploadView =>
  doneUpload(name, megabytes, 20 * minute, changes);

const refused: AppError = {
  code: 'unauthorized',
  diagnosticId: 'h4-7c21-f09e',
  params: { status: 403, reason: 'SignatureDoesNotMatch' },
};
const noResponse: AppError = { code: 'unreachable', params: { host: 's3.eu-central-1.example.net' } };
/** A failed attempt, `ago` ms ago. */
const attempt = (destination: string, ago: number, error: AppError): AttemptView => ({
  destination,
  ended: now - ago,
  error,
});
/** The fields of an upload that moved to the second bucket. */
const toSecond = { profileId: 'second', destination: 'Second bucket' } as const;
const history = [recent('harbour at dusk.jpg', 4.2), recent('measurements.csv', 2.1, { endedAt: now - 90 * minute })];

const paused = [
  upload('conference talk – final cut.mp4', 148, { status: 'paused', sent: 42 * MB, resumable: true }),
  upload('raw photos.tar', 640, { status: 'paused', sent: 560 * MB, resumable: true }),
  upload('storyboard.key', 33, { status: 'paused' }),
];
const waiting = [
  upload('site-export.tar', 410, {
    status: 'waiting',
    waitingUntil: 'online',
    error: { code: 'offline' },
    sent: 120 * MB,
    resumable: true,
  }),
  upload('contract Zoë & Søn.pdf', 1.4, { status: 'waiting', waitingUntil: 'profile-fixed', error: refused }),
  upload('minutes of May.odt', 0.2, {
    status: 'waiting',
    waitingUntil: 'profile-fixed',
    error: { code: 'session-expired', params: { why: 'sso' } },
    signsIn: true,
    profileId: 'second',
    destination: 'Second bucket',
  }),
  upload('floor plan.dwg', 22, {
    status: 'waiting',
    waitingUntil: 'profile-fixed',
    error: { code: 'no-bucket', params: { bucket: 'wrok' } },
  }),
  upload('drone.mp4', 700, {
    status: 'waiting',
    waitingUntil: now + 9 * minute,
    error: { code: 'rate-limited', params: { host: 's3.example.net' } },
    sent: 300 * MB,
    resumable: true,
  }),
  upload('keynote.mov', 2300, { status: 'waiting', waitingUntil: now + 25_000, error: noResponse }),
];
const restarted = [
  upload('thesis.docx', 90, { status: 'uploading', sent: 12 * MB, startedAt: now - 4000, restarted: 'file-changed' }),
  upload('archive 2019–2026.zip', 900, {
    status: 'uploading',
    sent: 33 * MB,
    startedAt: now - 4000,
    restarted: 'store-forgot',
  }),
  upload('disk.img', 4000, { status: 'queued', sent: 2900 * MB, resumable: true }),
];
const twoAttempts = [attempt('Work bucket', 3 * minute, noResponse), attempt('Work bucket', 2 * minute, refused)];
const fallback = [
  upload('to go further.mov', 320, {
    ...toSecond,
    status: 'uploading',
    sent: 80 * MB,
    startedAt: now - 5000,
    attempts: twoAttempts,
  }),
  upload('board meeting.mp4', 220, {
    status: 'failed',
    error: refused,
    endedAt: now - minute,
    attempts: [attempt('Work bucket', minute, refused)],
    withheld: { profileId: 'fal', destination: 'fal', reason: 'more-people' },
  }),
  upload('payroll.xlsx', 2, {
    status: 'failed',
    error: noResponse,
    endedAt: now - minute,
    attempts: twoAttempts,
    withheld: { profileId: 'fal', destination: 'fal', reason: 'cannot-delete' },
  }),
  recent('minutes of the general meeting.docx', 1.2, { ...toSecond, attempts: twoAttempts }),
  ...history,
];

interface FolderSpec {
  id: string;
  name: string;
  batchId: string;
  count: number;
}
/** @param changesOf returns the properties of the file at this position that differ from those of a queued file */
function folder(
  { id, name, batchId, count }: FolderSpec,
  changesOf: (index: number) => Partial<UploadView>,
): UploadView[] {
  return Array.from({ length: count }, (_, index) => {
    const relativePath =
      `${['raw', 'raw/day 2', 'selected', ''][index % 4] ?? ''}/DSC_${String(1000 + index)}.nef`.replace(/^\//, '');
    const base = upload(`DSC_${1000 + index}.nef`, 24 + (index % 7), {
      batchId,
      position: index,
      folder: { id, name, relativePath },
    });
    return { ...base, ...changesOf(index) };
  });
}
const ended = (name: string, ago: number): Partial<UploadView> => ({
  status: 'done',
  verification: 'verified',
  endedAt: now - ago,
  link: recent(name, 1).link,
});
const trip = folder({ id: 'trip', name: 'Trip to the coast', batchId: 'trip', count: 120 }, (index) => {
  if (index < 43) return ended(`DSC_${1000 + index}.nef`, minute + (43 - index) * 1000);
  if (index === 43 || index === 44)
    return { status: 'failed', error: { code: 'source-unreadable' }, endedAt: now - minute };
  return index < 48 ? { status: 'uploading', sent: (index - 44) * 5 * MB, startedAt: now - 6000 } : {};
});
const broken = folder({ id: 'broken', name: 'Contracts', batchId: 'broken', count: 12 }, (index) =>
  index < 10 ? ended('x', 5 * minute) : { status: 'failed', error: noResponse, endedAt: now - 4 * minute },
);
const finished = folder({ id: 'finished', name: 'Poster drafts', batchId: 'finished', count: 18 }, (index) =>
  ended(`DSC_${1000 + index}.nef`, 30 * minute),
);
const pausedFolder = folder(
  {
    id: 'resting',
    name: 'Archive 2019–2026, originals and everything that belongs to them',
    batchId: 'resting',
    count: 40,
  },
  (index) => (index < 11 ? ended('x', 9 * minute) : { status: 'paused' }),
);
const huge = folder({ id: 'huge', name: 'Everything', batchId: 'huge', count: 50_000 }, (index) =>
  index < 40 ? ended('x', 9 * minute) : index < 44 ? { status: 'uploading', sent: 2 * MB, startedAt: now - 6000 } : {},
);

const reaches: Verification[] = ['verified', 'private', 'this-computer', 'this-network', 'unreachable'];
const names: Record<Verification, string> = {
  verified: 'poster A2 print.pdf',
  private: 'payroll.xlsx',
  'this-computer': 'practice.png',
  'this-network': 'nas copy.iso',
  unreachable: 'draft.pdf',
};

const publicLink = (name: string): Pick<UploadView, 'visibility' | 'link'> => ({
  visibility: 'public',
  link: { url: `https://files.example.net/${name}`, visibility: 'public' },
});

const expandRows =
  (...keys: string[]) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ expandedRows: new Set(keys) });
const openDetails =
  (uploads: readonly UploadView[]) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ openDetails: new Set(uploads.map(({ id }) => id)) });

export const reliabilityScenes: Record<string, Scene> = {
  paused: { title: 'Paused', start: { profiles, speeds: noProgress, uploads: [...paused, ...history] } },
  'waiting-why': {
    title: 'Waiting uploads with reason and time',
    start: { profiles, speeds: noProgress, uploads: [...waiting, ...history] },
  },
  restarted: {
    title: 'Restarted uploads and resumed uploads',
    start: { profiles, speeds: noProgress, uploads: [...restarted, ...history] },
  },
  fallback: {
    title: 'Fallback used, and fallback withheld',
    start: { profiles, speeds: noProgress, uploads: fallback },
  },
  attempts: {
    title: 'Earlier attempts of an upload',
    start: { profiles, speeds: noProgress, uploads: fallback },
    then: openDetails(fallback),
  },
  folders: {
    title: 'Folders',
    start: { profiles, speeds: noProgress, uploads: [...trip, ...broken, ...pausedFolder, ...finished, ...history] },
  },
  'folder-open': {
    title: 'A folder is open',
    start: { profiles, speeds: noProgress, uploads: [...trip, ...finished, ...history] },
    then: expandRows('trip/trip', 'finished/finished'),
  },
  'folder-huge': {
    title: '50,000 files in one folder, open',
    start: { profiles, uploads: huge },
    then: expandRows('huge/huge'),
  },
  outcomes: {
    title: 'Link visibility and remedies',
    start: {
      profiles,
      speeds: noProgress,
      uploads: reaches.map((verification, index) =>
        recent(names[verification], 3, { verification, endedAt: now - index * minute }),
      ),
    },
    then: (hoist) =>
      hoist.screen.setState({
        openDetails: new Set(
          [...hoist.uploads.getState().byId.values()]
            .filter(({ verification }) => verification === 'unreachable' || verification === 'private')
            .map(({ id }) => id),
        ),
      }),
  },
  'not-copied': {
    title: 'A public link does not open and was not copied',
    start: {
      profiles,
      speeds: noProgress,
      uploads: [
        recent('report.pdf', 3, { id: 'closed', verification: 'private', ...publicLink('report.pdf') }),
        ...history,
      ],
    },
    then: (_hoist, main) =>
      main.settle({ uploadIds: [], links: 0, failed: 0, closedIds: ['closed'], clipboard: 'nothing' }),
  },
  unpublish: {
    title: 'Confirmation before deleting a stored file',
    start: { profiles, uploads: history },
    then: (hoist) =>
      hoist.screen.setState({
        confirmation: {
          kind: 'unpublish',
          ids: [history[0]?.id ?? ''],
          name: 'harbour at dusk.jpg',
          destination: 'Work bucket',
        },
      }),
  },
  revoke: {
    title: 'Confirmation before revoking a link',
    start: { profiles, uploads: history },
    then: (hoist) =>
      hoist.screen.setState({
        confirmation: {
          kind: 'revoke',
          ids: [history[0]?.id ?? ''],
          name: 'harbour at dusk.jpg',
          destination: 'fal.ai',
        },
      }),
  },
  'cancel-all': {
    title: 'Confirmation before canceling many bytes',
    start: { profiles, speeds: noProgress, uploads: [...trip, ...history] },
    then: () => press('[role="group"] button:last-child'),
  },
  'copy-all': {
    title: 'A folder is uploaded: its links can be copied',
    start: { profiles, uploads: [...finished, ...history] },
    then: (_hoist, main) =>
      main.settle({
        uploadIds: finished.map(({ id }) => id),
        links: finished.length,
        failed: 0,
        closedIds: [],
        clipboard: 'many',
      }),
  },
  'settings-fallback': {
    title: 'Settings: fallback on',
    start: {
      profiles,
      uploads: [...paused, ...history],
      fallback: { on: true, order: ['second', 'work'] },
      leftovers: {
        uploads: 3,
        bytes: 1_240_000_000,
        list: [
          ['Interview with the harbour master, second take.mov', 1_100_000_000],
          ['Tides 2026.zip', 140_000_000],
          ['plan.pdf', 0],
        ].map(([name, bytes], i) => ({
          id: `left${i}`,
          name: String(name),
          destination: 'Work bucket',
          bytes: Number(bytes),
        })),
      },
    },
    then: openSettings,
  },
  'settings-stay': { title: 'Settings: fallback off', start: { profiles, uploads: history }, then: openSettings },
  'pending-folder': {
    title: 'A folder waits for a destination',
    start: { practice: 'absent', notices: [{ kind: 'leftovers-removed', uploads: 2 }] },
    then: (hoist) =>
      hoist.screen.setState({
        pending: [
          { name: 'Pictures', size: 1, token: 'a', files: 120 },
          { name: 'a.txt', size: 1, token: 'b' },
        ],
        skippedFiles: [
          { name: 'Pictures', kind: 'links', count: 3 },
          { name: 'Pictures', kind: 'special', count: 1 },
        ],
        refused: [
          {
            key: 'source-unreadable folder',
            error: { code: 'source-unreadable', params: { problem: 'folder' } },
            count: 1,
            name: 'Pictures/2019/private',
          },
        ],
      }),
  },
};
