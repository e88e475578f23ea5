/** Scenes of the list: uploads in all states, long lists, search, drops and notices. */
import type { UploadView } from '../../src-shared/upload.ts';
import type { Hoist } from '../hoist.ts';
import { withChanges } from '../stores/mirror.ts';
import { drag, threeFiles } from './drag.ts';
import {
  day,
  doneUpload,
  history,
  hour,
  MB,
  minute,
  noProgress,
  now,
  press,
  publicFile,
  s3Profile,
  site,
  upload,
  work,
  type Scene,
} from './scene-helpers.ts';

const archive = s3Profile('archive', 'Archive', {
  secretStorage: 'missing',
  secrets: [],
  linkDays: 3,
  status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
});
const profiles = [work, site, archive];
const talk = upload('conference talk – final cut.mp4', 1200, {
  status: 'uploading',
  sent: 90 * MB,
  startedAt: now - 9000,
});
const assets = upload('design-assets.zip', 190, { status: 'uploading', sent: 52 * MB, startedAt: now - 9000 });
const contract = upload('contract Zoë & Søn.pdf', 1.4, {
  status: 'failed',
  batchId: 'before',
  profileId: 'archive',
  destination: 'Archive',
  endedAt: now - 5 * minute,
  error: {
    code: 'unauthorized',
    diagnosticId: 'h4-7c21-f09e',
    params: { destination: 'Archive', status: 403, reason: 'SignatureDoesNotMatch' },
  },
});
const busy: UploadView[] = [
  talk,
  assets,
  upload('raw photos.tar', 640),
  upload('storyboard.key', 33, { visibility: 'expiring' }),
  contract,
  ...history,
];

/** Finished uploads, 11 minutes apart. */
function manyRows(count: number): UploadView[] {
  const names = ['photo', 'report', 'invoice', 'recording', 'dataset', 'sketch'];
  const types = ['jpg', 'pdf', 'pdf', 'wav', 'csv', 'svg'];
  return Array.from({ length: count }, (_, index) =>
    doneUpload(
      `${names[index % 6] ?? ''} ${count - index}.${types[index % 6] ?? ''}`,
      0.3 + (index % 40),
      5 * minute + index * 11 * minute,
    ),
  );
}

/** The fields of an upload that the command line runs. */
const cli = { elsewhere: true, batchId: 'cli', startedAt: now - 9000, createdAt: now - 9000 } as const;
const cliFile = upload('db-2026-11-22.dump', 820, { ...cli, status: 'uploading', sent: 210 * MB });
const cliStream = upload('backup.sql', 73, { ...cli, status: 'uploading', sent: 73 * MB });

/** Changes a record as if main had sent the change. */
const applyChange = (hoist: Hoist, id: string, changes: Partial<UploadView>): void => {
  const mirror = hoist.uploads.getState();
  const record = mirror.byId.get(id);
  if (!record) return;
  const next = withChanges(mirror, {
    revision: mirror.revision + 1,
    changed: [{ ...record, ...changes }],
    removed: [],
    totals: mirror.totals,
  });
  if (next !== 'gap') hoist.uploads.setState(next);
};

export const uploadScenes: Record<string, Scene> = {
  empty: { title: 'Nothing uploaded yet', start: { profiles: [work] } },
  elsewhere: {
    title: 'Uploads that the command line runs',
    start: {
      profiles,
      speeds: { [cliFile.id]: 14 * MB, [talk.id]: 9 * MB, [cliStream.id]: 6 * MB },
      uploads: [
        cliFile,
        cliStream,
        upload('nightly.sql.gz', 0, { ...cli, status: 'uploading', sent: 0 }),
        upload('frames.tar', 310, cli),
        upload('minutes of the general meeting of the association, corrected draft 14.docx', 1.2, {
          ...cli,
          status: 'verifying',
          sent: 1.2 * MB,
        }),
        upload('keynote.mov', 2300, {
          ...cli,
          status: 'waiting',
          waitingUntil: now + 25_000,
          error: { code: 'unreachable', params: { host: 's3.eu-central-1.example.net' } },
        }),
        talk,
        ...history,
      ],
    },
  },
  uploading: {
    title: 'Uploading',
    start: { profiles, uploads: busy, speeds: { [talk.id]: 21 * MB, [assets.id]: 9 * MB } },
  },
  waiting: {
    title: 'Waiting and checking',
    start: {
      profiles,
      speeds: noProgress,
      uploads: [
        upload('site-export.tar', 410, { status: 'waiting', waitingUntil: 'online', error: { code: 'offline' } }),
        upload('keynote.mov', 2300, {
          status: 'waiting',
          waitingUntil: now + 25_000,
          error: { code: 'unreachable', params: { host: 's3.eu-central-1.example.net' } },
        }),
        upload('drone.mp4', 700, {
          status: 'waiting',
          waitingUntil: now + 9 * minute,
          error: { code: 'rate-limited', params: { host: 's3.example.net' } },
        }),
        upload('minutes.docx', 1.2, { status: 'verifying', sent: 1.2 * MB }),
        upload('logo.svg', 0.02, { status: 'paused' }),
        upload('plan.xlsx', 3),
        ...history,
      ],
    },
    then: (hoist) => {
      const first = hoist.uploads.getState().now[0];
      if (first) applyChange(hoist, first, {});
    },
  },
  failed: {
    title: 'Failed, with remedies',
    start: {
      profiles,
      uploads: [
        contract,
        upload('floor plan.dwg', 22, {
          status: 'failed',
          error: {
            code: 'no-bucket',
            diagnosticId: 'h4-91aa-0b3c',
            params: { bucket: 'wrok', host: 's3.example.net' },
          },
        }),
        upload('talk.mp4', 1200, { status: 'failed', error: { code: 'bug', diagnosticId: 'h4-0000-77aa' } }),
        upload('Sommer', 0, { status: 'failed', error: { code: 'source-is-folder' } }),
        upload('menu of the week.pdf', 1.1, { status: 'failed', error: { code: 'name-taken' } }),
        upload('session.log', 3, {
          status: 'failed',
          error: { code: 'rejected', diagnosticId: 'h4-31f0-2c88', params: { status: 400, reason: 'EntityTooSmall' } },
        }),
        upload('given up.iso', 700, { status: 'canceled', endedAt: now - 2 * minute }),
        ...history,
      ],
    },
    then: () => press('[aria-expanded="false"][aria-controls]'),
  },
  refused: {
    title: 'Error messages of a store, a proxy and a network',
    start: {
      profiles,
      uploads: [
        upload('session.log', 3, {
          status: 'failed',
          error: {
            code: 'rejected',
            diagnosticId: 'h4-31f0-2c88',
            params: {
              host: 's3.example.net',
              why: 'serverMessage',
              status: 400,
              reason: 'InvalidRequest',
              serverMessage:
                'The object lock configuration of this bucket asks for a retention date, and this request has none',
            },
          },
        }),
        upload('brochure.pdf', 22, {
          status: 'failed',
          error: {
            code: 'forbidden',
            field: 'acl',
            diagnosticId: 'h4-91aa-0b3c',
            params: { bucket: 'work', host: 's3.example.net', why: 'acl' },
          },
        }),
        upload('talk.mp4', 1200, {
          status: 'failed',
          error: {
            code: 'wrong-service',
            diagnosticId: 'h4-0000-77aa',
            params: { host: 'storage.internal.waterways.example.net:9443', why: 'page' },
          },
        }),
        upload('backup 2026-11.tar', 5100, {
          status: 'failed',
          error: { code: 'unreachable', params: { host: 's3.example.net', bucket: 'work', why: 'vhost' } },
        }),
        upload('frames.tar', 310, { status: 'failed', error: { code: 'unauthorized', params: { why: 'proxy' } } }),
        upload('keynote.mov', 2300, {
          status: 'waiting',
          waitingUntil: now + 25_000,
          error: { code: 'unavailable', params: { bucket: 'work', why: 'new' } },
        }),
        ...history,
      ],
    },
    then: () => press('[aria-expanded="false"][aria-controls]'),
  },
  done: {
    title: 'Done, with the visibility of each link',
    start: {
      profiles,
      uploads: [
        ...history,
        doneUpload('practice.png', 1, 30 * minute, { verification: 'this-computer' }),
        doneUpload('nas copy.iso', 4100, 40 * minute, { verification: 'this-network' }),
        publicFile('draft.pdf', 0.9, 50 * minute, 'unreachable'),
        doneUpload('payroll.xlsx', 0.4, 55 * minute, {
          verification: 'private',
          visibility: 'private',
          link: { url: 'https://storage.example.net/o/payroll.xlsx', visibility: 'private' },
        }),
        doneUpload('old demo.mp4', 90, 9 * day),
        doneUpload('soon gone.txt', 0.001, 6.9 * day),
      ],
    },
    then: (_hoist, main) =>
      main.settle({
        uploadIds: history.slice(0, 2).map(({ id }) => id),
        links: 2,
        failed: 0,
        closedIds: [],
        clipboard: 'unchanged',
      }),
  },
  many: { title: '5,000 rows', start: { profiles, uploads: manyRows(5000) } },
  queue: {
    title: '1,000 files at once',
    start: {
      profiles,
      uploads: Array.from({ length: 1000 }, (_, index) => upload(`frame ${String(index).padStart(4, '0')}.png`, 4)),
    },
  },
  search: {
    title: 'Search',
    start: { profiles, uploads: manyRows(600) },
    then: (hoist) => hoist.screen.setState({ search: 'report' }),
  },
  'search-nothing': {
    title: 'Search without a result',
    start: { profiles, uploads: history },
    then: (hoist) => hoist.screen.setState({ search: 'unicorn' }),
  },
  dragging: {
    title: 'Dragging files',
    start: { profiles, uploads: busy, speeds: { [talk.id]: 21 * MB, [assets.id]: 9 * MB } },
    then: drag(threeFiles),
  },
  'dragging-text': {
    title: 'Dragging a link from a browser',
    start: { profiles, uploads: busy, speeds: noProgress },
    then: drag((transfer) => {
      transfer.setData('text/uri-list', 'https://example.net');
    }),
  },
  notices: {
    title: 'Notices',
    start: {
      profiles,
      uploads: history,
      notices: [
        { kind: 'test-runtime' },
        { kind: 'store-replaced', file: 'hoist-2026-11-22.damaged.db', from: 'backup' },
        { kind: 'secrets-locked', name: 'Archive' },
      ],
    },
    then: (hoist) =>
      hoist.screen.setState({
        refused: [
          { key: 'source-is-folder', error: { code: 'source-is-folder' }, count: 12, name: 'Pictures' },
          { key: 'source-unreadable', error: { code: 'source-unreadable' }, count: 1, name: 'shadow\u202egpj.exe' },
        ],
      }),
  },
  names: {
    title: 'Long names, other scripts, hostile names',
    start: {
      profiles,
      speeds: noProgress,
      uploads: [
        upload(
          'Protokoll der Mitgliederversammlung des Vereins zur Förderung der Binnenschifffahrt – Entwurf 14.docx',
          2,
          { status: 'uploading', sent: MB },
        ),
        doneUpload('תוכנית עבודה שנתית לשנת 2026 של מחלקת המחקר והפיתוח גרסה סופית.pdf', 3, hour),
        doneUpload('تقرير المبيعات السنوي النهائي للشركة العامة.xlsx', 5, hour + 1),
        doneUpload('invoice\u202egpj.exe', 1, hour + 2),
        doneUpload('株式会社の年次報告書(最終版)二〇二六年十一月二十二日提出用資料一式.pdf', 8, hour + 3),
        doneUpload('👩‍👩‍👧‍👦 family 🏖️.heic', 3, hour + 4),
        doneUpload('a'.repeat(180), 1, hour + 5),
        doneUpload('tab\tand\nline.txt', 1, hour + 6),
        upload('Ελληνικά', 0, { status: 'queued' }),
      ],
    },
  },
};
