/**
 * Encryption by the system's key store. Asked only when a secret is needed and the window is up: with a locked keyring
 * the synchronous call waits for the user, who must see what asks. The name of the backend says nothing about availability,
 * so that is asked.
 */
import { safeStorage } from 'electron';
import type { SecretBox } from '../profiles/secret-box.ts';

/** Newer Electrons have promises that do not hold up the main process. */
interface AsyncSafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(blob: Buffer): Promise<{ result: string } | string>;
}
const hasAsync = (storage: object): storage is AsyncSafeStorage =>
  'encryptStringAsync' in storage && 'decryptStringAsync' in storage && 'isAsyncEncryptionAvailable' in storage;

/** @param windowShown resolves when the user can see who asks; nothing is asked before */
export function electronSecretBox(windowShown: Promise<unknown> = Promise.resolve()): SecretBox {
  const backend = (): string =>
    process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : process.platform;
  // `basic_text` encrypts with a password that is in Chromium's source: that is plain text.
  const isSecure = (): boolean => backend() !== 'basic_text';
  if (hasAsync(safeStorage)) {
    const storage: AsyncSafeStorage = safeStorage;
    return {
      backend,
      available: async () => {
        await windowShown;
        return isSecure() && (await storage.isAsyncEncryptionAvailable());
      },
      encrypt: async (text) => {
        await windowShown;
        return storage.encryptStringAsync(text);
      },
      decrypt: async (blob) => {
        await windowShown;
        const opened = await storage.decryptStringAsync(blob);
        return typeof opened === 'string' ? opened : opened.result;
      },
    };
  }
  return {
    backend,
    available: async () => {
      await windowShown;
      return isSecure() && safeStorage.isEncryptionAvailable();
    },
    encrypt: async (text) => {
      await windowShown;
      return safeStorage.encryptString(text);
    },
    decrypt: async (blob) => {
      await windowShown;
      return safeStorage.decryptString(blob);
    },
  };
}
