/** Scenes in which the user has to act: uploads with the same error, and the forms and notices that fix them. */
import type { AppError } from '../../src-shared/errors.ts';
import type { ProfileView } from '../../src-shared/profile.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import { groupByError } from '../features/uploads/error-groups.ts';
import type { Hoist } from '../hoist.ts';
import type { Scene } from './scenes.ts';

const now = Date.now();
const minute = 60_000;
const MB = 1_000_000;

const work: ProfileView = {
  id: 'work',
  providerId: 's3',
  name: 'Work bucket',
  settings: {
    bucket: 'work',
    region: 'eu-central-1',
    linkKind: 'expiring',
    linkDays: '7',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  },
  secrets: ['secretAccessKey'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready' },
};
const site: ProfileView = {
  ...work,
  id: 'site',
  name: 'Public site of the department of navigable waterways',
  settings: { ...work.settings, bucket: 'site' },
};
const minio: ProfileView = {
  ...work,
  id: 'minio',
  name: 'NAS',
  settings: {
    ...work.settings,
    bucket: 'photos',
    region: 'us-east-1',
    endpoint: 'https://minio.example.com',
    pathStyle: 'true',
  },
};

let lastId = 0;
function upload(name: string, megabytes: number, rest: Partial<UploadView> = {}): UploadView {
  lastId += 1;
  return {
    id: `a${lastId}`,
    batchId: 'attention',
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

const noBucket: AppError = { code: 'no-bucket', params: { bucket: 'wrok', host: 's3.example.net' }, field: 'bucket' };
const refused: AppError = {
  code: 'unauthorized',
  diagnosticId: 'h4-7c21-f09e',
  params: { why: 'secret', status: 403, reason: 'SignatureDoesNotMatch' },
};
const noResponse: AppError = { code: 'unreachable', params: { host: 's3.eu-central-1.example.net' } };

const failed = (error: AppError) => ({ status: 'failed', error, endedAt: now - minute }) as const;
const blocked = { status: 'waiting', waitingUntil: 'profile-fixed', error: refused } as const;
const toSite = { profileId: 'site', destination: site.name } as const;
const photos = Array.from({ length: 12 }, (_, index) => `DSC_${1000 + index}.jpg`);
const sameError: UploadView[] = [
  ...photos.map((name) => upload(name, 4.2, failed(noResponse))),
  upload('contract Zoë & Søn.pdf', 1.4, failed({ code: 'source-missing' })),
  upload('floor plan of the new harbour building, third revision.dwg', 22, { ...failed(noBucket), ...toSite }),
  upload('poster A2 print.pdf', 18, { ...failed(noBucket), ...toSite }),
  upload('talk.mp4', 1200, { status: 'uploading', sent: 300 * MB, startedAt: now - 9000 }),
  ...['minutes.odt', 'budget.xlsx', 'plan.pdf', 'letter.docx', 'logo.svg'].map((name) => upload(name, 0.4, blocked)),
];
const history = ['harbour at dusk.jpg', 'measurements.csv'].map((name) =>
  upload(name, 2.4, {
    status: 'done',
    verification: 'verified',
    endedAt: now - 20 * minute,
    link: {
      url: `https://files.example.net/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}`,
      visibility: 'expiring',
      expiresAt: now + 7 * 1440 * minute,
    },
  }),
);

const profiles = [work, site, minio];
const speeds = { none: 0 };
const start = { profiles, speeds, uploads: [...sameError, ...history] };
const edit =
  (profileId: string) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ setup: { kind: 'edit', profileId } });

function expandAll(hoist: Hoist): void {
  const { now: ids, byId } = hoist.uploads.getState();
  hoist.screen.setState({ expandedRows: new Set(groupByError(ids, byId).keys()) });
}
const pressLater = (selector: string): void => {
  setTimeout(() => document.querySelector<HTMLElement>(selector)?.click(), 500);
};

export const attentionScenes: Record<string, Scene> = {
  'same-error': { title: 'Uploads with the same error, as one row', start },
  'same-error-open': { title: 'Uploads with the same error, open', start, then: expandAll },
  'same-error-huge': {
    title: '20,000 uploads that wait for a key, open',
    start: {
      ...start,
      uploads: Array.from({ length: 20_000 }, (_, index) => upload(`frame ${index}.png`, 4, blocked)),
    },
    then: expandAll,
  },
  'fix-key': {
    title: 'Fix key, with the reason',
    start,
    then: (hoist) =>
      hoist.screen.setState({
        setup: { kind: 'edit', profileId: 'work', then: 'retry', reason: { error: refused, needsKey: true } },
      }),
  },
  'edit-path-style': {
    title: 'Edit: path-style addresses',
    start,
    then: (hoist) => {
      edit('minio')(hoist);
      pressLater('form h2 [aria-expanded="false"]');
      setTimeout(() => document.querySelector('[data-field="pathStyle"]')?.scrollIntoView({ block: 'center' }), 800);
    },
  },
  'setup-no-connection': {
    title: 'A destination test without a connection',
    start: {
      ...start,
      report: {
        ok: false,
        results: [
          { step: 'settings', outcome: 'ok' },
          {
            step: 'sign-in',
            outcome: 'failed',
            error: { code: 'unreachable', field: 'endpoint', params: { host: 'minio.example.com', why: 'noHost' } },
          },
          { step: 'write', outcome: 'skipped' },
          { step: 'link', outcome: 'skipped' },
          { step: 'clean-up', outcome: 'skipped' },
        ],
      },
    },
    then: (hoist) => {
      edit('minio')(hoist);
      pressLater('[aria-labelledby="check-title"] button');
    },
  },
};
