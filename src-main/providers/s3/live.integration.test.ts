/** The conformance suite on the bucket of a real account, and on Practice in its place. */
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { liveConformance } from '../testing/live-conformance.ts';
import { s3AccountSubject, s3OptionalVariables, s3RequiredVariables } from './testing/live-account.ts';
import { s3ProviderWith } from './testing/subject.ts';

liveConformance('S3', {
  required: s3RequiredVariables,
  optional: s3OptionalVariables,
  start: s3AccountSubject,
  startLoopback: async () => {
    const practice = await TestPractice.start();
    const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
    return s3AccountSubject(
      {
        HOIST_LIVE_S3_BUCKET: bucket,
        HOIST_LIVE_S3_KEY: accessKeyId,
        HOIST_LIVE_S3_SECRET: secretAccessKey,
        HOIST_LIVE_S3_ENDPOINT: endpoint,
        HOIST_LIVE_S3_REGION: region,
      },
      {
        provider: s3ProviderWith({ retryMs: 10, recheckDelaysMs: [20, 50, 300] }),
        stop: () => practice.stop(),
      },
    );
  },
});
