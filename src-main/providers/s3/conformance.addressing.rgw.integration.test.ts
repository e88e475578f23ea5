/**
 * The conformance suite on a real Ceph RADOS Gateway, over https with a self-signed certificate and with virtual hosts.
 * A short run tests one of the three combinations.
 */
import { createSampler } from '../../testing/sample.ts';
import { conformance, type ConformanceOptions } from '../testing/conformance/conformance.ts';
import { rgwSubject, type RgwAccess } from './testing/rgw-subject.ts';
import { rgw, logWhenSkipped } from './testing/subject.ts';

const combinations: (RgwAccess & ConformanceOptions)[] = [
  { scheme: 'https', addressing: 'virtual host', depth: 'whole' },
  { scheme: 'https', addressing: 'path', depth: 'basic' },
  { scheme: 'http', addressing: 'virtual host', depth: 'basic' },
];
const sample = createSampler('S3 on Ceph RADOS Gateway, addressing');

for (const { scheme, addressing, depth } of sample(combinations, 1)) {
  const name = `S3 on Ceph RADOS Gateway, over ${scheme}, by ${addressing},`;
  logWhenSkipped(name);
  conformance(name, rgw.endpoint === undefined ? undefined : () => rgwSubject({ scheme, addressing }), {
    depth,
    sampleDepth: 'brief',
  });
}
