/** The conformance suite on the loopback server: public files, and restricted files with signed links. */
import { conformance } from '../testing/conformance/conformance.ts';
import { falTestKey, falSubject } from './testing/fal-fixture.ts';

conformance('fal.ai', () => falSubject());
conformance(
  'fal.ai with signed links',
  () => falSubject({ key: falTestKey, access: 'signed', linkDays: '1', expiry: '30d' }),
  { sampleDepth: 'basic' },
);
