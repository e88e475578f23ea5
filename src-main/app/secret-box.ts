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

/** @param up resolves when the user can see who asks; nothing is asked before */
export function electronSecretBox(up: Promise<unknown> = Promise.resolve()): SecretBox {
  const backend = (): string =>
    process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : process.platform;
  // `basic_text` encrypts with a password that is in Chromium's source: that is plain text.
  const strong = (): boolean => backend() !== 'basic_text';
  if (hasAsync(safeStorage)) {
    const storage: AsyncSafeStorage = safeStorage;
    return {
      backend,
      available: async () => {
        await up;
        return strong() && (await storage.isAsyncEncryptionAvailable());
      },
      encrypt: async (text) => {
        await up;
        return storage.encryptStringAsync(text);
      },
      decrypt: async (blob) => {
        await up;
        const opened = await storage.decryptStringAsync(blob);
        return typeof opened === 'string' ? opened : opened.result;
      },
    };
  }
  return {
    backend,
    available: async () => {
      await up;
      return strong() && safeStorage.isEncryptionAvailable();
    },
    encrypt: async (text) => {
      await up;
      return safeStorage.encryptString(text);
    },
    decrypt: async (blob) => {
      await up;
      return safeStorage.decryptString(blob);
    },
  };
}
