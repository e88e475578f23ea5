/** The provider suite on Practice, the built-in store: runs everywhere. */
import { ServedPractice } from '../../practice/testing/served.ts';
import { conformance } from '../testing/conformance.ts';
import { FaultProxy } from '../testing/faults.ts';
import { refusals, sizes, tuned } from './testing/subject.ts';

conformance('S3 on Practice', async () => {
  const practice = await ServedPractice.start();
  const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
  const proxy = await FaultProxy.start(endpoint);
  const values = { endpoint: proxy.url, bucket, region, accessKeyId, secretAccessKey, linkKind: 'expiring', pathStyle: 'true' };
  return {
    provider: tuned({ retryMs: 10, lookAgainMs: [20, 50] }), values, proxy, ...sizes, refused: refusals(values),
    leftovers: () => practice.leftovers(),
    stop: async () => { await proxy.stop(); await practice.stop(); },
  };
});
