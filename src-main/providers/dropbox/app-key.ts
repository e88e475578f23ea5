/**
 * The key of the app that Hoist is at Dropbox. It is no secret: whoever signs in with it proves by PKCE that they began the
 * sign-in. A build has its own (HOIST_DROPBOX_APP_KEY when it is made), or whoever packages it gives it one by the same variable when it
 * starts, or there is none; people may use one of theirs.
 */

/** Put in by the build (vite.config.ts); in tests and scripts there is none. */
declare const __HOIST_DROPBOX_APP_KEY__: string | undefined;

const buildTimeAppKey = typeof __HOIST_DROPBOX_APP_KEY__ === 'string' ? __HOIST_DROPBOX_APP_KEY__ : '';

/** '' when there is none. It knows the ports of the way back (redirect.ts). */
export const builtInAppKey: string = process.env.HOIST_DROPBOX_APP_KEY?.trim() || buildTimeAppKey;

/** Where people make an app of their own. */
export const appConsoleUrl = 'https://www.dropbox.com/developers/apps';

/** As the App Console shows it: small letters and digits. */
export const isAppKey = (text: string): boolean => /^[a-z0-9]{10,20}$/.test(text);
