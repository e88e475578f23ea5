/** The type of a scene, and the records and actions that several files of scenes use. */
import type { ProfileView } from '../../src-shared/profile.ts';
import type { UploadView, Verification } from '../../src-shared/upload.ts';
import type { Hoist } from '../hoist.ts';
import type { AcceptedItem } from '../stores/intake-results.ts';
import type { FakeMain, FakeMainState } from './fake-main.ts';

export interface Scene {
  title: string;
  /** The data of the fake main when the window opens. */
  start: FakeMainState;
  /** Runs after the window shows its first state. */
  then?: (hoist: Hoist, main: FakeMain) => void;
}

export const now = Date.now();
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const MB = 1_000_000;

/** Speeds for a scene in which no upload makes progress: uploads without a speed stand still. */
export const noProgress = { none: 0 };

/** A destination on S3 with links that expire. */
export const s3Profile = (id: string, name: string, changes: Partial<ProfileView> = {}): ProfileView => ({
  id,
  providerId: 's3',
  name,
  settings: {
    bucket: id,
    region: 'eu-central-1',
    endpoint: '',
    linkKind: 'expiring',
    linkDays: '7',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  },
  secrets: ['secretAccessKey'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'expiring',
  linkDays: 7,
  status: { state: 'ready', checkedAt: now - 2 * minute },
  ...changes,
});
export const work = s3Profile('work', 'Work bucket');
export const site = s3Profile('site', 'Public site', {
  settings: { bucket: 'site', endpoint: 'https://s3.example.net', linkKind: 'public' },
  visibility: 'public',
  linkDays: undefined,
});

let uploadCount = 0;
/** An upload to {@link work}, queued a minute ago. */
export function upload(name: string, megabytes: number, changes: Partial<UploadView> = {}): UploadView {
  uploadCount += 1;
  return {
    id: `upload-${uploadCount}`,
    batchId: 'batch',
    position: uploadCount,
    name,
    size: Math.round(megabytes * MB),
    contentType: 'application/octet-stream',
    status: 'queued',
    profileId: work.id,
    destination: work.name,
    visibility: 'expiring',
    createdAt: now - minute,
    ...changes,
  };
}

/** An upload that ended `ago` ms ago, in its own batch. Its link works and expires a week after the end. */
export const doneUpload = (
  name: string,
  megabytes: number,
  ago: number,
  changes: Partial<UploadView> = {},
): UploadView =>
  upload(name, megabytes, {
    batchId: `batch-${uploadCount}`,
    status: 'done',
    verification: 'verified',
    createdAt: now - ago - minute,
    endedAt: now - ago,
    link: {
      url: `https://files.example.net/2026/11/22/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}?X-Amz-Signature=0f1e`,
      visibility: 'expiring',
      expiresAt: now - ago + 7 * day,
    },
    ...changes,
  });

/** A finished upload with a public link. */
export const publicFile = (
  name: string,
  megabytes: number,
  ago: number,
  verification: Verification = 'verified',
): UploadView =>
  doneUpload(name, megabytes, ago, {
    verification,
    profileId: site.id,
    destination: site.name,
    visibility: 'public',
    link: { url: `https://files.example.net/8Kq4fVt0pX1mZr7c/${encodeURIComponent(name)}`, visibility: 'public' },
  });

/** Finished uploads of the last days. */
export const history: UploadView[] = [
  publicFile('harbour at dusk.jpg', 4.2, 20 * minute),
  doneUpload('measurements.csv', 2.1, 2 * hour),
  publicFile('release-notes.html', 0.04, 3 * hour),
  doneUpload('interview with the engineer (part 2).m4a', 48, day + hour),
  doneUpload('backup-2026-11-20.tar.gz', 812, day + 5 * hour),
  publicFile('poster A2 print.pdf', 18.4, 3 * day),
];

/** A file that main has accepted and that was not sent yet. */
export const acceptedFile = (name: string): AcceptedItem => ({
  name,
  size: 1,
  token: name.padEnd(22, '-').slice(0, 22),
});

export const openSettings = (hoist: Hoist): void => hoist.screen.setState({ settings: true });
export const openWizard = (hoist: Hoist): void => hoist.screen.setState({ setup: { kind: 'add' } });
/** Opens the form of this destination. */
export const edit =
  (profileId: string) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ setup: { kind: 'edit', profileId } });

const pollMs = 50;
/** Runs the action a moment later, when the window has rendered the last change. */
export const later = (action: () => void): void => {
  setTimeout(action, pollMs);
};
/** Waits until the element exists, then runs the action. */
export function whenPresent(find: () => HTMLElement | null | undefined, action: (element: HTMLElement) => void): void {
  const element = find();
  if (element) later(() => action(element));
  else setTimeout(() => whenPresent(find, action), pollMs);
}
/** Presses the button as soon as it exists. */
export const press = (selector: string): void =>
  whenPresent(
    () => document.querySelector<HTMLElement>(selector),
    (element) => element.click(),
  );
