/** kill -9 at any instant: nothing is lost, nothing is doubled, nothing is damaged, and what the store has is not sent again. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Practice, type PracticeSettings } from '../src-main/practice/practice.ts';
import { bucketEnv, endpoint, downloadLink, createTestBucket, hasS3Server } from './bucket.ts';
import { userDataFolder } from './hoist-cli.ts';
import { dropOnPage } from './drag-and-drop.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';
import {
  crashAt,
  findViolations,
  runCrashCase,
  makeCorpus,
  randomFromSeed,
  type TestBucket,
  type Corpus,
  type Crash,
  type CrashOutcome,
} from './crash-recovery.ts';
import { maxInFlightBytes } from './in-flight-bytes.ts';
import { requestKind, type RequestKind } from './servers/s3-fault-plan.ts';

const MiB = 1024 ** 2;
const crashCount = Number(process.env.HOIST_KILLS ?? 200);
const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Cases at the same time; each has an app and a store of its own. */
const concurrency = 2;
/** Cases after which the pace of this machine is looked at again. */
const casesPerCalibration = 25;

let corpus: Corpus;
test.beforeAll(() => {
  corpus = makeCorpus([1, 0, 300_000, 5 * MiB, 16 * MiB, 32 * MiB, 64 * MiB]);
});

/** Practice by its protocol, in this process. */
async function practiceBucket(): Promise<TestBucket & { clear(): Promise<void>; stop(): Promise<void> }> {
  let kept: PracticeSettings | undefined;
  const practice = new Practice({
    folder: temporaryFolder('practice'),
    now: Date.now,
    randomBytes,
    storedSettings: {
      get: () => kept,
      set: (settings) => {
        kept = settings;
      },
    },
    quotaBytes: 20 * 1024 * MiB,
  });
  const { address } = await practice.ensure();
  return {
    ...bucketAt(address.endpoint, address.bucket, { id: address.accessKeyId, secret: address.secretAccessKey }),
    clear: () => practice.empty(),
    stop: async () => {
      await practice.empty();
      await practice.close();
    },
  };
}

function bucketAt(url: string, name: string, keys: { id: string; secret: string }): TestBucket {
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
    ignoreConfiguredEndpointUrls: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    url,
    env: {
      ...bucketEnv(),
      AWS_S3_BUCKET: name,
      AWS_ACCESS_KEY_ID: keys.id,
      AWS_SECRET_ACCESS_KEY: keys.secret,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_S3_PATH_STYLE: 'true',
    },
    objectKeys: async () =>
      ((await client.send(new ListObjectsV2Command({ Bucket: name }))).Contents ?? []).map(({ Key = '' }) => Key),
    uploadIds: async () =>
      ((await client.send(new ListMultipartUploadsCommand({ Bucket: name }))).Uploads ?? []).map(
        ({ UploadId = '' }) => UploadId,
      ),
    sha256: async (key) =>
      (
        await downloadLink(
          await getSignedUrl(client, new GetObjectCommand({ Bucket: name, Key: key }), { expiresIn: 600 }),
        )
      ).sha256,
  };
}

const crashAfter = (ms: number): Crash => ({ waitUntil: () => pause(ms) });

/** `killings`: when, in ms on a machine where a case takes {@link referenceCaseMs}. */
interface CrashCase {
  seed: number;
  names: string[];
  crashTimes: number[];
}

/** The app is there after some 200 ms, and done after another second: on the machine that the instants were chosen on. */
const referenceCaseMs = 1300;

/** How much slower this machine is now: kills that all come before the app is there prove nothing. */
async function measureSlowdown(bucket: TestBucket & { clear(): Promise<void> }): Promise<number> {
  await bucket.clear();
  const startedAt = performance.now();
  const { violations } = await runCrashCase(corpus, [corpus.files[5]!.name], bucket, []);
  if (violations.length > 0) throw new Error(`without any kill: ${violations.join(', ')}`);
  return Math.max(1, (performance.now() - startedAt) / referenceCaseMs);
}

/** What a case does follows from its seed alone; with HOIST_KILLS=1 the seed is that of the one case. When the kill comes is never quite the same. */
function chooseCase(caseSeed: number): CrashCase {
  const random = randomFromSeed(caseSeed);
  const names = corpus.files
    .filter(({ size }) => random() < (size > 50 * MiB ? 0.3 : size > 10 * MiB ? 0.5 : 0.4))
    .map(({ name }) => name);
  if (names.length === 0) names.push(corpus.files[5]!.name);
  const count = random() < 0.25 ? 2 + Math.floor(random() * 2) : 1;
  return {
    seed: caseSeed,
    names,
    crashTimes: Array.from({ length: count }, () => 150 + Math.floor(random() ** 1.5 * 1300)),
  };
}

test(`${crashCount} kills at random instants, also while it recovers`, async () => {
  test.setTimeout(crashCount * 10_000);
  console.log(`kills: HOIST_SEED=${seed}`);
  const random = randomFromSeed(seed);
  const outcomes: (CrashOutcome & CrashCase)[] = [];
  let remaining = crashCount;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      const bucket = await practiceBucket();
      try {
        let slowdown = 1;
        for (let cases = 0; remaining > 0; cases++) {
          if (cases % casesPerCalibration === 0) slowdown = await measureSlowdown(bucket);
          const chosen = chooseCase(crashCount === 1 ? seed : Math.floor(random() * 2 ** 31));
          remaining -= chosen.crashTimes.length;
          await bucket.clear();
          outcomes.push({
            ...(await runCrashCase(
              corpus,
              chosen.names,
              bucket,
              chosen.crashTimes.map((ms) => crashAfter(ms * slowdown)),
            )),
            ...chosen,
          });
        }
      } finally {
        await bucket.stop();
      }
    }),
  );
  const violations = outcomes.filter((outcome) => outcome.violations.length > 0);
  const sum = (of: (outcome: CrashOutcome) => number): number =>
    outcomes.reduce((all, outcome) => all + of(outcome), 0);
  console.log(
    `${sum((o) => o.crashes)} kills in ${outcomes.length} cases, ${sum((o) => o.accepted)} files accepted, ${(sum((o) => o.resentBytes) / MiB).toFixed(0)} MiB sent twice of ${(sum((o) => o.maxResentBytes) / MiB).toFixed(0)} MiB that were on their way`,
  );
  expect(
    violations.map(({ seed: of, crashTimes, names, violations: why }) => ({
      HOIST_SEED: of,
      killings: crashTimes,
      names,
      why,
    })),
  ).toEqual([]);
  // A run in which nothing was in flight proves nothing.
  if (crashCount > 20)
    expect(outcomes.filter((o) => o.maxResentBytes > 0).length).toBeGreaterThan(outcomes.length / 10);
});

/** At the named step of the protocol: as the request arrives, or when the store has done its work and the answer is lost. */
function crashAtRequest(
  kind: RequestKind,
  nth: number,
  moment: 'received' | 'answered',
): { crash: Crash; plan: Parameters<typeof runCrashCase>[4] } {
  let matches = 0;
  return {
    plan: (seen) =>
      requestKind(seen) === kind && ++matches === nth
        ? { kind: moment === 'received' ? 'stall' : 'lost-answer' }
        : undefined,
    crash: {
      waitUntil: async (_, proxy) => {
        await proxy.waitUntil(() => matches >= nth);
        const [request] = proxy.requests.filter((seen) => requestKind(seen) === kind).slice(nth - 1);
        if (moment === 'answered')
          await proxy.waitUntil(() =>
            Boolean(request && request.bytesReceived === Number(request.headers['content-length'] ?? 0)),
          );
        await pause(30);
      },
    },
  };
}

const requestSteps: [RequestKind, number][] = [
  ['put', 1],
  ['create', 1],
  ['part', 1],
  ['part', 3],
  ['complete', 1],
  ['head', 1],
  ['get', 1],
];
for (const [kind, nth] of requestSteps) {
  for (const moment of ['received', 'answered'] as const) {
    test(`killed at ${kind} ${nth}, ${moment}: goes on, and nothing is doubled`, async () => {
      const bucket = await practiceBucket();
      try {
        const names = kind === 'put' ? [corpus.files[3]!.name] : [corpus.files[5]!.name];
        const { crash, plan } = crashAtRequest(kind, nth, moment);
        const outcome = await runCrashCase(corpus, names, bucket, [crash], plan);
        expect(outcome.violations).toEqual([]);
        expect(outcome.accepted).toBe(1);
      } finally {
        await bucket.stop();
      }
    });
  }
}

/** How many records there are afterwards: what was not accepted was not promised. */
const crashPoints: [string, { before: number; after: number }][] = [
  ['file accepted', { before: 0, after: 1 }],
  ...['attempt started', 'key chosen', 'checkpoint written', 'stored written', 'done written', 'link printed'].map(
    (name): [string, { before: number; after: number }] => [name, { before: 1, after: 1 }],
  ),
];
for (const [point, accepted] of crashPoints) {
  for (const side of ['before', 'after'] as const) {
    test(`killed inside, right ${side} "${point}": goes on, and nothing is doubled`, async () => {
      const bucket = await practiceBucket();
      try {
        const outcome = await runCrashCase(corpus, [corpus.files[5]!.name], bucket, [crashAt(point, side)]);
        expect(outcome).toMatchObject({ violations: [], accepted: accepted[side] });
      } finally {
        await bucket.stop();
      }
    });
  }
}

for (const side of ['before', 'after'] as const) {
  test(`a window killed right ${side} the link is on the clipboard: the link is in its history, and nothing is sent again`, async ({
    apps,
  }) => {
    const bucket = await practiceBucket();
    try {
      const home = temporaryFolder('home');
      const env = { ...bucket.env, AWS_ENDPOINT_URL: bucket.url };
      const { name } = corpus.files[3]!;
      const first = await apps.launchWithBucket({ userData: userDataFolder(home), env });
      await first.app.evaluate(({ clipboard }, when) => {
        const write = clipboard.writeText.bind(clipboard);
        clipboard.writeText = async (text) => {
          if (when === 'after') await write(text);
          process.kill(process.pid, 'SIGKILL');
        };
      }, side);
      await dropOnPage(first.page, [path.join(corpus.folder, name)]);
      await first.exited;
      const { page } = await apps.launch({ userData: userDataFolder(home), env });
      await expect(page.getByRole('button', { name: `Copy link of ${name}` })).toBeVisible();
      expect(await bucket.objectKeys()).toHaveLength(1);
      expect(await findViolations({ corpus, home, bucket, printed: [] })).toEqual([]);
    } finally {
      await bucket.stop();
    }
  });
}

test('kill -9 in the middle of 1 GiB to a real server: it goes on where it was', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  test.setTimeout(180_000);
  const large = makeCorpus([1024 * MiB]);
  const bucket = bucketAt(endpoint, await createTestBucket(), {
    id: process.env.HOIST_TEST_S3_KEY!,
    secret: process.env.HOIST_TEST_S3_SECRET!,
  });
  const startedAt = performance.now();
  let ms = 0;
  const midway: Crash = {
    waitUntil: async (_, proxy) => {
      await proxy.waitUntil(
        () => proxy.requests.filter((seen) => requestKind(seen) === 'part' && seen.wasAnswered).length >= 30,
      );
      ms = performance.now() - startedAt;
    },
  };
  const outcome = await runCrashCase(large, [large.files[0]!.name], bucket, [midway]);
  expect(outcome.violations).toEqual([]);
  expect(outcome.resentBytes).toBeLessThanOrEqual(Math.min(outcome.maxResentBytes, maxInFlightBytes(ms)));
});
