/** kill -9 at any instant: nothing is lost, nothing is doubled, nothing is damaged, and what the store has is not sent again. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Practice, type PracticeSettings } from '../src-main/practice/practice.ts';
import { bucketEnv, endpoint, fetchLink, freshBucket, hasServer } from './bucket.ts';
import { recordsIn } from './commands.ts';
import { dropFiles } from './drop.ts';
import { expect, temporaryFolder, test } from './hoist.ts';
import {
  inside,
  judge,
  killCase,
  makeCorpus,
  seeded,
  type Bucket,
  type Corpus,
  type Killing,
  type Outcome,
} from './kills.ts';
import { onTheirWay } from './on-their-way.ts';
import { requestKind, type RequestKind } from './servers/s3-fault-plan.ts';

const MiB = 1024 ** 2;
const kills = Number(process.env.HOIST_KILLS ?? 200);
const seed = Number(process.env.HOIST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Cases at the same time; each has an app and a store of its own. */
const lanes = 2;
/** Cases after which the pace of this machine is looked at again. */
const casesAPace = 25;

let corpus: Corpus;
test.beforeAll(() => {
  corpus = makeCorpus([1, 0, 300_000, 5 * MiB, 16 * MiB, 32 * MiB, 64 * MiB]);
});

/** Practice by its protocol, in this process. */
async function practiceBucket(): Promise<Bucket & { clear(): Promise<void>; stop(): Promise<void> }> {
  let kept: PracticeSettings | undefined;
  const practice = new Practice({
    folder: temporaryFolder('practice'),
    now: Date.now,
    randomBytes,
    kept: {
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

function bucketAt(url: string, name: string, keys: { id: string; secret: string }): Bucket {
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
    keys: async () =>
      ((await client.send(new ListObjectsV2Command({ Bucket: name }))).Contents ?? []).map(({ Key = '' }) => Key),
    openUploads: async () =>
      ((await client.send(new ListMultipartUploadsCommand({ Bucket: name }))).Uploads ?? []).map(
        ({ UploadId = '' }) => UploadId,
      ),
    sha256: async (key) =>
      (
        await fetchLink(
          await getSignedUrl(client, new GetObjectCommand({ Bucket: name, Key: key }), { expiresIn: 600 }),
        )
      ).sha256,
  };
}

const after = (ms: number): Killing => ({ when: () => pause(ms) });

/** `killings`: when, in ms on a machine where a case takes {@link usualCaseMs}. */
interface Chosen {
  seed: number;
  names: string[];
  killings: number[];
}

/** The app is there after some 200 ms, and done after another second: on the machine that the instants were chosen on. */
const usualCaseMs = 1300;

/** How much slower this machine is now: kills that all come before the app is there prove nothing. */
async function slowness(bucket: Bucket & { clear(): Promise<void> }): Promise<number> {
  await bucket.clear();
  const begun = performance.now();
  const { wrong } = await killCase(corpus, [corpus.files[5]!.name], bucket, []);
  if (wrong.length > 0) throw new Error(`without any kill: ${wrong.join(', ')}`);
  return Math.max(1, (performance.now() - begun) / usualCaseMs);
}

/** What a case does follows from its seed alone; with HOIST_KILLS=1 the seed is that of the one case. When the kill comes is never quite the same. */
function choose(caseSeed: number): Chosen {
  const random = seeded(caseSeed);
  const names = corpus.files
    .filter(({ size }) => random() < (size > 50 * MiB ? 0.3 : size > 10 * MiB ? 0.5 : 0.4))
    .map(({ name }) => name);
  if (names.length === 0) names.push(corpus.files[5]!.name);
  const count = random() < 0.25 ? 2 + Math.floor(random() * 2) : 1;
  return {
    seed: caseSeed,
    names,
    killings: Array.from({ length: count }, () => 150 + Math.floor(random() ** 1.5 * 1300)),
  };
}

test(`${kills} kills at random instants, also while it recovers`, async () => {
  test.setTimeout(kills * 10_000);
  console.log(`kills: HOIST_SEED=${seed}`);
  const random = seeded(seed);
  const outcomes: (Outcome & Chosen)[] = [];
  let left = kills;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      const bucket = await practiceBucket();
      try {
        let slower = 1;
        for (let cases = 0; left > 0; cases++) {
          if (cases % casesAPace === 0) slower = await slowness(bucket);
          const chosen = choose(kills === 1 ? seed : Math.floor(random() * 2 ** 31));
          left -= chosen.killings.length;
          await bucket.clear();
          outcomes.push({
            ...(await killCase(
              corpus,
              chosen.names,
              bucket,
              chosen.killings.map((ms) => after(ms * slower)),
            )),
            ...chosen,
          });
        }
      } finally {
        await bucket.stop();
      }
    }),
  );
  const wrong = outcomes.filter((outcome) => outcome.wrong.length > 0);
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  console.log(
    `${sum((o) => o.kills)} kills in ${outcomes.length} cases, ${sum((o) => o.accepted)} files accepted, ${(sum((o) => o.sentTwice) / MiB).toFixed(0)} MiB sent twice of ${(sum((o) => o.mayBeSentTwice) / MiB).toFixed(0)} MiB that were on their way`,
  );
  expect(wrong.map(({ seed: of, killings, names, wrong: why }) => ({ HOIST_SEED: of, killings, names, why }))).toEqual(
    [],
  );
  // A run in which nothing was in flight proves nothing.
  if (kills > 20) expect(outcomes.filter((o) => o.mayBeSentTwice > 0).length).toBeGreaterThan(outcomes.length / 10);
});

/** At the named step of the protocol: as the request arrives, or when the store has done its work and the answer is lost. */
function at(
  kind: RequestKind,
  nth: number,
  how: 'asked' | 'answered',
): { killing: Killing; plan: Parameters<typeof killCase>[4] } {
  let met = 0;
  return {
    plan: (seen) =>
      requestKind(seen) === kind && ++met === nth ? { kind: how === 'asked' ? 'stall' : 'lost-answer' } : undefined,
    killing: {
      when: async (_, proxy) => {
        await proxy.until(() => met >= nth);
        const [request] = proxy.seen.filter((seen) => requestKind(seen) === kind).slice(nth - 1);
        if (how === 'answered')
          await proxy.until(() =>
            Boolean(request && request.received === Number(request.headers['content-length'] ?? 0)),
          );
        await pause(30);
      },
    },
  };
}

const steps: [RequestKind, number][] = [
  ['put', 1],
  ['create', 1],
  ['part', 1],
  ['part', 3],
  ['complete', 1],
  ['head', 1],
  ['get', 1],
];
for (const [kind, nth] of steps) {
  for (const how of ['asked', 'answered'] as const) {
    test(`killed at ${kind} ${nth}, ${how}: goes on, and nothing is doubled`, async () => {
      const bucket = await practiceBucket();
      try {
        const names = kind === 'put' ? [corpus.files[3]!.name] : [corpus.files[5]!.name];
        const { killing, plan } = at(kind, nth, how);
        const outcome = await killCase(corpus, names, bucket, [killing], plan);
        expect(outcome.wrong).toEqual([]);
        expect(outcome.accepted).toBe(1);
      } finally {
        await bucket.stop();
      }
    });
  }
}

/** How many records there are afterwards: what was not accepted was not promised. */
const instants: [string, { before: number; after: number }][] = [
  ['file accepted', { before: 0, after: 1 }],
  ...['attempt started', 'key chosen', 'checkpoint written', 'stored written', 'done written', 'link printed'].map(
    (name): [string, { before: number; after: number }] => [name, { before: 1, after: 1 }],
  ),
];
for (const [instant, accepted] of instants) {
  for (const side of ['before', 'after'] as const) {
    test(`killed inside, right ${side} "${instant}": goes on, and nothing is doubled`, async () => {
      const bucket = await practiceBucket();
      try {
        const outcome = await killCase(corpus, [corpus.files[5]!.name], bucket, [inside(instant, side)]);
        expect(outcome).toMatchObject({ wrong: [], accepted: accepted[side] });
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
      const first = await apps.launchWithBucket({ userData: recordsIn(home), env });
      await first.app.evaluate(({ clipboard }, when) => {
        const write = clipboard.writeText.bind(clipboard);
        clipboard.writeText = async (text) => {
          if (when === 'after') await write(text);
          process.kill(process.pid, 'SIGKILL');
        };
      }, side);
      await dropFiles(first.page, [path.join(corpus.folder, name)]);
      await first.gone;
      const { page } = await apps.launch({ userData: recordsIn(home), env });
      await expect(page.getByRole('button', { name: `Copy link of ${name}` })).toBeVisible();
      expect(await bucket.keys()).toHaveLength(1);
      expect(await judge({ corpus, home, bucket, printed: [] })).toEqual([]);
    } finally {
      await bucket.stop();
    }
  });
}

test('kill -9 in the middle of 1 GiB to a real server: it goes on where it was', async () => {
  test.skip(!hasServer, 'no S3 server');
  test.setTimeout(180_000);
  const large = makeCorpus([1024 * MiB]);
  const bucket = bucketAt(endpoint, await freshBucket(), {
    id: process.env.HOIST_TEST_S3_KEY!,
    secret: process.env.HOIST_TEST_S3_SECRET!,
  });
  const begun = performance.now();
  let ms = 0;
  const half: Killing = {
    when: async (_, proxy) => {
      await proxy.until(() => proxy.seen.filter((seen) => requestKind(seen) === 'part' && seen.answered).length >= 30);
      ms = performance.now() - begun;
    },
  };
  const outcome = await killCase(large, [large.files[0]!.name], bucket, [half]);
  expect(outcome.wrong).toEqual([]);
  expect(outcome.sentTwice).toBeLessThanOrEqual(Math.min(outcome.mayBeSentTwice, onTheirWay(ms)));
});
