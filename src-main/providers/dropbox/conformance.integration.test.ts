/** The conformance suite on Dropbox: large files with parts in order, and in any order. */
import { conformance } from '../testing/conformance/conformance.ts';
import { dropboxSubject } from './testing/dropbox-fixture.ts';

// With Infinity, no file has enough parts to be sent in any order.
conformance('Dropbox, parts in any order', () => dropboxSubject({ minConcurrentParts: 2 }));
conformance('Dropbox, parts in order', () => dropboxSubject({ minConcurrentParts: Infinity }), {
  sampleDepth: 'basic',
});
