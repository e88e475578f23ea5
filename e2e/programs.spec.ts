/** The native question before the program of an AWS profile starts, in the real window. */
import fs from 'node:fs';
import path from 'node:path';
import { TestPractice } from '../src-main/practice/testing/test-practice.ts';
import { expect, stubMessageBoxes, test, type LaunchedApp } from './app-fixture.ts';
import { dropOnPage } from './drag-and-drop.ts';

interface Question {
  message: string;
  detail: string;
  buttons: string[];
  defaultId: number;
  cancelId: number;
}

/** Answers the questions whether a program may start, without showing them. */
async function answerProgramQuestions({ app }: LaunchedApp, answer: 'refuse' | 'allow') {
  await app.evaluate(({ dialog }, response) => {
    const state = globalThis as { programQuestions?: unknown[] };
    state.programQuestions = [];
    dialog.showMessageBox = async (...args: unknown[]) => {
      state.programQuestions!.push(args.at(-1));
      return { response, checkboxChecked: false };
    };
  }, ['refuse', 'allow'].indexOf(answer));
  return (): Promise<Question[]> =>
    app.evaluate(() => (globalThis as { programQuestions?: unknown[] }).programQuestions as Question[]);
}

type Bridge = {
  profiles: {
    save(draft: unknown): Promise<{ ok: boolean; value: { id: string } }>;
    use(input: { id: string }): Promise<unknown>;
    check(which: object): Promise<unknown>;
  };
};

test('the program of an AWS profile starts only after a native question that shows the command line', async ({
  apps,
}) => {
  test.setTimeout(120_000);
  const practice = await TestPractice.start();
  try {
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = practice.address;
    const folder = apps.folder('aws');
    const [config, script, started] = ['config', 'keys.sh', 'started'].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    const printed = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
    fs.writeFileSync(script, `#!/bin/sh\n: > '${started}'\necho '${printed}'\n`, { mode: 0o755 });
    fs.writeFileSync(config, `[profile tool]\ncredential_process = "${script}" --for \u202Eme\n`);
    const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'none') };
    const first = await apps.launch({ env });
    // Hoist asks before it sends the keys of a profile to a server that the user named; the user confirms.
    await stubMessageBoxes(first, 'confirm');
    await first.page.evaluate(
      async (draft) => {
        const { profiles } = (globalThis as unknown as { hoist: Bridge }).hoist;
        await profiles.use({ id: (await profiles.save(draft)).value.id });
      },
      {
        providerId: 's3',
        name: 'Team bucket',
        secrets: {},
        settings: {
          credentials: 'profile',
          awsProfile: 'tool',
          pathStyle: 'true',
          linkKind: 'expiring',
          bucket,
          endpoint,
          region,
        },
      },
    );
    const refused = await answerProgramQuestions(first, 'refuse');

    // A check of all destinations asks nothing.
    await first.page.evaluate(() => (globalThis as unknown as { hoist: Bridge }).hoist.profiles.check({}));
    await expect(first.page.getByText('Team bucket needs your permission to run a program.')).toBeVisible();
    expect(await refused()).toEqual([]);

    const files = ['one.txt', 'two.txt'].map((name) => path.join(apps.folder('drop'), name));
    for (const file of files) fs.writeFileSync(file, 'hello');
    await dropOnPage(first.page, files);
    await expect(first.page.getByText(/haven’t allowed Hoist to run the credential_process/).first()).toBeVisible({
      timeout: 20_000,
    });
    const questions = await refused();
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatchObject({ buttons: ['Don’t allow', 'Allow'], defaultId: 0, cancelId: 0 });
    expect(questions[0]!.message).toContain(`“tool” in ${config} `);
    expect(questions[0]!.message).toContain('Team bucket');
    expect(questions[0]!.detail).toContain(String.raw`"${script}" --for \u{202e}me`);

    // The next start asks nothing by itself.
    await first.app.close();
    const second = await apps.launch({ env, userData: first.userData });
    const allowed = await answerProgramQuestions(second, 'allow');
    const tryAgain = second.page.getByRole('button', { name: 'Try 2 again in Team bucket' });
    await expect(tryAgain).toBeVisible({ timeout: 20_000 });
    expect(await allowed()).toEqual([]);
    expect([fs.existsSync(started), await practice.keys()]).toEqual([false, []]);

    await tryAgain.click();
    for (const name of ['one.txt', 'two.txt'])
      await expect(second.page.getByRole('button', { name: `Copy link to ${name}` })).toBeVisible({ timeout: 30_000 });
    expect(await allowed()).toHaveLength(1);
    expect(fs.existsSync(started)).toBe(true);
  } finally {
    await practice.stop();
  }
});

test('relative folders of PATH are ignored', async ({ apps }) => {
  const [relative, absolute] = [apps.folder('relative'), apps.folder('absolute')];
  for (const folder of [relative, absolute])
    fs.writeFileSync(path.join(folder, 'xdg-open'), `#!/bin/sh\n: > '${path.join(folder, 'opened')}'\n`, {
      mode: 0o755,
    });
  const PATH = [path.relative(process.cwd(), relative), absolute, process.env.PATH].join(':');
  const { app } = await apps.launch({ env: { PATH } });
  await app.evaluate(({ shell }) => shell.openExternal('https://example.com/'));
  await expect.poll(() => fs.existsSync(path.join(absolute, 'opened'))).toBe(true);
  expect(fs.existsSync(path.join(relative, 'opened'))).toBe(false);
});
