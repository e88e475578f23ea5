/**
 * Generates docs/troubleshooting.md from the sentences of the app. After you change a sentence, update the page with
 * `npx vitest run src-shared/text/troubleshooting.test.ts -u`.
 */
import { format } from 'oxfmt';
import { expect, test } from 'vitest';
import { actionFor, type ErrorAction } from '../error-action.ts';
import { errorTable, type AppError, type ErrorCode, type RetryPolicy } from '../errors.ts';
import { en } from './en.ts';
import { errorText, text, type TextKey } from './text.ts';

interface Chapter {
  title: string;
  intro: string;
  codes: ErrorCode[];
}

const chapters: Chapter[] = [
  {
    title: 'Files',
    intro: 'Errors about the file itself. They would be the same with every other destination.',
    codes: [
      'source-missing',
      'source-unreadable',
      'source-changed',
      'source-is-folder',
      'source-not-a-file',
      'name-taken',
      'too-large',
    ],
  },
  {
    title: 'Network',
    intro:
      'Errors about the connection between this computer and the storage service. [network.md](network.md) explains proxies and certificates.',
    codes: ['offline', 'unreachable', 'stalled', 'tls-untrusted', 'wrong-service', 'clock-skewed'],
  },
  {
    title: 'Keys and permissions',
    intro:
      'Errors about keys, sign-ins and permissions. Uploads wait until you fix the destination, and then resume ' +
      'automatically. For destinations that you signed in to with your browser, the button says *Sign in…*.',
    codes: ['unauthorized', 'forbidden', 'session-expired', 'secret-missing'],
  },
  {
    title: 'Storage',
    intro:
      'Errors about the bucket, and about what the storage service accepts. [s3-servers.md](s3-servers.md) lists differences between servers.',
    codes: ['no-bucket', 'wrong-region', 'quota-exceeded', 'rate-limited', 'unavailable', 'corrupted', 'rejected'],
  },
  {
    title: 'Hoist and this computer',
    intro: 'Errors of Hoist itself, and about the disk that it saves its records on.',
    codes: ['no-destination', 'provider-broken', 'disk-full', 'bug', 'canceled'],
  },
  {
    title: 'Forms',
    intro: 'Errors next to a field of a form, before Hoist connects to the storage service.',
    codes: ['invalid-input'],
  },
];

/** Invented values for the placeholders of the sentences, such as `{host}`. */
const examples: NonNullable<AppError['params']> = {
  host: 's3.example.com',
  bucket: 'photos',
  region: 'eu-central-1',
  destination: 'Work',
  profile: 'work',
  account: '111122223333',
  role: 'Uploader',
  device: 'your device',
  proxy: 'proxy.example.com:8080',
  limit: 100,
  left: 800,
  max: 100_000,
  minutes: 25,
  to: 'https://login.example.net',
  serverMessage: 'the server’s message',
  names: 'x-example',
  variable: 'HTTPS_PROXY',
  provider: 'Dropbox',
  scope: 'sharing.write',
};

/** The last column of the tables: whether Hoist retries by itself. */
const retries: Record<RetryPolicy, string> = {
  never: '',
  backoff: 'automatically, with growing delays',
  online: 'automatically, when the network is back',
};
const buttons: Record<ErrorAction, TextKey> = {
  retry: 'ui.row.retry',
  'fix-key': 'ui.row.fix-key',
  fix: 'ui.row.fix',
  'keep-both': 'ui.row.keep-both',
  remove: 'ui.menu.remove',
  add: 'ui.bar.set-up',
};

/**
 * One error for each cause of the code that has its own sentence, and at the end one error without a cause.
 * @param provider selects the sentences of this provider; without it, the general sentences are used
 */
function errorsOf(code: ErrorCode, provider?: string): AppError[] {
  const prefix = `${provider === undefined ? '' : `${provider}.`}error.${code}.`;
  const causes = Object.keys(en).flatMap((key) =>
    key.startsWith(prefix) ? key.slice(prefix.length).split('.').slice(0, -1).join('.') : [],
  );
  return [...new Set([...causes.filter((cause) => cause !== ''), ''])].map((cause) => {
    const [why = '', reach] = cause.split('.');
    const { serverMessage, ...values } = examples;
    return {
      code,
      params: {
        ...values,
        // Any error may quote the server. The table shows only the sentences that always do.
        ...(serverMessage !== undefined && en[`${prefix}${cause}.what` as keyof typeof en]?.includes('{serverMessage}')
          ? { serverMessage }
          : {}),
        ...(provider === undefined ? {} : { of: provider }),
        ...(why === '' ? {} : { why }),
        ...(reach === undefined ? {} : { reach }),
      },
    };
  });
}

function rowOf(error: AppError): string {
  const { code } = error;
  const { what, remedy } = errorText(error);
  return `| ${what} | ${remedy} | ${code === 'invalid-input' ? '' : text(buttons[actionFor(error)])} | ${retries[errorTable[code].retry]} |`;
}

const chapterText = ({ title, intro, codes }: Chapter): string =>
  [
    `## ${title}`,
    '',
    intro,
    '',
    '| Message | What to do | Button | Retried |',
    '| --- | --- | --- | --- |',
    ...new Set(codes.flatMap((code) => errorsOf(code).map(rowOf))),
    '',
  ].join('\n');

const page = `# Troubleshooting

This page lists the error messages of Hoist and what to do about them. The names are examples: \`s3.example.com\` stands for your server,
\`photos\` for your bucket, and *Work* for your destination. *Details* of a failed upload shows the message of the server and a diagnostic ID.
The log has more about the error under this ID (*Help → ${text('menu.help.log')}*). Keys and tokens are never in the log.

If Hoist doesn’t know an error, it quotes the message of the server.

${chapters.map(chapterText).join('\n')}`;

test('docs/troubleshooting.md has every error message as the app shows it', async () => {
  expect(new Set(chapters.flatMap(({ codes }) => codes))).toEqual(new Set(Object.keys(errorTable)));
  const { code: formatted } = await format('troubleshooting.md', page, { printWidth: 120 });
  await expect(formatted).toMatchFileSnapshot('../../docs/troubleshooting.md');
});

test('every error message is short and says what to do', () => {
  const providers = [undefined, 'dropbox'];
  for (const error of (Object.keys(errorTable) as ErrorCode[]).flatMap((code) =>
    providers.flatMap((provider) => errorsOf(code, provider)),
  )) {
    const { what, remedy } = errorText(error);
    expect(`${what} ${remedy}`.split(' ').length, `${what} ${remedy}`).toBeLessThanOrEqual(30);
    for (const sentence of [what, remedy]) expect(sentence).toMatch(/^\S.*\.$/);
  }
});

test('on the command line, no error message names a label, a button or another place of the window', () => {
  const shellTexts = (Object.keys(errorTable) as ErrorCode[]).flatMap((code) =>
    [undefined, 'dropbox', 'fal'].flatMap((provider) =>
      errorsOf(code, provider).flatMap((error) => Object.values(errorText(error, 'shell'))),
    ),
  );
  for (const sentence of shellTexts)
    expect(sentence).not.toMatch(
      /under Network|marked|own fields|suggested|in the (details|settings)|[Pp]aste (it|its|your)\b|“(Path|Cache|More|Fix|Sign)/,
    );
});

test('every error message has one sentence that says what happened and one that says what to do', () => {
  for (const key of Object.keys(en) as TextKey[])
    // A second sentence would start with a capital letter after a full stop or a question mark.
    if (/(^|\.)error\..*\.(what|remedy)$/.test(key)) expect(en[key], key).not.toMatch(/[.?] \p{Lu}/u);
});
