/** The program of an AWS profile starts only with the user's permission, however a destination reaches it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { errorText } from '../../../../src-shared/text/text.ts';
import type { DriverPorts, ProgramRequest } from '../../contract/provider.ts';
import { accountId, AwsFixture } from '../testing/aws-fixture.ts';

let fixture: AwsFixture;
let commandLine: string;
beforeAll(async () => {
  fixture = await AwsFixture.start();
}, 60_000);
afterAll(async () => {
  await fixture.stop();
});
beforeEach(async () => {
  await fixture.reset();
  const script = path.join(fixture.folder, 'keys.sh');
  writeFileSync(script, `#!/bin/sh\necho started >> '${started()}'\ncat "$1"\n`, { mode: 0o755 });
  writeFileSync(started(), '');
  commandLine = `"${script}" "${path.join(fixture.folder, 'printed.json')}"`;
  await fixture.writeProfiles({
    credentials: '[tool]\nregion = us-east-1\n',
    config: [
      `[profile tool]\ncredential_process = ${commandLine}`,
      `[profile behind]\nrole_arn = arn:aws:iam::${accountId}:role/plain\nsource_profile = tool\nservices = here\n`,
    ].join('\n'),
  });
});

const started = (): string => path.join(fixture.folder, 'started');
const hasStarted = (): boolean => readFileSync(started(), 'utf8') !== '';
const values = (awsProfile: string): FieldValues => ({ credentials: 'profile', awsProfile });
const notAllowed = { isProgramAllowed: () => false };

async function check(profile: string, ports: Partial<DriverPorts>, promptMode?: 'background'): Promise<void> {
  const destination = await fixture.connect(values(profile), { ...notAllowed, ...ports });
  await destination.check(neverAborted, promptMode ? { promptMode } : {});
}

const missingPermission = {
  error: { code: 'secret-missing', field: 'awsProfile', params: { why: 'program', profile: 'tool' } },
};

test.each(['tool', 'behind'])('profile %s: the program does not start without permission', async (profile) => {
  await expect(check(profile, {})).rejects.toMatchObject(missingPermission);
  await expect(check(profile, { confirmProgram: async () => false })).rejects.toMatchObject(missingPermission);
  expect(hasStarted()).toBe(false);
});

test.each(['tool', 'behind'])(
  'profile %s: the question names the command line, the profile and its file',
  async (profile) => {
    const requests: ProgramRequest[] = [];
    const confirmProgram = async (request: ProgramRequest): Promise<boolean> => {
      requests.push(request);
      return false;
    };
    await expect(check(profile, { confirmProgram })).rejects.toThrow();
    expect(requests).toEqual([{ commandLine, profile: 'tool', file: '~/.aws/config' }]);
  },
);

test('an allowed program starts', async () => {
  await check('tool', { confirmProgram: async () => true });
  expect(hasStarted()).toBe(true);
});

test('an allowed command line starts without a question, also in the background', async () => {
  const confirmProgram = vi.fn(async () => false);
  await check('tool', { isProgramAllowed: (typed) => typed === commandLine, confirmProgram }, 'background');
  expect(confirmProgram).not.toHaveBeenCalled();
  expect(hasStarted()).toBe(true);
});

test('a check in the background asks nothing', async () => {
  const confirmProgram = vi.fn(async () => true);
  await expect(check('tool', { confirmProgram }, 'background')).rejects.toMatchObject(missingPermission);
  expect(confirmProgram).not.toHaveBeenCalled();
  expect(hasStarted()).toBe(false);
});

test('uploads at the same time cause one question', async () => {
  const confirmProgram = vi.fn(async () => false);
  const destination = await fixture.connect(values('tool'), { ...notAllowed, confirmProgram });
  const results = await Promise.allSettled([1, 2, 3].map(() => fixture.upload(destination, { size: 10 })));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(confirmProgram).toHaveBeenCalledTimes(1);
});

test('a file outside the home folder is named with its whole path', async () => {
  const config = path.join(fixture.folder, 'other', '..', 'aws-config');
  writeFileSync(config, `[profile tool]\ncredential_process = ${commandLine}\n`);
  vi.stubEnv('HOME', '/home/nobody');
  vi.stubEnv('AWS_CONFIG_FILE', config);
  const confirmProgram = vi.fn<NonNullable<DriverPorts['confirmProgram']>>(async () => false);
  await expect(check('tool', { confirmProgram })).rejects.toThrow();
  expect(confirmProgram.mock.calls[0]?.[0].file).toBe(config);
});

test('the error says what to do in the window and in a shell', () => {
  const { error } = missingPermission;
  expect(errorText({ ...error, code: 'secret-missing' })).toEqual({
    what: 'You haven’t allowed Hoist to run the credential_process of the AWS profile “tool”.',
    remedy: 'Try again, and allow the program.',
  });
  expect(errorText({ ...error, code: 'secret-missing' }, 'shell').remedy).toContain('--allow-program');
});
