/** A test with a separate bucket on the real server, behind a proxy with an adjustable speed limit. */
import { FaultProxy } from '../src-main/providers/testing/fault-proxy.ts';
import { temporaryFolder, test as base } from './app-fixture.ts';
import { bucketEnv, createTestBucket, endpoint, hasS3Server } from './bucket.ts';

interface ProxiedBucket {
  home: string;
  bucket: string;
  proxy: FaultProxy;
  env: Record<string, string>;
}

export const test = base.extend<{ remote: ProxiedBucket }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright requires a destructured first parameter
  remote: async ({}, use, info) => {
    info.skip(!hasS3Server, 'no S3 server');
    const bucket = await createTestBucket();
    const proxy = await FaultProxy.start(endpoint);
    await use({
      home: temporaryFolder('home'),
      bucket,
      proxy,
      env: { ...bucketEnv(), AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL: proxy.url },
    });
    await proxy.stop();
  },
});
