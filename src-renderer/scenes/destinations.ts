/** Scenes of saved destinations: their forms and tests, the settings, names before an upload, and device codes. */
import { beginSignIn, discovered, needsCode, needsKey, others, signedOut, sso, states } from './destinations-data.ts';
import {
  acceptedFile,
  edit,
  history,
  later,
  openSettings,
  press,
  site,
  whenPresent,
  work,
  type Scene,
} from './scene-helpers.ts';

const profiles = [work, site, needsKey];

export const destinationScenes: Record<string, Scene> = {
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
      edit('work')(hoist);
      press('[aria-labelledby="check-title"] button');
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
      edit('work')(hoist);
      press('[aria-labelledby="check-title"] button');
    },
  },
  settings: { title: 'Settings', start: { profiles, uploads: history }, then: openSettings },
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
      whenPresent(
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
          ].map(acceptedFile),
          { name: 'Pictures', size: 1, token: 'p', files: 12 },
        ],
      }),
  },
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
    then: () => press('header button[aria-haspopup]'),
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
      whenPresent(
        () => document.querySelector<HTMLElement>('[aria-label="More for Dropbox"]'),
        (more) => {
          more.click();
          whenPresent(
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
