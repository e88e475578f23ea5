/** Uploads whose credentials expire in the middle, with every sign-in method that can renew credentials. */
import { writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { neverAborted } from '../../../platform/testing/never-aborted.ts';
import type { RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { AppFailure } from '../../../../src-shared/errors.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import type { DriverPorts } from '../../contract/provider.ts';
import { patternSource } from '../../testing/pattern-source.ts';
import { accountId, AwsFixture, mfaDevice, ssoStartUrl, type AwsUploadResult } from '../testing/aws-fixture.ts';
import { createToken, registerClient, startDeviceAuthorization, type SsoEndpoints } from './sso-service.ts';
import { ssoCacheFile, formatTimestamp, serializeSsoTokens, type SsoTokens } from './sso-tokens.ts';
import { createTransport } from '../../network/transport.ts';

let fixture: AwsFixture;
beforeAll(async () => {
  fixture = await AwsFixture.start();
}, 60_000);
afterAll(async () => {
  await fixture.stop();
});
beforeEach(async () => {
  await fixture.reset();
  await fixture.writeProfiles();
});

/** Signs in and returns the tokens. */
async function createTokens(): Promise<SsoTokens> {
  const transport = createTransport({ proxy: { kind: 'none' }, certificates: [] });
  const endpoints: SsoEndpoints = { oidc: fixture.sso.url, portal: fixture.sso.url };
  const context = { transport, signal: neverAborted };
  const client = await registerClient(endpoints, ssoStartUrl, context);
  const { deviceCode } = await startDeviceAuthorization(endpoints, client, ssoStartUrl, context);
  fixture.sso.approve();
  const token = await createToken(
    endpoints,
    client,
    { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode },
    context,
  );
  transport.close();
  return {
    startUrl: ssoStartUrl,
    region: 'us-west-2',
    accessToken: token.accessToken,
    expiresAt: formatTimestamp(Date.now() + token.expiresIn * 1000),
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    registrationExpiresAt: formatTimestamp(client.clientSecretExpiresAt * 1000),
    refreshToken: token.refreshToken!,
  };
}

/** Writes tokens to the cache of the AWS tools. */
async function writeTokenCache(name: string): Promise<void> {
  const file = ssoCacheFile(fixture.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  await writeFile(file, serializeSsoTokens(await createTokens()));
}

let lastCode = 100_000;
/** Enters a new code for each prompt. */
const enterNewCode: NonNullable<DriverPorts['promptForCode']> = async () => {
  const code = String(++lastCode);
  fixture.sts.config.codes.add(code);
  return code;
};

interface SignInCase {
  name: string;
  values(): FieldValues | Promise<FieldValues>;
  ports?: Partial<DriverPorts>;
  /** Runs when the credentials expire. */
  onExpired?(): void;
}
const profile = (awsProfile: string): FieldValues => ({ credentials: 'profile', awsProfile });

const signInCases: SignInCase[] = [
  { name: 'a role', values: () => profile('plain') },
  { name: 'a role that another role assumes', values: () => profile('chained') },
  { name: 'a role that needs an MFA code', values: () => profile('careful'), ports: { promptForCode: enterNewCode } },
  { name: 'a token of another identity provider', values: () => profile('web') },
  {
    name: 'a program',
    values: () => {
      fixture.printCredentials();
      return profile('program');
    },
    onExpired: () => fixture.printCredentials(),
  },
  {
    name: 'a session of IAM Identity Center',
    values: async () => {
      await writeTokenCache('corp');
      return profile('session');
    },
  },
  {
    name: 'IAM Identity Center without a session',
    values: async () => {
      await writeTokenCache(ssoStartUrl);
      return profile('legacy');
    },
  },
  {
    name: 'a sign-in in Hoist',
    values: async () => {
      vi.stubEnv('AWS_ENDPOINT_URL_SSO', fixture.sso.url);
      vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', fixture.sso.url);
      return {
        credentials: 'sso',
        ssoStartUrl: ssoStartUrl,
        ssoRegion: 'us-west-2',
        ssoAccount: accountId,
        ssoRole: 'Uploader',
        ssoSignIn: serializeSsoTokens(await createTokens()),
      };
    },
  },
  {
    name: 'an instance',
    values: () => {
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
      return { credentials: 'instance' };
    },
  },
  {
    name: 'a container',
    values: () => {
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${fixture.container.url}/v1/credentials`);
      vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
      return { credentials: 'container' };
    },
  },
  {
    name: 'a role that the role of an instance assumes',
    values: async () => {
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
      await fixture.writeProfiles({
        config: `[profile here]\ncredential_source = Ec2InstanceMetadata\nrole_arn = arn:aws:iam::${accountId}:role/plain\nservices = here\n`,
      });
      fixture.sts.config.roles[0]!.trusts.push(fixture.practice.address.accessKeyId);
      return profile('here');
    },
  },
];

const uploadIds = ({ checkpoints }: Pick<AwsUploadResult, 'checkpoints'>): Set<unknown> =>
  new Set(checkpoints.map((checkpoint) => (checkpoint as { uploadId?: string }).uploadId).filter(Boolean));

describe('an upload whose keys expire', { timeout: 30_000 }, () => {
  const stages: { kind: RequestKind; nth: number }[] = [
    { kind: 'create', nth: 1 },
    { kind: 'part', nth: 1 },
    { kind: 'part', nth: 3 },
    { kind: 'complete', nth: 1 },
  ];
  const cases = [
    ...signInCases.map((signInCase) => ({ signInCase, expiresAt: { kind: 'part', nth: 2 } as const })),
    ...stages.map((expiresAt) => ({ signInCase: signInCases[0]!, expiresAt })),
  ];

  test.each(
    cases.map((renewalCase) => ({
      ...renewalCase,
      name: renewalCase.signInCase.name,
      request: `“${renewalCase.expiresAt.kind}” ${renewalCase.expiresAt.nth}`,
    })),
  )(
    'continues with new keys and sends no part twice: $name, expired at request $request',
    async ({ signInCase, expiresAt }) => {
      const destination = await fixture.connect(await signInCase.values(), signInCase.ports);
      // Loads the first keys.
      await destination.check(neverAborted);
      fixture.enforceSessions({ expireBefore: expiresAt, onExpired: () => signInCase.onExpired?.() });
      const sent = await fixture.upload(destination);
      expect(uploadIds(sent).size).toBe(1);
      expect(sent.kinds.filter((kind) => kind === 'create')).toHaveLength(expiresAt.kind === 'create' ? 2 : 1);
      expect(sent.partNumbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
      expect(await fixture.isStoredIntact(sent.ref)).toBe(true);
      expect(fixture.practice.problems).toEqual([]);
    },
  );

  test('fails with `session-expired` if the keys cannot be renewed, and resumes with new keys', async () => {
    const keys = (): FieldValues => {
      const { accessKeyId, secretAccessKey, sessionToken } = fixture.sessions.issue();
      return { credentials: 'keys', accessKeyId, secretAccessKey, sessionToken };
    };
    const destination = await fixture.connect(keys());
    fixture.enforceSessions({ expireBefore: { kind: 'part', nth: 3 } });
    const checkpoints: Checkpoint[] = [];
    const cause = await fixture.upload(destination, { checkpoints }).catch((thrown: unknown) => thrown);
    expect(cause).toBeInstanceOf(AppFailure);
    expect((cause as AppFailure).error).toMatchObject({ code: 'session-expired', field: 'sessionToken' });
    fixture.enforceSessions();
    const sent = await fixture.upload(await fixture.connect(keys()), { checkpoint: checkpoints.at(-1)! });
    expect(sent.kinds).not.toContain('create');
    expect(sent.partNumbers).toEqual([3]);
    expect(await fixture.isStoredIntact(sent.ref)).toBe(true);
  });

  test('fails with the service’s error and keeps the stored parts if the service issues no new keys', async () => {
    const destination = await fixture.connect(profile('plain'));
    await destination.check(neverAborted);
    const { uploads } = await fixture.practice.itemCounts();
    fixture.enforceSessions({ expireBefore: { kind: 'part', nth: 3 } });
    fixture.sts.forcedError = { status: 403, code: 'AccessDenied' };
    await expect(fixture.upload(destination)).rejects.toMatchObject({
      error: { code: 'forbidden', field: 'awsProfile', params: { why: 'profileRole', profile: 'plain' } },
    });
    expect(await fixture.practice.itemCounts()).toMatchObject({ uploads: uploads + 1 });
  });

  test('requests new keys only once if the store refuses the new keys too', async () => {
    const destination = await fixture.connect(profile('plain'));
    await destination.check(neverAborted);
    const requestsBefore = fixture.sts.calls('AssumeRole').length;
    fixture.enforceSessions({
      faultFor: () => ({ kind: 'answer', status: 400, body: '<Error><Code>InvalidToken</Code></Error>' }),
    });
    await expect(fixture.upload(destination, { size: 10 })).rejects.toMatchObject({
      error: { code: 'session-expired', field: 'awsProfile' },
    });
    expect(fixture.sts.calls('AssumeRole').length - requestsBefore).toBe(1);
  });
});

test('links expire with the keys of each sign-in method', { timeout: 30_000 }, async () => {
  fixture.sessions.lifetimeMs = 1_800_000;
  for (const signInCase of signInCases) {
    const destination = await fixture.connect(await signInCase.values(), signInCase.ports);
    const { url, expiresAt } = await destination.link(
      { v: 1, bucket: 'practice', key: 'a.txt', size: 1 },
      neverAborted,
    );
    expect(expiresAt! - Date.now(), signInCase.name).toBeLessThanOrEqual(1_800_000);
    expect(expiresAt! - Date.now(), signInCase.name).toBeGreaterThan(1_700_000);
    expect(new URL(url).searchParams.get('X-Amz-Security-Token'), signInCase.name).toMatch(/^token-/);
  }
});

test('a thousand uploads request a role once and a code once', { timeout: 60_000 }, async () => {
  const promptForCode = vi.fn(enterNewCode);
  const destination = await fixture.connect(profile('careful'), { promptForCode });
  await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      destination.link({ v: 1, bucket: 'practice', key: `${i}.txt`, size: 1 }, neverAborted),
    ),
  );
  await Promise.all(Array.from({ length: 50 }, async () => fixture.upload(destination, { size: 10 })));
  expect(fixture.sts.calls('AssumeRole')).toHaveLength(1);
  expect(promptForCode).toHaveBeenCalledTimes(1);
  expect(promptForCode.mock.calls[0]?.[0]).toEqual({ kind: 'mfa', device: mfaDevice });
});

test('anonymous requests have no signature', async () => {
  await expect(fixture.connect({ credentials: 'nobody' })).rejects.toMatchObject({
    error: { code: 'invalid-input', field: 'linkKind' },
  });
  const destination = await fixture.connect({ credentials: 'nobody', linkKind: 'public' });
  fixture.proxy.setRule((seen) =>
    seen.hasFileBody ? { kind: 'answer', status: 200, headers: { etag: '"x"' }, when: 'after the body' } : undefined,
  );
  const ref = await destination
    .upload({
      source: patternSource(10),
      signal: neverAborted,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    })
    .catch((cause: unknown) => cause);
  expect(fixture.proxy.requests.length).toBeGreaterThan(0);
  for (const { headers, target } of fixture.proxy.requests) {
    expect(Object.keys(headers)).not.toContain('authorization');
    expect(Object.keys(headers)).not.toContain('x-amz-security-token');
    expect(target).not.toContain('X-Amz-Signature');
  }
  expect(ref).toMatchObject({ bucket: 'practice' });
});

test('only a destination that uses an instance’s role sends requests to the instance metadata service', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', fixture.instance.url);
  for (const signInCase of signInCases.filter(({ name }) => !name.includes('instance'))) {
    const destination = await fixture.connect(await signInCase.values(), signInCase.ports);
    await destination.check(neverAborted).catch((cause: unknown) => {
      if (!(cause instanceof AppFailure)) throw cause;
    });
  }
  await fixture.writeProfiles({ config: '[profile empty]\nregion = us-east-1\n' });
  for (const values of [profile('empty'), { credentials: 'keys', accessKeyId: 'AKIDX', secretAccessKey: 'x' }]) {
    await expect((await fixture.connect(values)).check(neverAborted)).rejects.toBeInstanceOf(AppFailure);
  }
  expect(fixture.instance.requests).toEqual([]);
});
