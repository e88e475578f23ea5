/** Every way to sign in sends a file, and goes on with it when its keys end in the middle. */
import { writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RequestKind } from '../../../../e2e/servers/s3-fault-plan.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import { AppFailure } from '../../../../src-shared/errors.ts';
import type { Checkpoint } from '../../../../src-shared/upload.ts';
import type { DriverPorts } from '../../provider.ts';
import { patternSource } from '../../testing/source.ts';
import { account, AwsBench, device, never, startUrl, type Sent } from '../testing/aws-bench.ts';
import { createToken, register, startDevice, type SsoPlace } from './sso.ts';
import { cacheFile, isoTime, textOfTokens, type SsoTokens } from './sso-tokens.ts';
import { openWay } from '../../network.ts';

let bench: AwsBench;
beforeAll(async () => {
  bench = await AwsBench.start();
}, 60_000);
afterAll(async () => {
  await bench.stop();
});
beforeEach(async () => {
  await bench.enter();
  await bench.writeProfiles();
});

/** Someone who signed in before. */
async function signedIn(): Promise<SsoTokens> {
  const way = openWay({ proxy: { kind: 'none' }, certificates: [] });
  const place: SsoPlace = { oidc: bench.sso.url, portal: bench.sso.url };
  const from = { way, signal: never };
  const client = await register(place, startUrl, from);
  const { deviceCode } = await startDevice(place, client, startUrl, from);
  bench.sso.approve();
  const token = await createToken(
    place,
    client,
    { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode },
    from,
  );
  way.close();
  return {
    startUrl,
    region: 'us-west-2',
    accessToken: token.accessToken,
    expiresAt: isoTime(Date.now() + token.expiresIn * 1000),
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    registrationExpiresAt: isoTime(client.clientSecretExpiresAt * 1000),
    refreshToken: token.refreshToken!,
  };
}

async function shareSignIn(name: string): Promise<void> {
  const file = cacheFile(bench.folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  await writeFile(file, textOfTokens(await signedIn()));
}

let codes = 100_000;
/** A device that shows another code each time. */
const phone: NonNullable<DriverPorts['ask']> = async () => {
  const code = String(++codes);
  bench.sts.world.codes.add(code);
  return code;
};

interface Way {
  name: string;
  values(): FieldValues | Promise<FieldValues>;
  ports?: Partial<DriverPorts>;
  renewed?(): void;
}
const profile = (awsProfile: string): FieldValues => ({ credentials: 'profile', awsProfile });

const ways: Way[] = [
  { name: 'a role', values: () => profile('plain') },
  { name: 'a role of a role', values: () => profile('chained') },
  { name: 'a role that takes a code', values: () => profile('careful'), ports: { ask: phone } },
  { name: 'a token of somebody else’s', values: () => profile('web') },
  // Its program is asked again only when its keys end; by then it has others.
  {
    name: 'a program',
    values: () => {
      bench.print();
      return profile('program');
    },
    renewed: () => bench.print(),
  },
  {
    name: 'a session of IAM Identity Center',
    values: async () => {
      await shareSignIn('corp');
      return profile('session');
    },
  },
  {
    name: 'IAM Identity Center without a session',
    values: async () => {
      await shareSignIn(startUrl);
      return profile('legacy');
    },
  },
  {
    name: 'a sign-in inside the app',
    values: async () => {
      vi.stubEnv('AWS_ENDPOINT_URL_SSO', bench.sso.url);
      vi.stubEnv('AWS_ENDPOINT_URL_SSO_OIDC', bench.sso.url);
      return {
        credentials: 'sso',
        ssoStartUrl: startUrl,
        ssoRegion: 'us-west-2',
        ssoAccount: account,
        ssoRole: 'Uploader',
        ssoSignIn: textOfTokens(await signedIn()),
      };
    },
  },
  {
    name: 'an instance',
    values: () => {
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', bench.instance.url);
      return { credentials: 'instance' };
    },
  },
  {
    name: 'a container',
    values: () => {
      vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${bench.container.url}/v1/credentials`);
      vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'container-token');
      return { credentials: 'container' };
    },
  },
  {
    name: 'a role of an instance',
    values: async () => {
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', bench.instance.url);
      await bench.writeProfiles({
        config: `[profile here]\ncredential_source = Ec2InstanceMetadata\nrole_arn = arn:aws:iam::${account}:role/plain\nservices = here\n`,
      });
      bench.sts.world.roles[0]!.trusts.push(bench.practice.address.accessKeyId);
      return profile('here');
    },
  },
];

const uploadIds = ({ checkpoints }: Pick<Sent, 'checkpoints'>): Set<unknown> =>
  new Set(checkpoints.map((one) => (one as { uploadId?: string }).uploadId).filter(Boolean));

describe(
  'keys that end in the middle of an upload: the same upload goes on, and no part is sent twice',
  { timeout: 30_000 },
  () => {
    const stages: { kind: RequestKind; nth: number }[] = [
      { kind: 'create', nth: 1 },
      { kind: 'part', nth: 1 },
      { kind: 'part', nth: 3 },
      { kind: 'complete', nth: 1 },
    ];
    const cases = [
      ...ways.map((way) => ({ way, at: { kind: 'part', nth: 2 } as const })),
      ...stages.map((at) => ({ way: ways[0]!, at })),
    ];

    test.each(cases.map((one) => ({ ...one, name: one.way.name, when: `${one.at.kind} ${one.at.nth}` })))(
      '$name, at $when',
      async ({ way, at }) => {
        const destination = await bench.connect(await way.values(), way.ports);
        // Keys that are in use before they end.
        await destination.check(never);
        bench.guard({ endBefore: at, ended: () => way.renewed?.() });
        const sent = await bench.upload(destination);
        expect(uploadIds(sent).size).toBe(1);
        expect(sent.kinds.filter((kind) => kind === 'create')).toHaveLength(at.kind === 'create' ? 2 : 1);
        expect(sent.partNumbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
        expect(await bench.isWhole(sent.ref)).toBe(true);
        expect(bench.practice.problems).toEqual([]);
      },
    );

    test('keys that nobody can renew: the session has ended, and what was sent is gone on with under new ones', async () => {
      const keys = (): FieldValues => {
        const { accessKeyId, secretAccessKey, sessionToken } = bench.sessions.next();
        return { credentials: 'keys', accessKeyId, secretAccessKey, sessionToken };
      };
      const destination = await bench.connect(keys());
      bench.guard({ endBefore: { kind: 'part', nth: 3 } });
      const checkpoints: Checkpoint[] = [];
      const cause = await bench.upload(destination, { checkpoints }).catch((thrown: unknown) => thrown);
      expect(cause).toBeInstanceOf(AppFailure);
      expect((cause as AppFailure).error).toMatchObject({ code: 'session-expired', field: 'sessionToken' });
      bench.guard();
      const sent = await bench.upload(await bench.connect(keys()), { checkpoint: checkpoints.at(-1)! });
      expect(sent.kinds).not.toContain('create');
      expect(sent.partNumbers).toEqual([3]);
      expect(await bench.isWhole(sent.ref)).toBe(true);
    });

    test('a service that gives no others: its own words, one request, and the parts stay', async () => {
      const destination = await bench.connect(profile('plain'));
      await destination.check(never);
      const { uploads } = await bench.practice.leftovers();
      bench.guard({ endBefore: { kind: 'part', nth: 3 } });
      bench.sts.trouble = { status: 403, code: 'AccessDenied' };
      await expect(bench.upload(destination)).rejects.toMatchObject({
        error: { code: 'forbidden', field: 'awsProfile', params: { why: 'profileRole', profile: 'plain' } },
      });
      expect(await bench.practice.leftovers()).toMatchObject({ uploads: uploads + 1 });
    });

    test('new keys that are refused too are not asked for again and again', async () => {
      const destination = await bench.connect(profile('plain'));
      await destination.check(never);
      const before = bench.sts.calls('AssumeRole').length;
      bench.guard({ other: () => ({ kind: 'answer', status: 400, body: '<Error><Code>InvalidToken</Code></Error>' }) });
      await expect(bench.upload(destination, { size: 10 })).rejects.toMatchObject({
        error: { code: 'session-expired', field: 'awsProfile' },
      });
      expect(bench.sts.calls('AssumeRole').length - before).toBe(1);
    });
  },
);

test('links promise no more than the keys of each way have left', { timeout: 30_000 }, async () => {
  bench.sessions.lifeMs = 1_800_000;
  for (const way of ways) {
    const destination = await bench.connect(await way.values(), way.ports);
    const { url, expiresAt } = await destination.link({ v: 1, bucket: 'practice', key: 'a.txt', size: 1 }, never);
    expect(expiresAt! - Date.now(), way.name).toBeLessThanOrEqual(1_800_000);
    expect(expiresAt! - Date.now(), way.name).toBeGreaterThan(1_700_000);
    expect(new URL(url).searchParams.get('X-Amz-Security-Token'), way.name).toMatch(/^token-/);
  }
});

test('a thousand uploads ask for a role once, and for a code once', { timeout: 60_000 }, async () => {
  const ask = vi.fn(phone);
  const destination = await bench.connect(profile('careful'), { ask });
  await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      destination.link({ v: 1, bucket: 'practice', key: `${i}.txt`, size: 1 }, never),
    ),
  );
  await Promise.all(Array.from({ length: 50 }, async () => bench.upload(destination, { size: 10 })));
  expect(bench.sts.calls('AssumeRole')).toHaveLength(1);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(ask.mock.calls[0]?.[0]).toEqual({ kind: 'mfa', device });
});

test('nobody signs where nothing is to be signed', async () => {
  await expect(bench.connect({ credentials: 'nobody' })).rejects.toMatchObject({
    error: { code: 'invalid-input', field: 'linkKind' },
  });
  const destination = await bench.connect({ credentials: 'nobody', linkKind: 'public' });
  bench.gate.set((seen) =>
    seen.carriesFile ? { kind: 'answer', status: 200, headers: { etag: '"x"' }, when: 'after the body' } : undefined,
  );
  const ref = await destination
    .upload({
      source: patternSource(10),
      signal: never,
      onProgress: () => undefined,
      onCheckpoint: async () => undefined,
    })
    .catch((cause: unknown) => cause);
  expect(bench.gate.seen.length).toBeGreaterThan(0);
  for (const { headers, target } of bench.gate.seen) {
    expect(Object.keys(headers)).not.toContain('authorization');
    expect(Object.keys(headers)).not.toContain('x-amz-security-token');
    expect(target).not.toContain('X-Amz-Signature');
  }
  expect(ref).toMatchObject({ bucket: 'practice' });
});

test('whoever did not choose it asks no instance for keys', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', bench.instance.url);
  for (const way of ways.filter(({ name }) => !name.includes('instance'))) {
    const destination = await bench.connect(await way.values(), way.ports);
    await destination.check(never).catch((cause: unknown) => {
      if (!(cause instanceof AppFailure)) throw cause;
    });
  }
  await bench.writeProfiles({ config: '[profile empty]\nregion = us-east-1\n' });
  for (const values of [profile('empty'), { credentials: 'keys', accessKeyId: 'AKIDX', secretAccessKey: 'x' }]) {
    await expect((await bench.connect(values)).check(never)).rejects.toBeInstanceOf(AppFailure);
  }
  expect(bench.instance.heard).toEqual([]);
});
