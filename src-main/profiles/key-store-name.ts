/** The key store's name as users know it. */
import { text, type TextKey } from '../../src-shared/text/text.ts';

const names: Record<string, TextKey> = {
  gnome_libsecret: 'key-store.gnome',
  kwallet: 'key-store.kwallet',
  kwallet5: 'key-store.kwallet',
  kwallet6: 'key-store.kwallet',
  darwin: 'key-store.keychain',
  win32: 'key-store.windows',
};

/** @param backend as the secret box names it */
export const keyStoreName = (backend: string): string => text(names[backend] ?? 'key-store.other');
