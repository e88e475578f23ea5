/** The provider suite on Dropbox: large files in order, and in any order. */
import { conformance } from '../testing/conformance.ts';
import { subject } from './testing/subject.ts';

conformance('Dropbox, parts in any order', () => subject({ concurrentFrom: 2 }));
conformance('Dropbox, parts in order', () => subject({ concurrentFrom: Infinity }));
