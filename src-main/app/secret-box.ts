/**
 * Encryption by the system's key store. Asked only when a secret is needed and the window is up: with a locked keyring
 * the synchronous call waits for the user. The name of the backend says nothing about availability, so that is asked.
 */
import { safeStorage } from 'electron';
import type { SecretBox } from '../profiles/secret-box.ts';

/** Newer Electrons have promises that do not hold up the main process. */
interface AsyncSafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(blob: Buffer): Promise<{ result: string } | string>;
}
const hasAsync = (storage: object): storage is AsyncSafeStorage => 'encryptStringAsync' in storage && 'decryptStringAsync' in storage && 'isAsyncEncryptionAvailable' in storage;

export function electronSecretBox(): SecretBox {
  const backend = (): string => (process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : process.platform);
  // `basic_text` encrypts with a password that is in Chromium's source: that is plain text.
  const strong = (): boolean => backend() !== 'basic_text';
  if (hasAsync(safeStorage)) {
    const storage: AsyncSafeStorage = safeStorage;
    return {
      backend,
      available: async () => strong() && await storage.isAsyncEncryptionAvailable(),
      encrypt: (text) => storage.encryptStringAsync(text),
      decrypt: async (blob) => { const opened = await storage.decryptStringAsync(blob); return typeof opened === 'string' ? opened : opened.result; },
    };
  }
  return {
    backend,
    available: async () => strong() && safeStorage.isEncryptionAvailable(),
    encrypt: async (text) => safeStorage.encryptString(text),
    decrypt: async (blob) => safeStorage.decryptString(blob),
  };
}
