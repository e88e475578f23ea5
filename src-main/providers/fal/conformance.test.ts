/** The provider suite on the loopback server: files for everyone, and restricted ones with signed links. */
import { conformance } from '../testing/conformance.ts';
import { key, subject } from './testing/subject.ts';

conformance('fal.ai', () => subject());
conformance('fal.ai with signed links', () => subject({ key, access: 'signed', linkDays: '1', expiry: '30d' }));
