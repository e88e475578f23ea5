/**
 * The key of Hoist's app at Dropbox. It is not a secret: PKCE proves that the client that started the sign-in also
 * finishes it. HOIST_DROPBOX_APP_KEY sets the key when Hoist is built, or later when Hoist starts. Without it, users
 * enter the key of their own app.
 */

/** Set by the build (vite.config.ts); empty in tests and scripts. */
declare const __HOIST_DROPBOX_APP_KEY__: string | undefined;

const buildTimeAppKey = typeof __HOIST_DROPBOX_APP_KEY__ === 'string' ? __HOIST_DROPBOX_APP_KEY__ : '';

/** The key of Hoist's app, for which the redirect URIs of redirect-server.ts are registered; '' if no key was set. */
export const builtInAppKey: string = process.env.HOIST_DROPBOX_APP_KEY?.trim() || buildTimeAppKey;

/** The page where users create their own app. */
export const appConsoleUrl = 'https://www.dropbox.com/developers/apps';

/** The format of the App Console: lowercase letters and digits. */
export const isAppKey = (text: string): boolean => /^[a-z0-9]{10,20}$/.test(text);
