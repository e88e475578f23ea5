/** The provider suite on a bucket that somebody has, and on Practice as if it were one. */
import { ServedPractice } from '../../practice/testing/served.ts';
import { live } from '../testing/live.ts';
import { accountOf, may, needs } from './testing/account.ts';
import { tuned } from './testing/subject.ts';

live('S3', {
  needs,
  may,
  start: accountOf,
  standIn: async () => {
    const practice = await ServedPractice.start();
    const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
    return accountOf(
      {
        HOIST_LIVE_S3_BUCKET: bucket,
        HOIST_LIVE_S3_KEY: accessKeyId,
        HOIST_LIVE_S3_SECRET: secretAccessKey,
        HOIST_LIVE_S3_ENDPOINT: endpoint,
        HOIST_LIVE_S3_REGION: region,
      },
      {
        provider: tuned({ retryMs: 10, lookAgainMs: [20, 50, 300] }),
        stop: () => practice.stop(),
      },
    );
  },
});
