/**
 * Encrypts for this user on this computer. The app uses Electron's safeStorage (app/electron-secret-box.ts); tests have
 * their own.
 */
export interface SecretBox {
  /** False when there is no key store; then secrets stay in memory until Hoist quits. */
  available(): Promise<boolean>;
  /** The name of the key store, to recognize records of another one. */
  backend(): string;
  encrypt(text: string): Promise<Buffer>;
  /** Rejects when the record was made with another key. */
  decrypt(blob: Buffer): Promise<string>;
}
