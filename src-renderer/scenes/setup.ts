/** Scenes of the setup: the first start, the wizard at every step, and destinations in all states. */
import type { ErrorCode } from '../../src-shared/errors.ts';
import type { CheckReport, CheckResult, DiscoveredCredentialsView, ProfileView } from '../../src-shared/profile.ts';
import type { Hoist } from '../hoist.ts';
import type { Scene } from './scenes.ts';

const profile = (id: string, name: string, rest: Partial<ProfileView> = {}): ProfileView => ({
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
  status: { state: 'ready', checkedAt: Date.now() - 120_000 },
  ...rest,
});
const work = profile('work', 'Work bucket');
const needsKey = profile('archive', 'Archive', {
  secretStorage: 'locked',
  secrets: [],
  status: { state: 'needs-sign-in', error: { code: 'secret-missing', params: { destination: 'Archive' } } },
});
const states: ProfileView[] = [
  work,
  needsKey,
  profile('site', 'Public site of the department of navigable waterways', {
    visibility: 'public',
    linkDays: undefined,
    status: { state: 'needs-setup', error: { code: 'no-bucket', params: { bucket: 'stie' }, field: 'bucket' } },
  }),
  profile('nas', 'NAS', {
    secretStorage: 'reference',
    status: { state: 'unreachable', error: { code: 'unreachable', params: { host: 'nas.local:9000' } } },
  }),
  profile('lab', 'Lab', { secretStorage: 'unprotected', status: { state: 'ready', isChecking: true } }),
];

const discovered: DiscoveredCredentialsView[] = [
  {
    id: 'aws-work',
    providerId: 's3',
    name: 'work',
    from: '~/.aws/credentials',
    settings: { credentials: 'profile', awsProfile: 'work', region: 'eu-central-1' },
    needs: ['bucket'],
  },
  {
    id: 'env',
    providerId: 's3',
    name: 'Environment variables',
    from: 'AWS_S3_BUCKET',
    settings: { bucket: 'team-drops', endpoint: 'http://127.0.0.1:9000', region: 'us-east-1' },
    needs: [],
  },
  {
    id: 'rclone-r2',
    providerId: 's3',
    name: 'r2',
    from: '~/.config/rclone/rclone.conf',
    settings: { endpoint: 'https://0123.r2.cloudflarestorage.com', region: 'auto' },
    needs: ['bucket'],
    copies: true,
  },
];

const dropbox: ProfileView = {
  id: 'dropbox',
  providerId: 'dropbox',
  name: 'Dropbox',
  signsIn: true,
  settings: { folder: 'Shared/Uploads', linkKind: 'direct', appKey: '' },
  secrets: ['account'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'public',
  status: { state: 'ready', checkedAt: Date.now() - 120_000 },
};
const fal: ProfileView = {
  id: 'fal',
  providerId: 'fal',
  name: 'fal.ai',
  settings: { expiry: 'never', access: 'public' },
  secrets: ['key'],
  secretStorage: 'saved',
  keyStore: 'GNOME Keyring',
  visibility: 'public',
  linkSentence: 'fal.links.never',
  status: { state: 'ready', checkedAt: Date.now() - 120_000 },
};
const signedOut: ProfileView = {
  ...dropbox,
  id: 'signed-out',
  name: 'Dropbox of the association',
  status: {
    state: 'needs-sign-in',
    error: { code: 'unauthorized', field: 'account', params: { of: 'dropbox', why: 'revoked' } },
  },
};
const sso = profile('sso', 'Team bucket', {
  settings: {
    bucket: 'team-drops',
    region: 'eu-central-1',
    endpoint: '',
    linkKind: 'expiring',
    linkDays: '7',
    credentials: 'sso',
    ssoStartUrl: 'https://example.awsapps.com/start',
    ssoRegion: 'eu-central-1',
    ssoFlow: 'code',
    ssoAccount: '123456789012',
    ssoRole: 'PowerUserAccess',
  },
  secrets: ['ssoSignIn'],
  signsIn: true,
});
const needsCode = profile('careful', 'Careful bucket', {
  secretStorage: 'reference',
  status: {
    state: 'needs-sign-in',
    checkedAt: Date.now(),
    error: { code: 'secret-missing', field: 'awsProfile', params: { why: 'mfa', profile: 'careful' } },
  },
});
const others = [dropbox, fal, signedOut, sso, needsCode];

const steps: CheckResult['step'][] = ['settings', 'sign-in', 'write', 'link', 'clean-up'];
function failing(
  step: CheckResult['step'],
  code: ErrorCode,
  field: string,
  params: Record<string, string> = {},
): CheckReport {
  const failedIndex = steps.indexOf(step);
  return {
    ok: false,
    results: steps.map((name, index): CheckResult =>
      index < failedIndex
        ? { step: name, outcome: 'ok' }
        : index > failedIndex
          ? { step: name, outcome: 'skipped' }
          : { step: name, outcome: 'failed', error: { code, field, params } },
    ),
  };
}
const limited: CheckReport = {
  ok: true,
  results: steps.map((step): CheckResult =>
    step === 'link' ? { step, outcome: 'warning', note: 'this-computer' } : { step, outcome: 'ok' },
  ),
};

const openSettings = (hoist: Hoist): void => hoist.screen.setState({ settings: true });
const wizard = (hoist: Hoist): void => hoist.screen.setState({ setup: { kind: 'add' } });
const wizardWithDiscovered =
  (discoveredId: string) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ setup: { kind: 'add', discoveredId } });
/** Opens the wizard and chooses the service with this name. */
const wizardAt =
  (name: string, then?: () => void) =>
  (hoist: Hoist): void => {
    wizard(hoist);
    once(
      () =>
        [...document.querySelectorAll<HTMLElement>('[role="option"]')].find(({ textContent }) => textContent === name),
      (item) => {
        item.click();
        if (then) later(then);
      },
    );
  };
const pollMs = 50;
/** Runs an action when the element exists. */
function once(find: () => HTMLElement | null | undefined, then: (element: HTMLElement) => void): void {
  const element = find();
  if (element) later(() => then(element));
  else setTimeout(() => once(find, then), pollMs);
}
const later = (then: () => void): void => {
  setTimeout(then, pollMs);
};
const pressOnce = (selector: string): void =>
  once(
    () => document.querySelector<HTMLElement>(selector),
    (element) => element.click(),
  );
const beginSignIn = (key: string) => (): void => pressOnce(`[data-field="${key}"] button`);
/** Enters a value as typing does, because React ignores a value that is only assigned. */
const type = (key: string, value: string): void =>
  typeInto(document.querySelector(`[data-field="${key}"] input`), value);
function typeInto(input: HTMLInputElement | null, value: string): void {
  if (!input) return;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, value);
  input.dispatchEvent(new Event('input', { bubbles: true }));
}
const searchFor = (words: string): void => typeInto(document.querySelector('[type="search"]'), words);
const edit =
  (profileId: string) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ setup: { kind: 'edit', profileId } });

export const setupScenes: Record<string, Scene> = {
  'first-run': { title: 'First start: several discovered credentials', start: { discovered } },
  'first-run-many': {
    title: 'First start: many discovered credentials',
    start: {
      discovered: [
        ...discovered,
        ...['staging', 'production', 'backup', 'personal'].map((name): DiscoveredCredentialsView => ({
          id: name,
          providerId: 's3',
          name,
          from: '~/.aws/config',
          settings: { awsProfile: name },
          needs: ['bucket'],
        })),
      ],
    },
  },
  'first-run-pending': {
    title: 'First start without Practice, with waiting files',
    start: { practice: 'absent', discovered },
    then: (hoist) =>
      hoist.screen.setState({
        pending: ['a', 'b', 'c'].map((name) => ({ name, size: 1, token: name.padEnd(22, '-').slice(0, 22) })),
      }),
  },
  'first-run-trying': {
    title: 'First start: using Practice without an account',
    start: {},
    then: (hoist) => hoist.screen.setState({ isPractising: true }),
  },
  wizard: { title: 'Wizard: choose a service', start: { discovered: discovered.slice(0, 2) }, then: wizard },
  'wizard-saved-setup': {
    title: 'Wizard: saved setup',
    then: wizard,
    start: {
      savedSetup: {
        providerId: 's3',
        name: '',
        preset: 'r2',
        settings: {
          bucket: 'drops',
          endpoint: 'https://0123456789abcdef.r2.cloudflarestorage.com',
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        },
      },
    },
  },
  'wizard-discovered': {
    title: 'Wizard: discovered credentials need a bucket',
    start: { discovered, buckets: ['drops', 'photos', 'work-files'] },
    then: wizardWithDiscovered('aws-work'),
  },
  'wizard-discovered-one': {
    title: 'Wizard: the account has one bucket',
    start: { discovered, buckets: ['drops'] },
    then: wizardWithDiscovered('aws-work'),
  },
  'wizard-copies': {
    title: 'Wizard: keys of another program',
    start: { discovered, buckets: 'refused' },
    then: wizardWithDiscovered('rclone-r2'),
  },
  'wizard-no-store': {
    title: 'Wizard without a key store',
    start: { keyStore: { state: 'none', name: '' }, notices: [{ kind: 'session-secrets' }] },
    then: wizard,
  },
  'wizard-problems': {
    title: 'Wizard: an invalid setting',
    then: wizard,
    start: {
      problems: [
        { field: 'bucket', error: { code: 'invalid-input', field: 'bucket' } },
        { field: 'endpoint', error: { code: 'invalid-input', field: 'endpoint' } },
      ],
    },
  },
  'wizard-trying': {
    title: 'Wizard: testing the destination',
    start: { discovered, checkLines: 2 },
    then: wizardWithDiscovered('env'),
  },
  'wizard-refused': {
    title: 'Wizard: the key is refused',
    start: { discovered, report: failing('sign-in', 'unauthorized', 'secretAccessKey', { destination: 'work-files' }) },
    then: wizardWithDiscovered('env'),
  },
  'wizard-private': {
    title: 'Wizard: the link does not open',
    then: wizardWithDiscovered('env'),
    start: {
      discovered,
      report: {
        ok: false,
        results: [
          ...failing('link', 'rejected', '').results.slice(0, 3),
          { step: 'link', outcome: 'failed', note: 'private' },
          { step: 'clean-up', outcome: 'ok' },
        ],
      },
    },
  },
  'wizard-limited': {
    title: 'Wizard: the test passed with a warning',
    start: { discovered, report: limited },
    then: wizardWithDiscovered('env'),
  },
  'wizard-pending': {
    title: 'Wizard with waiting files',
    start: { practice: 'absent', discovered },
    then: (hoist) =>
      hoist.screen.setState({
        pending: ['a', 'b', 'c'].map((name) => ({ name, size: 1, token: name.padEnd(22, '-').slice(0, 22) })),
        setup: { kind: 'add', discoveredId: 'env' },
      }),
  },
  'link-expiring': {
    title: 'Edit: link preview',
    then: edit('work'),
    start: {
      profiles: [work],
      link: {
        url: 'https://work.s3.eu-central-1.amazonaws.com/2026/11/28/q3Zl8s1TSz0XkhTw/holiday%20photo.jpg',
        days: 7,
      },
    },
  },
  'link-public': {
    title: 'Edit: a public link and its policy',
    then: (hoist) => {
      edit('site')(hoist);
      once(
        () => document.querySelector<HTMLElement>('section section h2 button'),
        (button) => {
          button.click();
          later(() => button.closest('section')?.scrollIntoView());
        },
      );
    },
    start: {
      profiles: [{ ...states[2]!, settings: { ...states[2]!.settings, linkKind: 'public' } }],
      link: {
        url: 'https://cdn.example.com/2026/11/28/q3Zl8s1TSz0XkhTw/holiday%20photo.jpg',
        policy: JSON.stringify(
          {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'EverybodyReads',
                Effect: 'Allow',
                Principal: '*',
                Action: 's3:GetObject',
                Resource: 'arn:aws:s3:::site/*',
              },
            ],
          },
          null,
          2,
        ),
      },
    },
  },
  'edit-locked': { title: 'Edit: locked', start: { profiles: [work, needsKey] }, then: edit('archive') },
  'edit-reference': {
    title: 'Edit: keys of an AWS profile, read at each use',
    start: { profiles: states },
    then: edit('nas'),
  },
  'destination-states': {
    title: 'Settings: destinations in every state',
    start: { profiles: states, discovered, fallback: { on: true, order: ['work', 'site'] } },
    then: openSettings,
  },
  'missing-key': {
    title: 'The destination in use needs its key',
    start: { profiles: [needsKey, work], current: 'archive' },
  },
  naming: {
    title: 'Dialog for the name of a file',
    start: { profiles: [work], settings: { askName: true } },
    then: (hoist) =>
      hoist.screen.setState({ naming: [{ name: 'IMG_20261124_0312.jpeg', size: 2_400_000, token: 'a' }] }),
  },
  'naming-many': {
    title: 'Dialog for the names of several files',
    start: { profiles: [work], settings: { askName: true } },
    then: (hoist) =>
      hoist.screen.setState({
        naming: [
          ...[
            'IMG_20261124_0312.jpeg',
            'Protokoll der außerordentlichen Mitgliederversammlung des Vereins.docx',
            'archive.tar.gz',
          ].map((name) => ({ name, size: 1, token: name.padEnd(22, '-').slice(0, 22) })),
          { name: 'Pictures', size: 1, token: 'p', files: 12 },
        ],
      }),
  },
  'wizard-dropbox': { title: 'Wizard: Dropbox', start: {}, then: wizardAt('Dropbox') },
  'wizard-dropbox-waiting': {
    title: 'Wizard: Dropbox, the browser is open',
    start: {},
    then: wizardAt('Dropbox', beginSignIn('account')),
  },
  'wizard-dropbox-paste': {
    title: 'Wizard: Dropbox, waiting for a pasted code',
    start: { signIn: { paste: true } },
    then: wizardAt('Dropbox', beginSignIn('account')),
  },
  'wizard-dropbox-in': {
    title: 'Wizard: Dropbox, signed in',
    start: { signIn: { paste: true } },
    then: (hoist, main) =>
      wizardAt('Dropbox', () => {
        beginSignIn('account')();
        once(
          () => document.querySelector<HTMLElement>('[name="sign-in-code"]'),
          () => {
            void main.bridge.profiles.pasteCode({ code: 'x' });
          },
        );
      })(hoist),
  },
  'wizard-dropbox-refused': {
    title: 'Wizard: Dropbox, declined',
    start: { signIn: { refused: { code: 'forbidden', field: 'account', params: { of: 'dropbox', why: 'declined' } } } },
    then: wizardAt('Dropbox', beginSignIn('account')),
  },
  'wizard-dropbox-no-app': {
    title: 'Wizard: Dropbox, custom app key',
    start: { signIn: { refused: { code: 'invalid-input', field: 'appKey', params: { why: 'missing' } } } },
    then: wizardAt('Dropbox', beginSignIn('account')),
  },
  'wizard-fal': { title: 'Wizard: fal.ai', start: {}, then: wizardAt('fal.ai') },
  'wizard-fal-problem': {
    title: 'Wizard: fal.ai, incomplete key',
    start: { problems: [{ field: 'key', error: { code: 'invalid-input', field: 'key', params: { why: 'falKey' } } }] },
    then: wizardAt('fal.ai', () => {
      type('key', 'half');
      pressOnce('[type="submit"]');
    }),
  },
  'wizard-search': {
    title: 'Wizard: search without a result',
    start: {},
    then: (hoist) => {
      wizard(hoist);
      once(
        () => document.querySelector<HTMLElement>('[role="option"]'),
        () => searchFor('google drive'),
      );
    },
  },
  'wizard-minio': { title: 'Wizard: MinIO is archived', start: {}, then: wizardAt('MinIO') },
  'sso-new': {
    title: 'Edit: IAM Identity Center, not signed in',
    start: {
      profiles: [
        { ...sso, secretStorage: 'missing', secrets: [], settings: { ...sso.settings, ssoAccount: '', ssoRole: '' } },
      ],
    },
    then: edit('sso'),
  },
  'sso-code': {
    title: 'Edit: IAM Identity Center, compare the code',
    start: { profiles: [sso], signIn: { code: 'KPRD-QXWL' } },
    then: (hoist) => {
      edit('sso')(hoist);
      later(beginSignIn('ssoSignIn'));
    },
  },
  'edit-dropbox': { title: 'Edit: Dropbox', start: { profiles: others }, then: edit('dropbox') },
  'edit-dropbox-out': { title: 'Edit: Dropbox, signed out', start: { profiles: others }, then: edit('signed-out') },
  'edit-fal': { title: 'Edit: fal.ai', start: { profiles: others }, then: edit('fal') },
  'other-services': {
    title: 'Settings: Dropbox, fal.ai, IAM Identity Center',
    start: { profiles: others },
    then: openSettings,
  },
  'other-services-menu': {
    title: 'The menu: Dropbox, fal.ai, IAM Identity Center',
    start: { profiles: others, current: 'fal' },
    then: () => pressOnce('header button[aria-haspopup]'),
  },
  'needs-code': {
    title: 'The destination in use needs a code',
    start: { profiles: [needsCode, work], current: 'careful' },
  },
  'signed-out': {
    title: 'The destination in use is signed out',
    start: { profiles: [signedOut, work], current: 'signed-out' },
  },
  'remove-signed-in': {
    title: 'Settings: removing a destination that is signed in',
    start: { profiles: others },
    then: (hoist) => {
      openSettings(hoist);
      once(
        () => document.querySelector<HTMLElement>('[aria-label="More for Dropbox"]'),
        (more) => {
          more.click();
          once(
            () => [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].at(-1),
            (item) => item.click(),
          );
        },
      );
    },
  },
  'code-refused': {
    title: 'Code dialog: the code was rejected',
    start: { profiles: [work] },
    then: (_hoist, main) =>
      main.emit.app.codePrompt({
        id: 'code',
        device: 'arn:aws:iam::123456789012:mfa/ada',
        destination: 'Work bucket',
        refused: 'wrong',
      }),
  },
  'code-prompt': {
    title: 'Code dialog',
    start: { profiles: [work] },
    then: (_hoist, main) =>
      main.emit.app.codePrompt({ id: 'code', device: 'arn:aws:iam::123456789012:mfa/ada', destination: 'Work bucket' }),
  },
};
