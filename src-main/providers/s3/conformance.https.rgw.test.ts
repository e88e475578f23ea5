/** The conformance suite on a real Ceph RADOS Gateway, over https with a self-signed certificate, by path. */
import { conformance } from '../testing/conformance.ts';
import { rgwSubject } from './testing/rgw-subject.ts';
import { rgw, logWhenSkipped } from './testing/subject.ts';

logWhenSkipped('S3 on Ceph RADOS Gateway, over https, by path');
conformance(
  'S3 on Ceph RADOS Gateway, over https, by path,',
  rgw.endpoint === undefined ? undefined : () => rgwSubject({ scheme: 'https', addressing: 'path' }),
  { depth: 'basic', sampleDepth: 'brief' },
);
