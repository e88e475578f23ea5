/** The scenes: every state of the window, by name. */
import type { ProfileView } from '../../src-shared/profile.ts';
import type { UploadView, Verification } from '../../src-shared/upload.ts';
import type { Hoist } from '../hoist.ts';
import { withChanges } from '../stores/mirror.ts';
import { attentionScenes } from './attention.ts';
import { reliabilityScenes } from './reliability.ts';
import { setupScenes } from './setup.ts';
import type { FakeMain, FakeMainState } from './fake-main.ts';

export interface Scene {
  title: string;
  start: FakeMainState;
  /** Runs after the window shows its first state. */
  then?: (hoist: Hoist, main: FakeMain) => void;
}

const now = Date.now();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const MB = 1_000_000;

const work: ProfileView = {
  id: 'work',
  providerId: 's3',
  name: 'Work bucket',
  settings: {
    bucket: 'work',
    region: 'eu-central-1',
    endpoint: '',
    linkKind: 'expiring',
    linkDays: '7',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  },
  secrets: ['secretAccessKey'],
  secretStorage: 'saved',
  visibility: 'expiring',
  status: { state: 'ready' },
  linkDays: 7,
};
const site: ProfileView = {
  id: 'site',
  providerId: 's3',
  name: 'Public site',
  settings: {
    bucket: 'site',
    endpoint: 'https://s3.example.net',
    linkKind: 'public',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  },
  secrets: ['secretAccessKey'],
  secretStorage: 'saved',
  visibility: 'public',
  status: { state: 'ready' },
};
const archive: ProfileView = {
  ...site,
  id: 'archive',
  name: 'Archive',
  secretStorage: 'missing',
  secrets: [],
  visibility: 'expiring',
  status: { state: 'needs-sign-in', error: { code: 'secret-missing' } },
  linkDays: 3,
};
const profiles = [work, site, archive];

let lastId = 0;
function upload(name: string, megabytes: number, rest: Partial<UploadView> = {}): UploadView {
  lastId += 1;
  return {
    id: `u${lastId}`,
    batchId: 'batch',
    position: lastId,
    name,
    size: Math.round(megabytes * MB),
    contentType: 'application/octet-stream',
    status: 'queued',
    profileId: 'work',
    destination: 'Work bucket',
    visibility: 'expiring',
    createdAt: now - minute,
    ...rest,
  };
}
function done(
  name: string,
  megabytes: number,
  ago: number,
  verification: Verification = 'verified',
  rest: Partial<UploadView> = {},
): UploadView {
  const expires = now - ago + 7 * day;
  return upload(name, megabytes, {
    batchId: `b${lastId}`,
    status: 'done',
    verification,
    createdAt: now - ago - minute,
    endedAt: now - ago,
    link: {
      url: `https://files.example.net/2026/11/22/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}?X-Amz-Signature=0f1e`,
      visibility: 'expiring',
      expiresAt: expires,
    },
    ...rest,
  });
}
const open = (name: string, megabytes: number, ago: number, verification: Verification = 'verified'): UploadView =>
  done(name, megabytes, ago, verification, {
    profileId: 'site',
    destination: 'Public site',
    visibility: 'public',
    link: { url: `https://files.example.net/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}`, visibility: 'public' },
  });

const history: UploadView[] = [
  open('harbour at dusk.jpg', 4.2, 20 * minute),
  done('measurements.csv', 2.1, 2 * hour),
  open('release-notes.html', 0.04, 3 * hour),
  done('interview with the engineer (part 2).m4a', 48, day + hour),
  done('backup-2026-11-20.tar.gz', 812, day + 5 * hour),
  open('poster A2 print.pdf', 18.4, 3 * day),
];
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

function manyRows(count: number): UploadView[] {
  const names = ['photo', 'report', 'invoice', 'recording', 'dataset', 'sketch'];
  const types = ['jpg', 'pdf', 'pdf', 'wav', 'csv', 'svg'];
  return Array.from({ length: count }, (_, index) =>
    done(
      `${names[index % 6] ?? ''} ${count - index}.${types[index % 6] ?? ''}`,
      0.3 + (index % 40),
      5 * minute + index * 11 * minute,
    ),
  );
}

/** An upload to Practice, with its profile ID and name. */
function practiceUpload(
  id: string,
  name: string,
  megabytes: number,
  ago: number,
  rest: Partial<UploadView> = {},
): UploadView {
  const url = `http://127.0.0.1:41732/practice/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}`;
  return done(name, megabytes, ago, 'this-computer', {
    id,
    profileId: 'practice',
    destination: 'Practice',
    link: { url, visibility: 'expiring', expiresAt: now - ago + 7 * day },
    ...rest,
  });
}
const running = {
  status: 'uploading',
  startedAt: now - 4000,
  link: undefined,
  verification: undefined,
  endedAt: undefined,
  createdAt: now - 4000,
} as const;
const practiceRunning = practiceUpload('p4', 'recording of the rehearsal.mov', 420, 0, { ...running, sent: 120 * MB });
const practiceUploads: UploadView[] = [
  practiceRunning,
  practiceUpload('p5', 'scan 0412.tiff', 60, 0, { ...running, status: 'queued' }),
  practiceUpload('p6', 'archive 2019–2026.zip', 9000, 0, {
    ...running,
    status: 'failed',
    error: { code: 'quota-exceeded', diagnosticId: 'h4-22b1-90ce' },
  }),
  practiceUpload('p1', 'harbour at dusk.jpg', 4.2, minute),
  practiceUpload('p2', 'measurements of the third series, corrected and approved.csv', 2.1, hour),
  practiceUpload('p3', 'poster A2 print.pdf', 18.4, day),
];
const cli = { elsewhere: true, batchId: 'cli', startedAt: now - 9000, createdAt: now - 9000 } as const;
const cliFile = upload('db-2026-11-22.dump', 820, { ...cli, status: 'uploading', sent: 210 * MB });
const cliStream = upload('backup.sql', 73, { ...cli, status: 'uploading', sent: 73 * MB });

const openSettings = (hoist: Hoist): void => hoist.screen.setState({ settings: true });
const setup = (hoist: Hoist): void => hoist.screen.setState({ setup: { kind: 'add' } });
const press = (selector: string): void => document.querySelector<HTMLElement>(selector)?.click();

function drag(fill: (transfer: DataTransfer) => void): () => void {
  return () => {
    const dataTransfer = new DataTransfer();
    fill(dataTransfer);
    window.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }));
  };
}
const threeFiles = (transfer: DataTransfer): void =>
  ['a.png', 'b.png', 'c.png'].forEach((name) => transfer.items.add(new File(['x'], name)));

/** Changes a record as if main had sent the change. */
const applyChange = (hoist: Hoist, id: string, rest: Partial<UploadView>): void => {
  const mirror = hoist.uploads.getState();
  const record = mirror.byId.get(id);
  if (!record) return;
  const next = withChanges(mirror, {
    revision: mirror.revision + 1,
    changed: [{ ...record, ...rest }],
    removed: [],
    totals: mirror.totals,
  });
  if (next !== 'gap') hoist.uploads.setState(next);
};

export const scenes: Record<string, Scene> = {
  empty: { title: 'Nothing uploaded yet', start: { profiles: [work] } },
  'first-start': { title: 'First start: Practice', start: {} },
  discovered: {
    title: 'First start, credentials discovered',
    start: {
      notices: [{ kind: 'session-secrets' }],
      discovered: [
        {
          id: 'env',
          providerId: 's3',
          name: 'team-drops',
          from: 'AWS_S3_BUCKET',
          settings: { bucket: 'team-drops', endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' },
          needs: [],
        },
      ],
    },
  },
  'no-practice': { title: 'First start without Practice', start: { practice: 'absent' } },
  practice: {
    title: 'Practice rows, with the message after copying a link',
    start: { uploads: practiceUploads, speeds: { [practiceRunning.id]: 30 * MB } },
    then: (_hoist, main) => main.settle({ uploadIds: ['p1'], links: 1, failed: 0, closedIds: [], clipboard: 'copied' }),
  },
  'practice-dragging': {
    title: 'Dragging files to Practice',
    start: { uploads: practiceUploads, speeds: { none: 0 } },
    then: drag(threeFiles),
  },
  'practice-settings': {
    title: 'Settings while Practice is in use',
    start: { uploads: practiceUploads, speeds: { none: 0 } },
    then: openSettings,
  },
  'practice-empty': {
    title: 'Confirmation before emptying Practice',
    start: { uploads: practiceUploads, speeds: { none: 0 } },
    then: (hoist) => {
      openSettings(hoist);
      setTimeout(() => press('[aria-labelledby="settings-practice"] button'), 400);
    },
  },
  'practice-with-files': {
    title: 'Settings: a destination is set up, Practice holds files',
    start: { profiles: [work], uploads: [...practiceUploads.filter(({ status }) => status === 'done'), ...history] },
    then: openSettings,
  },
  'practice-names': {
    title: 'First start: discovered credentials with a long name',
    start: {
      discovered: [
        {
          id: 'env',
          providerId: 's3',
          name: 'x',
          from: 'AWS_S3_BUCKET',
          settings: {
            bucket: 'department-of-navigable-waterways-public-relations-drops-2026',
            endpoint: 'https://storage.internal.waterways.example.net:9443',
            region: 'us-east-1',
          },
          needs: [],
        },
        {
          id: 'work',
          providerId: 's3',
          name: 'y',
          from: '~/.aws/config, profile “work-with-a-rather-long-name”',
          settings: { bucket: 'team', region: 'eu-central-1' },
          needs: [],
        },
      ],
    },
  },
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
      speeds: { none: 0 },
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
    then: () => {
      setTimeout(() => press('[aria-expanded="false"][aria-controls]'), 100);
    },
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
    then: () => {
      setTimeout(() => press('[aria-expanded="false"][aria-controls]'), 100);
    },
  },
  done: {
    title: 'Done, with the visibility of each link',
    start: {
      profiles,
      uploads: [
        ...history,
        done('practice.png', 1, 30 * minute, 'this-computer'),
        done('nas copy.iso', 4100, 40 * minute, 'this-network'),
        open('draft.pdf', 0.9, 50 * minute, 'unreachable'),
        done('payroll.xlsx', 0.4, 55 * minute, 'private', {
          visibility: 'private',
          link: { url: 'https://storage.example.net/o/payroll.xlsx', visibility: 'private' },
        }),
        done('old demo.mp4', 90, 9 * day),
        done('soon gone.txt', 0.001, 6.9 * day),
      ],
    },
    then: (_hoist, main) =>
      main.settle({ uploadIds: ['u1', 'u2'], links: 2, failed: 0, closedIds: [], clipboard: 'unchanged' }),
  },
  'setup-form': { title: 'Add a destination', start: { uploads: history }, then: setup },
  'setup-pending': {
    title: 'Files dropped before a destination is set up',
    start: { practice: 'absent', notices: [{ kind: 'session-secrets' }] },
    then: (hoist) =>
      hoist.screen.setState({
        setup: { kind: 'add' },
        pending: ['a', 'b', 'c'].map((name) => ({ name, size: 1, token: name.padEnd(22, '-').slice(0, 22) })),
      }),
  },
  'setup-test': {
    title: 'Test of a destination',
    start: {
      profiles,
      uploads: history,
      report: {
        ok: false,
        results: [
          { step: 'settings', outcome: 'ok' },
          { step: 'sign-in', outcome: 'ok' },
          { step: 'write', outcome: 'ok' },
          { step: 'link', outcome: 'failed', note: 'private' },
          { step: 'clean-up', outcome: 'warning', note: 'left-behind' },
        ],
      },
    },
    then: (hoist) => {
      hoist.screen.setState({ setup: { kind: 'edit', profileId: 'work' } });
      setTimeout(() => press('[aria-labelledby="check-title"] button'), 500);
    },
  },
  'setup-refused': {
    title: 'A destination test that the store rejects',
    start: {
      profiles,
      uploads: history,
      report: {
        ok: false,
        results: [
          { step: 'settings', outcome: 'ok' },
          { step: 'sign-in', outcome: 'ok' },
          {
            step: 'write',
            outcome: 'failed',
            error: { code: 'forbidden', field: 'acl', params: { bucket: 'work', why: 'acl' } },
          },
          { step: 'link', outcome: 'skipped' },
          { step: 'clean-up', outcome: 'skipped' },
        ],
      },
    },
    then: (hoist) => {
      hoist.screen.setState({ setup: { kind: 'edit', profileId: 'work' } });
      setTimeout(() => press('[aria-labelledby="check-title"] button'), 500);
    },
  },
  settings: { title: 'Settings', start: { profiles, uploads: history }, then: openSettings },
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
    start: { profiles, uploads: busy, speeds: { none: 0 } },
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
  ...attentionScenes,
  ...reliabilityScenes,
  ...setupScenes,
  names: {
    title: 'Long names, other scripts, hostile names',
    start: {
      profiles,
      speeds: { none: 0 },
      uploads: [
        upload(
          'Protokoll der Mitgliederversammlung des Vereins zur Förderung der Binnenschifffahrt – Entwurf 14.docx',
          2,
          { status: 'uploading', sent: MB },
        ),
        done('תוכנית עבודה שנתית לשנת 2026 של מחלקת המחקר והפיתוח גרסה סופית.pdf', 3, hour),
        done('تقرير المبيعات السنوي النهائي للشركة العامة.xlsx', 5, hour + 1),
        done('invoice\u202egpj.exe', 1, hour + 2),
        done('株式会社の年次報告書(最終版)二〇二六年十一月二十二日提出用資料一式.pdf', 8, hour + 3),
        done('👩‍👩‍👧‍👦 family 🏖️.heic', 3, hour + 4),
        done('a'.repeat(180), 1, hour + 5),
        done('tab\tand\nline.txt', 1, hour + 6),
        upload('Ελληνικά', 0, { status: 'queued' }),
      ],
    },
  },
};
