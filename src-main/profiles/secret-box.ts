/** What encrypts for this user on this computer. The app's is Electron's safeStorage (app/secret-box.ts); a test has its own. */
export interface SecretBox {
  /** False when there is no key store; then secrets live in memory until Hoist quits. */
  available(): Promise<boolean>;
  /** Names the key store, so that a record made with another one is recognised. */
  backend(): string;
  encrypt(text: string): Promise<Buffer>;
  /** Rejects when the record was made with another key. */
  decrypt(blob: Buffer): Promise<string>;
}
