/** Scenes of the first start with discovered credentials, and of the setup wizard at each step. */
import type { ErrorCode } from '../../src-shared/errors.ts';
import type { CheckReport, CheckResult, DiscoveredCredentialsView } from '../../src-shared/profile.ts';
import type { Hoist } from '../hoist.ts';
import { beginSignIn, discovered } from './destinations-data.ts';
import { acceptedFile, history, later, openWizard, press, whenPresent, type Scene } from './scene-helpers.ts';

const steps: CheckResult['step'][] = ['settings', 'sign-in', 'write', 'link', 'clean-up'];

/** A test in which this step fails with an error of this field. */
function failing(
  step: CheckResult['step'],
  code: ErrorCode,
  field: string,
  params: Record<string, string> = {},
): CheckReport {
  const failedIndex = steps.indexOf(step);
  return {
    ok: false,
    results: steps.map((name, index): CheckResult => {
      if (index < failedIndex) return { step: name, outcome: 'ok' };
      if (index > failedIndex) return { step: name, outcome: 'skipped' };
      return { step: name, outcome: 'failed', error: { code, field, params } };
    }),
  };
}

/** A test that passes, but whose link opens only on this computer. */
const limited: CheckReport = {
  ok: true,
  results: steps.map((step): CheckResult =>
    step === 'link' ? { step, outcome: 'warning', note: 'this-computer' } : { step, outcome: 'ok' },
  ),
};

/** Opens the wizard with these discovered credentials. */
const wizardWithDiscovered =
  (discoveredId: string) =>
  (hoist: Hoist): void =>
    hoist.screen.setState({ setup: { kind: 'add', discoveredId } });
/** Opens the wizard, chooses the service with this name, and then runs the next action, if there is one. */
const wizardAt =
  (name: string, nextAction?: () => void) =>
  (hoist: Hoist): void => {
    openWizard(hoist);
    whenPresent(
      () =>
        [...document.querySelectorAll<HTMLElement>('[role="option"]')].find(({ textContent }) => textContent === name),
      (item) => {
        item.click();
        if (nextAction) later(nextAction);
      },
    );
  };
/** Enters a value as typing does, because React ignores a value that is only assigned. */
function typeInto(input: HTMLInputElement | null, value: string): void {
  if (!input) return;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, value);
  input.dispatchEvent(new Event('input', { bubbles: true }));
}
/** Enters the value in the field with this key. */
const typeIntoField = (key: string, value: string): void =>
  typeInto(document.querySelector(`[data-field="${key}"] input`), value);
const searchFor = (words: string): void => typeInto(document.querySelector('[type="search"]'), words);

export const wizardScenes: Record<string, Scene> = {
  'setup-form': { title: 'Add a destination', start: { uploads: history }, then: openWizard },
  'setup-pending': {
    title: 'Files dropped before a destination is set up',
    start: { practice: 'absent', notices: [{ kind: 'session-secrets' }] },
    then: (hoist) =>
      hoist.screen.setState({
        setup: { kind: 'add' },
        pending: ['a', 'b', 'c'].map(acceptedFile),
      }),
  },
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
        pending: ['a', 'b', 'c'].map(acceptedFile),
      }),
  },
  'first-run-trying': {
    title: 'First start: using Practice without an account',
    start: {},
    then: (hoist) => hoist.screen.setState({ isPractising: true }),
  },
  wizard: { title: 'Wizard: choose a service', start: { discovered: discovered.slice(0, 2) }, then: openWizard },
  'wizard-saved-setup': {
    title: 'Wizard: saved setup',
    then: openWizard,
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
    then: openWizard,
  },
  'wizard-problems': {
    title: 'Wizard: an invalid setting',
    then: openWizard,
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
        pending: ['a', 'b', 'c'].map(acceptedFile),
        setup: { kind: 'add', discoveredId: 'env' },
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
        whenPresent(
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
      typeIntoField('key', 'half');
      press('[type="submit"]');
    }),
  },
  'wizard-search': {
    title: 'Wizard: search without a result',
    start: {},
    then: (hoist) => {
      openWizard(hoist);
      whenPresent(
        () => document.querySelector<HTMLElement>('[role="option"]'),
        () => searchFor('google drive'),
      );
    },
  },
  'wizard-minio': { title: 'Wizard: MinIO is archived', start: {}, then: wizardAt('MinIO') },
};
