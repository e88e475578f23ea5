/** The provider suite on the strict fake in this process: runs everywhere. */
import { conformance } from '../testing/conformance.ts';
import { FakeS3 } from '../testing/fake-s3.ts';
import { FaultProxy } from '../testing/faults.ts';
import { refusals, sizes, tuned } from './testing/subject.ts';

conformance('S3 on the strict fake', async () => {
  const fake = await FakeS3.start();
  const proxy = await FaultProxy.start(fake.url);
  const { bucket, accessKeyId, secretAccessKey } = fake.options;
  const values = { endpoint: proxy.url, bucket, region: 'us-east-1', accessKeyId, secretAccessKey, linkKind: 'expiring', pathStyle: 'true' };
  return {
    // The fake does its work at once.
    provider: tuned({ retryMs: 10, lookAgainMs: [20, 50] }), values, proxy, ...sizes, refused: refusals(values),
    leftovers: async () => ({ objects: fake.objects.size, uploads: fake.uploads.size }),
    stop: async () => { await proxy.stop(); await fake.stop(); },
  };
});
