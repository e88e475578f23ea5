/** The conformance suite on a real Ceph RADOS Gateway, over https with a self-signed certificate, by virtual host. */
import { conformance } from '../testing/conformance.ts';
import { rgwSubject } from './testing/rgw-subject.ts';
import { rgw, logWhenSkipped } from './testing/subject.ts';

logWhenSkipped('S3 on Ceph RADOS Gateway, over https, by virtual host');
conformance(
  'S3 on Ceph RADOS Gateway, over https, by virtual host,',
  rgw.endpoint === undefined ? undefined : () => rgwSubject({ scheme: 'https', addressing: 'virtual host' }),
  { sampleDepth: 'brief' },
);
