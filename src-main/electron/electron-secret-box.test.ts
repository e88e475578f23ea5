import { beforeEach, describe, expect, test, vi } from 'vitest';
import { electronSecretBox } from './electron-secret-box.ts';

const { keyStoreCalls, storage } = vi.hoisted(() => {
  const calls: string[] = [];
  const fake = {
    backend: 'gnome_libsecret',
    getSelectedStorageBackend: (): string => fake.backend,
    isEncryptionAvailable: () => {
      calls.push('available');
      return true;
    },
    encryptString: (text: string) => {
      calls.push('encrypt');
      return Buffer.from(text.toUpperCase());
    },
    decryptString: (blob: Buffer) => {
      calls.push('decrypt');
      return blob.toString().toLowerCase();
    },
  };
  return { keyStoreCalls: calls, storage: fake };
});
vi.mock('electron', () => ({ safeStorage: storage }));
beforeEach(() => {
  keyStoreCalls.length = 0;
  storage.backend = 'gnome_libsecret';
});

describe('the system’s key store', () => {
  test('is not used before the window is visible, because the key store may ask for a password', async () => {
    let showWindow = (): void => undefined;
    const box = electronSecretBox(
      new Promise<void>((resolve) => {
        showWindow = resolve;
      }),
    );
    const answers = Promise.all([box.available(), box.encrypt('a'), box.decrypt(Buffer.from('A'))]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(keyStoreCalls).toEqual([]);
    showWindow();
    expect(await answers).toEqual([true, Buffer.from('A'), 'a']);
  });

  test('is unavailable when its backend uses a public password', async () => {
    if (process.platform !== 'linux') return;
    storage.backend = 'basic_text';
    expect(await electronSecretBox().available()).toBe(false);
    expect(keyStoreCalls).toEqual([]);
  });
});
