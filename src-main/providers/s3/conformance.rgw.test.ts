/** The provider suite on a real Ceph RADOS Gateway, where there is one (e2e/servers/rgw.sh). */
import { randomBytes } from 'node:crypto';
import { ListMultipartUploadsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { conformance } from '../testing/conformance.ts';
import { FaultProxy } from '../testing/faults.ts';
import { refusals, rgw, sayWhenSkipped, sizes, tuned } from './testing/subject.ts';

const { endpoint, bucket, accessKeyId, secretAccessKey } = rgw;
sayWhenSkipped('S3 on Ceph RADOS Gateway');

conformance('S3 on Ceph RADOS Gateway', endpoint === undefined ? undefined : async () => {
  const proxy = await FaultProxy.start(endpoint);
  const prefix = `conformance-${randomBytes(6).toString('hex')}`;
  const values = { endpoint: proxy.url, bucket, region: 'us-east-1', accessKeyId, secretAccessKey, linkKind: 'expiring', pathStyle: 'true', prefix };
  // Looks at the server past the proxy and past our code.
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  return {
    provider: tuned({ retryMs: 10, lookAgainMs: [50, 150, 300] }), values, proxy, ...sizes,
    refused: [...refusals(values), { what: 'key of somebody else', values: { ...values, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret }, code: 'forbidden', field: 'accessKeyId' }],
    async leftovers() {
      const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${prefix}/` }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}/` }));
      return { objects: Versions.length + DeleteMarkers.length, uploads: Uploads.length };
    },
    stop: async () => { client.destroy(); await proxy.stop(); },
  };
});
