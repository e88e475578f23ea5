/**
 * Encrypts secrets for this user on this computer. The app uses Electron's safeStorage
 * (electron/electron-secret-box.ts); tests use a fake.
 */
export interface SecretBox {
  /** False when there is no key store; then secrets stay in memory until Hoist quits. */
  available(): Promise<boolean>;
  /** The name of the key store. Records of another key store have another name. */
  backend(): string;
  encrypt(text: string): Promise<Buffer>;
  /** Rejects when the blob was encrypted with another key. */
  decrypt(blob: Buffer): Promise<string>;
}
