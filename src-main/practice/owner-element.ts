import { element, elements } from './xml.ts';

/** The owner of the bucket and of all objects, in lists. */
export const ownerElement = element('Owner', elements({ ID: 'practice', DisplayName: 'practice' }));
