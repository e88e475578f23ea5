/** Scenes in which the user has to act: uploads with the same error, and the forms and notices that fix them. */
import type { AppError } from '../../src-shared/errors.ts';
import type { UploadView } from '../../src-shared/upload.ts';
import { groupByError } from '../features/uploads/error-groups.ts';
import type { Hoist } from '../hoist.ts';
import {
  edit,
  history,
  MB,
  minute,
  noProgress,
  now,
  press,
  s3Profile,
  upload,
  whenPresent,
  work,
  type Scene,
} from './scene-helpers.ts';

const waterways = s3Profile('site', 'Public site of the department of navigable waterways');
const minio = s3Profile('minio', 'NAS', {
  settings: {
    ...work.settings,
    bucket: 'photos',
    region: 'us-east-1',
    endpoint: 'https://minio.example.com',
    pathStyle: 'true',
  },
});

const noBucket: AppError = { code: 'no-bucket', params: { bucket: 'wrok', host: 's3.example.net' }, field: 'bucket' };
const refused: AppError = {
  code: 'unauthorized',
  diagnosticId: 'h4-7c21-f09e',
  params: { why: 'secret', status: 403, reason: 'SignatureDoesNotMatch' },
};
const noResponse: AppError = { code: 'unreachable', params: { host: 's3.eu-central-1.example.net' } };

/** The fields of an upload that failed. */
const failed = (error: AppError) => ({ status: 'failed', error, endedAt: now - minute }) as const;
/** The fields of an upload that waits for a valid key. */
const blocked = { status: 'waiting', waitingUntil: 'profile-fixed', error: refused } as const;
const toWaterways = { profileId: waterways.id, destination: waterways.name } as const;
const photos = Array.from({ length: 12 }, (_, index) => `DSC_${1000 + index}.jpg`);
const sameError: UploadView[] = [
  ...photos.map((name) => upload(name, 4.2, failed(noResponse))),
  upload('contract Zoë & Søn.pdf', 1.4, failed({ code: 'source-missing' })),
  upload('floor plan of the new harbour building, third revision.dwg', 22, { ...failed(noBucket), ...toWaterways }),
  upload('poster A2 print.pdf', 18, { ...failed(noBucket), ...toWaterways }),
  upload('talk.mp4', 1200, { status: 'uploading', sent: 300 * MB, startedAt: now - 9000 }),
  ...['minutes.odt', 'budget.xlsx', 'plan.pdf', 'letter.docx', 'logo.svg'].map((name) => upload(name, 0.4, blocked)),
];
const start = { profiles: [work, waterways, minio], speeds: noProgress, uploads: [...sameError, ...history] };

/** Opens all rows of uploads with the same error. */
function expandAll(hoist: Hoist): void {
  const { now: ids, byId } = hoist.uploads.getState();
  hoist.screen.setState({ expandedRows: new Set(groupByError(ids, byId).keys()) });
}

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
      press('form h2 [aria-expanded="false"]');
      whenPresent(
        () => document.querySelector<HTMLElement>('form:has(h2 [aria-expanded="true"]) [data-field="pathStyle"]'),
        (field) => field.scrollIntoView({ block: 'center' }),
      );
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
      press('[aria-labelledby="check-title"] button');
    },
  },
};
