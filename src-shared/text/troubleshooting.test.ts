/**
 * docs/troubleshooting.md is made of the sentences themselves, so that it says what Hoist says: `npx vitest run
 * src-shared/text/troubleshooting.test.ts -u` writes it anew after a sentence was changed.
 */
import { format } from 'oxfmt';
import { IntlMessageFormat } from 'intl-messageformat';
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
    intro: 'About the file itself, on this computer. Another destination would not help.',
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
    title: 'The way there',
    intro:
      'About the network between this computer and the storage. Proxy and certificates are explained in [network.md](network.md).',
    codes: ['offline', 'unreachable', 'stalled', 'tls-untrusted', 'wrong-service', 'clock-skewed'],
  },
  {
    title: 'Signing in',
    intro:
      'About keys, and what they may do. Uploads wait until the destination is mended, and then go on by themselves. Where you signed in in your browser, the button says *Sign in again…*.',
    codes: ['unauthorized', 'forbidden', 'session-expired', 'secret-missing'],
  },
  {
    title: 'The storage',
    intro: 'About the bucket, and what the storage takes. Servers differ: see [s3-servers.md](s3-servers.md).',
    codes: ['no-bucket', 'wrong-region', 'quota-exceeded', 'rate-limited', 'unavailable', 'corrupted', 'rejected'],
  },
  {
    title: 'Hoist and this computer',
    intro: 'About Hoist’s own records and parts.',
    codes: ['no-destination', 'provider-broken', 'disk-full', 'bug', 'canceled'],
  },
  {
    title: 'A form that is not right yet',
    intro: 'Beside the field, before anything is sent.',
    codes: ['invalid-input'],
  },
];

/** Of nobody. */
const examples: NonNullable<AppError['params']> = {
  host: 's3.example.com',
  bucket: 'photos',
  region: 'eu-central-1',
  destination: 'Work',
  profile: 'work',
  proxy: 'proxy.example.com:8080',
  limit: 100,
  minutes: 25,
  to: 'https://login.example.net',
  said: 'what the server said',
  names: 'x-example',
  provider: 'Dropbox',
};

const retryHints: Record<RetryPolicy, string> = {
  never: '',
  backoff: 'by itself, with growing pauses',
  online: 'by itself, with the network',
};
const buttons: Record<ErrorAction, TextKey> = {
  retry: 'ui.row.retry',
  'fix-key': 'ui.row.fix-key',
  fix: 'ui.row.fix',
  'keep-both': 'ui.row.keep-both',
  remove: 'ui.menu.remove',
  add: 'ui.bar.set-up',
};

interface Element {
  value?: string;
  options?: Record<string, { value: Element[] }>;
}

/** Which causes of one code have sentences of their own. */
function variantsOf(code: ErrorCode): { name: 'why' | 'problem'; value: string }[] {
  const found = [en[`error.${code}.what`], en[`error.${code}.remedy`]].flatMap((message) => {
    const elements = new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true }).getAst() as Element[];
    return elements.flatMap(({ value, options }) =>
      value === 'why' || value === 'problem'
        ? Object.keys(options ?? {}).map((option) => ({ name: value, value: option }) as const)
        : [],
    );
  });
  const unique = found.filter(({ value }, index) => found.findIndex((other) => other.value === value) === index);
  // What is left when nothing more is known stands at the end.
  return [...unique.filter(({ value }) => value !== 'other'), { name: 'why', value: 'other' }];
}

function rowsOf(code: ErrorCode): string[] {
  return variantsOf(code).map(({ name, value }) => {
    const error: AppError = { code, params: { ...examples, [name]: value } };
    const { what, remedy } = errorText(error);
    return `| ${what} | ${remedy} | ${code === 'invalid-input' ? '' : text(buttons[actionFor(error)])} | ${retryHints[errorTable[code].retry]} |`;
  });
}

const chapterText = ({ title, intro, codes }: Chapter): string =>
  [
    `## ${title}`,
    '',
    intro,
    '',
    '| Hoist says | What to do | Button | Tried again |',
    '| --- | --- | --- | --- |',
    ...new Set(codes.flatMap(rowsOf)),
    '',
  ].join('\n');

const page = `# When something does not work

What Hoist says, and what to do about it. Names are examples: \`s3.example.com\` stands for your server, \`photos\` for your bucket, *Work* for
your destination. *Details* behind a failed upload shows what the server said, and the code of the line in the log that holds everything else
(*Settings* opens its folder); keys and tokens are never in it.

Where a server says something that Hoist does not know, its own words are shown in quotation marks.

${chapters.map(chapterText).join('\n')}`;

test('docs/troubleshooting.md has every message, in its present words', async () => {
  expect(new Set(chapters.flatMap(({ codes }) => codes))).toEqual(new Set(Object.keys(errorTable)));
  const { code: formatted } = await format('troubleshooting.md', page, { printWidth: 120 });
  await expect(formatted).toMatchFileSnapshot('../../docs/troubleshooting.md');
});

test('every sentence of every cause is short, and says what to do', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    for (const { name, value } of variantsOf(code)) {
      const { what, remedy } = errorText({ code, params: { ...examples, said: 'x', [name]: value } });
      expect(`${what} ${remedy}`.split(' ').length, `${what} ${remedy}`).toBeLessThanOrEqual(30);
      for (const sentence of [what, remedy]) expect(sentence).toMatch(/^\S.*\.$/);
    }
  }
});
