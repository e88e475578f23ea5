/** kill -9 at any time: no file is lost, duplicated or damaged, and stored parts are not sent again. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Practice, type PracticeSettings } from '../src-main/practice/practice.ts';
import { caseCount, createSampler } from '../src-main/testing/sample.ts';
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
const crashCount = Number(process.env.HOIST_KILLS ?? caseCount({ full: 200, sample: 10 }));
const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Cases that run at once; each has its own app and store. */
const concurrency = 2;
/** Cases after which the speed of this machine is measured again. */
const casesPerCalibration = 25;

const sample = createSampler('kills at steps');
let corpus: Corpus;
test.beforeAll(() => {
  corpus = makeCorpus([1, 0, 300_000, 5 * MiB, 16 * MiB, 32 * MiB, 64 * MiB]);
});
/** A file of 5 MiB, which is sent in one request. */
const singleRequestFile = (): string => corpus.files[3]!.name;
/** A file of 32 MiB, which is sent in parts. */
const multipartFile = (): string => corpus.files[5]!.name;

/** Starts Practice in the test process. The app reaches it with S3 requests, like any other store. */
async function practiceBucket(): Promise<TestBucket & { clear(): Promise<void>; stop(): Promise<void> }> {
  let stored: PracticeSettings | undefined;
  const practice = new Practice({
    folder: temporaryFolder('practice'),
    now: Date.now,
    randomBytes,
    storedSettings: {
      get: () => stored,
      set: (settings) => {
        stored = settings;
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

/** `crashTimes`: in ms on a machine where a case takes {@link referenceCaseMs}. */
interface CrashCase {
  seed: number;
  names: string[];
  crashTimes: number[];
}

/**
 * Duration in ms of a case on the machine for which the times were chosen: the app starts in 200 ms and uploads for a
 * second.
 */
const referenceCaseMs = 1300;

/**
 * How much slower this machine currently is than the reference machine. The times of the kills are multiplied by it,
 * because a kill before the app has started tests nothing.
 */
async function measureSlowdown(bucket: TestBucket & { clear(): Promise<void> }): Promise<number> {
  await bucket.clear();
  const startedAt = performance.now();
  const { violations } = await runCrashCase(corpus, [multipartFile()], bucket, []);
  if (violations.length > 0) throw new Error(`a case without kills failed: ${violations.join(', ')}`);
  return Math.max(1, (performance.now() - startedAt) / referenceCaseMs);
}

/**
 * Chooses the files and the times of the kills from the seed. With HOIST_KILLS=1, HOIST_SEED is the seed of the only
 * case. The actual time of a kill still varies slightly between runs.
 */
function chooseCase(caseSeed: number): CrashCase {
  const random = randomFromSeed(caseSeed);
  /** Medium files are chosen most often: they are sent in parts, and take less time than the large file. */
  const probabilityOf = (size: number): number => {
    if (size > 50 * MiB) return 0.3;
    return size > 10 * MiB ? 0.5 : 0.4;
  };
  const names = corpus.files.filter(({ size }) => random() < probabilityOf(size)).map(({ name }) => name);
  if (names.length === 0) names.push(multipartFile());
  // Most cases have one kill; a quarter also has one or two kills during the recovery.
  const count = random() < 0.25 ? 2 + Math.floor(random() * 2) : 1;
  return {
    seed: caseSeed,
    names,
    // From 150 ms, when the app has nearly started, to 1450 ms; the exponent makes early kills more frequent.
    crashTimes: Array.from({ length: count }, () => 150 + Math.floor(random() ** 1.5 * 1300)),
  };
}

test(`${crashCount} kills at random times, also during recovery`, async () => {
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
  const sum = (valueOf: (outcome: CrashOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + valueOf(outcome), 0);
  console.log(
    `${sum((o) => o.crashes)} kills in ${outcomes.length} cases, ${sum((o) => o.accepted)} files accepted, ${(sum((o) => o.resentBytes) / MiB).toFixed(0)} MiB sent twice, and ${(sum((o) => o.maxResentBytes) / MiB).toFixed(0)} MiB were in flight at the kills`,
  );
  expect(
    violations.map(({ seed: caseSeed, crashTimes, names, violations: problems }) => ({
      HOIST_SEED: caseSeed,
      crashTimes,
      names,
      problems,
    })),
  ).toEqual([]);
  // A kill tests the recovery only if bytes were in flight.
  if (crashCount > 20)
    expect(outcomes.filter((o) => o.maxResentBytes > 0).length).toBeGreaterThan(outcomes.length / 10);
});

/** Kills the app when the nth request of a kind arrives, or when the store has handled it and the response is lost. */
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
        await pause(30); // lets the store handle a request that has arrived completely
      },
    },
  };
}

/** The requests at which the app is killed: the nth of its kind. */
const requestSteps: [kind: RequestKind, nth: number][] = [
  ['put', 1],
  ['create', 1],
  ['part', 1],
  ['part', 3],
  ['complete', 1],
  ['head', 1],
  ['get', 1],
];
const requestCases = sample(
  requestSteps.flatMap(([kind, nth]) => (['received', 'answered'] as const).map((moment) => ({ kind, nth, moment }))),
  7,
  ({ kind, nth, moment }) => [`${kind} ${nth}`, moment],
);
for (const { kind, nth, moment } of requestCases) {
  test(`killed when ${kind} request ${nth} was ${moment}: resumes without duplicates`, async () => {
    const bucket = await practiceBucket();
    try {
      const names = [kind === 'put' ? singleRequestFile() : multipartFile()];
      const { crash, plan } = crashAtRequest(kind, nth, moment);
      const outcome = await runCrashCase(corpus, names, bucket, [crash], plan);
      expect(outcome.violations).toEqual([]);
      expect(outcome.accepted).toBe(1);
    } finally {
      await bucket.stop();
    }
  });
}

/** Points of crash-points.cjs, and the number of records after a kill right before and right after the point. */
const crashPoints: [string, { before: number; after: number }][] = [
  ['file accepted', { before: 0, after: 1 }],
  ...['attempt started', 'key chosen', 'checkpoint written', 'stored written', 'done written', 'link printed'].map(
    (name): [string, { before: number; after: number }] => [name, { before: 1, after: 1 }],
  ),
];
const pointCases = sample(
  crashPoints.flatMap(([point, accepted]) => (['before', 'after'] as const).map((side) => ({ point, accepted, side }))),
  7,
  ({ point, side }) => [point, side],
);
for (const { point, accepted, side } of pointCases) {
  test(`killed right ${side} "${point}": resumes without duplicates`, async () => {
    const bucket = await practiceBucket();
    try {
      const outcome = await runCrashCase(corpus, [multipartFile()], bucket, [crashAt(point, side)]);
      expect(outcome).toMatchObject({ violations: [], accepted: accepted[side] });
    } finally {
      await bucket.stop();
    }
  });
}

for (const side of ['before', 'after'] as const) {
  test(`a window that is killed right ${side} copying the link has the link in its history and sends the file only once`, async ({
    apps,
  }) => {
    const bucket = await practiceBucket();
    try {
      const home = temporaryFolder('home');
      const env = { ...bucket.env, AWS_ENDPOINT_URL: bucket.url };
      const name = singleRequestFile();
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
      await expect(page.getByRole('button', { name: `Copy link to ${name}` })).toBeVisible();
      expect(await bucket.objectKeys()).toHaveLength(1);
      expect(await findViolations({ corpus, home, bucket, printed: [] })).toEqual([]);
    } finally {
      await bucket.stop();
    }
  });
}

test('kill -9 during the upload of a large file to a real server: resume sends only the remaining parts', async () => {
  test.skip(!hasS3Server, 'no S3 server');
  test.setTimeout(180_000);
  const large = makeCorpus([caseCount({ full: 1024, sample: 256 }) * MiB]);
  const bucket = bucketAt(endpoint, await createTestBucket(), {
    id: process.env.HOIST_TEST_S3_KEY!,
    secret: process.env.HOIST_TEST_S3_SECRET!,
  });
  const startedAt = performance.now();
  let ms = 0;
  const midway: Crash = {
    waitUntil: async (_, proxy) => {
      await proxy.waitUntil(
        () =>
          proxy.requests.filter((seen) => requestKind(seen) === 'part' && seen.wasAnswered).length >=
          caseCount({ full: 30, sample: 6 }),
      );
      ms = performance.now() - startedAt;
    },
  };
  const outcome = await runCrashCase(large, [large.files[0]!.name], bucket, [midway]);
  expect(outcome.violations).toEqual([]);
  expect(outcome.resentBytes).toBeLessThanOrEqual(Math.min(outcome.maxResentBytes, maxInFlightBytes(ms)));
});
