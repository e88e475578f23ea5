/** Limits of the messages between the page and main. */

/** Files and folders that can be dropped at once. The files in a folder don't count. */
export const maxDropped = 100_000;
/** Paths in one message. The preload sends more paths in several messages. */
export const pathsPerMessage = 1000;
/** Uploads that one command can change: more than the page can list. */
export const maxIds = 1_000_000;
/** Fields of a form, more than any provider has. */
export const maxFormFields = 100;
/** Characters of all names and values of a form together. A value is a certificate at most. */
export const maxFormCharacters = 262_144;

/** The details of the error about more files than {@link maxDropped}. */
export const tooManyFiles = { params: { why: 'too-many-files', max: maxDropped } };
