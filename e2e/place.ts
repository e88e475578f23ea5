/** Records of a test's own, and a bucket that outlives every app that is started on them; both seen past our code. */
import { ServedPractice } from '../src-main/practice/testing/served.ts';
import { processStart } from '../src-main/platform/process-start.ts';
import { FaultProxy } from '../src-main/providers/testing/faults.ts';
import { openStore, type Store } from '../src-main/store/open.ts';
import type { Upload } from '../src-shared/upload.ts';
import { bucketEnv } from './bucket.ts';
import { recordsIn } from './commands.ts';
import { temporaryFolder } from './hoist.ts';

export interface Place {
  home: string;
  store: ServedPractice;
  /** Between the apps and the bucket. */
  proxy: FaultProxy;
  /** Variables that name the bucket. */
  env: Record<string, string>;
}

export async function withPlace(act: (place: Place) => Promise<void>): Promise<void> {
  const store = await ServedPractice.start();
  const proxy = await FaultProxy.start(store.address.endpoint);
  const { bucket, accessKeyId, secretAccessKey, region } = store.address;
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
    await act({ home: temporaryFolder('place'), store, proxy, env });
  } finally {
    await proxy.stop();
    await store.stop();
  }
}

export async function withRecords<T>(home: string, act: (store: Store) => T | Promise<T>): Promise<T> {
  const store = await openStore({
    folder: recordsIn(home),
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  try {
    return await act(store);
  } finally {
    store.close();
  }
}

export const recordsOf = (home: string): Promise<Upload[]> => withRecords(home, (store) => store.uploads.newest(1000));
