/**
 * Encrypts with the system's key store. Uses the key store only when a secret is needed and the window is visible: a
 * locked keyring blocks the synchronous call until the user answers, and the user must see which app asks. The name of
 * the key store (`backend`) is also known when the key store is unavailable, so `available` asks separately.
 */
import { safeStorage } from 'electron';
import type { SecretBox } from '../profiles/secret-box.ts';

/** Newer versions of Electron have asynchronous functions that do not block the main process. */
interface AsyncSafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(blob: Buffer): Promise<{ result: string } | string>;
}
const hasAsync = (storage: object): storage is AsyncSafeStorage =>
  'encryptStringAsync' in storage && 'decryptStringAsync' in storage && 'isAsyncEncryptionAvailable' in storage;

/** @param windowShown resolves when the window is visible; the key store is not used before */
export function electronSecretBox(windowShown: Promise<unknown> = Promise.resolve()): SecretBox {
  const backend = (): string =>
    process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : process.platform;
  // `basic_text` encrypts with a password from Chromium's source code, so its result is as unsafe as plain text.
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
        const decrypted = await storage.decryptStringAsync(blob);
        return typeof decrypted === 'string' ? decrypted : decrypted.result;
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
