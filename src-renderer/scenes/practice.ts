/** Scenes of the first start without a destination, and of Practice. */
import type { UploadView } from '../../src-shared/upload.ts';
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
  openSettings,
  press,
  work,
  type Scene,
} from './scene-helpers.ts';

/** An upload to Practice, with its profile ID and name. */
function practiceUpload(
  id: string,
  name: string,
  megabytes: number,
  ago: number,
  changes: Partial<UploadView> = {},
): UploadView {
  const url = `http://127.0.0.1:41732/practice/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}`;
  return doneUpload(name, megabytes, ago, {
    id,
    verification: 'this-computer',
    profileId: 'practice',
    destination: 'Practice',
    link: { url, visibility: 'expiring', expiresAt: now - ago + 7 * day },
    ...changes,
  });
}

/** The fields that differ while an upload runs. */
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

export const practiceScenes: Record<string, Scene> = {
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
    start: { uploads: practiceUploads, speeds: noProgress },
    then: drag(threeFiles),
  },
  'practice-settings': {
    title: 'Settings while Practice is in use',
    start: { uploads: practiceUploads, speeds: noProgress },
    then: openSettings,
  },
  'practice-empty': {
    title: 'Confirmation before emptying Practice',
    start: { uploads: practiceUploads, speeds: noProgress },
    then: (hoist) => {
      openSettings(hoist);
      press('[aria-labelledby="settings-practice"] button');
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
};
