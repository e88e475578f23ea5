/** Gives a test its own records and bucket. Tests can read both without the app, also after the app has ended. */
import { TestPractice } from '../src-main/practice/testing/test-practice.ts';
import { processStart } from '../src-main/platform/process-start.ts';
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { openStore, type Store } from '../src-main/store/open.ts';
import type { Upload } from '../src-shared/upload.ts';
import { bucketEnv } from './bucket.ts';
import { userDataFolder } from './hoist-cli.ts';
import { temporaryFolder } from './app-fixture.ts';

export interface ProxiedPractice {
  home: string;
  practice: TestPractice;
  /** The proxy between the apps and the bucket. */
  proxy: FaultProxy;
  /** Variables that name the bucket. */
  env: Record<string, string>;
}

export async function withProxiedPractice(body: (proxied: ProxiedPractice) => Promise<void>): Promise<void> {
  const practice = await TestPractice.start();
  const proxy = await FaultProxy.start(practice.address.endpoint);
  const { bucket, accessKeyId, secretAccessKey, region } = practice.address;
  const env = {
    ...bucketEnv(),
    AWS_S3_BUCKET: bucket,
    AWS_ENDPOINT_URL: proxy.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_S3_PATH_STYLE: 'true',
  };
  try {
    await body({ home: temporaryFolder('home'), practice, proxy, env });
  } finally {
    await proxy.stop();
    await practice.stop();
  }
}

export async function withStore<T>(home: string, body: (store: Store) => T | Promise<T>): Promise<T> {
  const store = await openStore({
    folder: userDataFolder(home),
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  try {
    return await body(store);
  } finally {
    store.close();
  }
}

export const readUploads = (home: string): Promise<Upload[]> => withStore(home, (store) => store.uploads.newest(1000));
