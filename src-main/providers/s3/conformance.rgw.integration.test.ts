/** The conformance suite on a real Ceph RADOS Gateway, if one is running (e2e/servers/rgw.sh). */
import { conformance } from '../testing/conformance/conformance.ts';
import { rgwSubject } from './testing/rgw-subject.ts';
import { rgw, logWhenSkipped } from './testing/subject.ts';

logWhenSkipped('S3 on Ceph RADOS Gateway');
conformance(
  'S3 on Ceph RADOS Gateway',
  rgw.endpoint === undefined ? undefined : () => rgwSubject({ scheme: 'http', addressing: 'path' }),
);
