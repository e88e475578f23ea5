import { describe, expect, test } from 'vitest';
import { isSensitivePath, sensitivePathKind, type SensitivePathKind } from './sensitive-paths.ts';

const linux = { home: '/home/ann', userData: '/home/ann/.config/hoist', platform: 'linux' as const };
const mac = {
  home: '/Users/Ann',
  userData: '/Users/Ann/Library/Application Support/Hoist',
  platform: 'darwin' as const,
};
const windows = {
  home: 'C:\\Users\\Ann',
  userData: 'C:\\Users\\Ann\\AppData\\Roaming\\Hoist',
  platform: 'win32' as const,
};

describe('sensitivePathKind', () => {
  test.each<[string, SensitivePathKind | undefined]>([
    ['/home/ann/.ssh/config', 'ssh'],
    ['/home/ann/.ssh/keys/deep/er', 'ssh'],
    ['/home/ann/.ssh', 'ssh'],
    ['/home/ann/.sshx/config', undefined],
    ['/home/ann/.ssh.zip', undefined],
    ['/home/ann/work/.ssh/config', undefined],
    ['/home/bob/.ssh/config', undefined],
    ['/home/annette/.ssh/config', undefined],
    ['/home/ann/.SSH/config', undefined],
    ['/home/ann/.gnupg/secring.gpg', 'gnupg'],
    ['/home/ann/.password-store/bank.gpg', 'gnupg'],
    ['/home/ann/.aws/credentials', 'cloud-credentials'],
    ['/home/ann/aws/credentials', undefined],
    ['/home/ann/.config/gcloud/credentials.db', 'cloud-credentials'],
    ['/home/ann/.config/gcloud-notes.txt', undefined],
    ['/home/ann/.docker/config.json', 'cloud-credentials'],
    ['/home/ann/.docker/Dockerfile', undefined],
    ['/home/ann/.config/rclone/rclone.conf', 'cloud-credentials'],
    ['/home/ann/.npmrc', 'cloud-credentials'],
    ['/home/ann/project/.npmrc', undefined],
    ['/home/ann/.kube/config', 'kubernetes'],
    ['/home/ann/.netrc', 'netrc'],
    ['/home/ann/.netrc.txt', undefined],
    ['/home/ann/.local/share/keyrings/login.keyring', 'keychain'],
    ['/etc/shadow', 'keychain'],
    ['/home/ann/.mozilla/firefox/x.default/logins.json', 'browser'],
    ['/home/ann/.config/google-chrome/Default/Cookies', 'browser'],
    ['/home/ann/snap/firefox/common/.mozilla/x', 'browser'],
    ['/home/ann/snap/vlc/video.mp4', undefined],
    ['/home/ann/.config/chromium-notes', undefined],
    ['/home/ann/.thunderbird/x/INBOX', 'mail'],
    ['/home/ann/.config/hoist/hoist.db', 'hoist'],
    ['/home/ann/.config/hoist', 'hoist'],
    ['/home/ann/.config/hoister/x', undefined],
    ['/proc/self/environ', 'system'],
    ['/sys/kernel/notes', 'system'],
    ['/dev/shm/x', 'system'],
    ['/devices/x', undefined],
    ['/etc/ssh/ssh_host_rsa_key', 'ssh'],
    ['/etc/ssl/private/x', 'private-key'],
    ['/home/ann/documents/passwords.kdbx', 'password-database'],
    ['/home/ann/documents/passwords.KDBX', 'password-database'],
    ['/home/ann/kdbx', undefined],
    ['/home/ann/a.kdbx.txt', undefined],
    ['/srv/server.pem', 'private-key'],
    ['/srv/server.pem.txt', undefined],
    ['/srv/pem', undefined],
    ['/srv/putty.ppk', 'private-key'],
    ['/srv/identity.p12', 'private-key'],
    ['/tmp/id_rsa', 'private-key'],
    ['/tmp/id_ed25519_work', 'private-key'],
    ['/tmp/id_rsa.bak', 'private-key'],
    ['/tmp/id_ecdsa_sk', 'private-key'],
    ['/tmp/id_work', 'private-key'],
    ['/tmp/id_rsa.pub', undefined],
    ['/tmp/id_ed25519_work.pub', undefined],
    ['/tmp/id_card.jpg', undefined],
    ['/tmp/id', undefined],
    ['/tmp/my_id_rsa', undefined],
    ['/home/ann/Pictures/holiday.jpg', undefined],
    ['/home/ann/notes about .ssh keys.txt', undefined],
  ])('on Linux, %s has the kind %s', (path, kind) => {
    expect(sensitivePathKind(path, linux)).toBe(kind);
    expect(isSensitivePath(path, linux)).toBe(kind !== undefined);
  });

  test.each<[string, SensitivePathKind | undefined]>([
    ['/Users/Ann/.SSH/config', 'ssh'],
    ['/users/ann/.ssh/config', 'ssh'],
    ['/Users/Ann/Library/Keychains/login.keychain-db', 'keychain'],
    ['/Users/Ann/library/KEYCHAINS/x', 'keychain'],
    ['/Users/Ann/Library/Application Support/Google/Chrome/Default/Login Data', 'browser'],
    ['/Users/Ann/Library/Application Support/Google/Earth/x', undefined],
    ['/Users/Ann/Library/Application Support/Firefox/Profiles/x', 'browser'],
    ['/Users/Ann/Library/Safari/History.db', 'browser'],
    ['/Users/Ann/Library/Mail/V10/x', 'mail'],
    ['/Users/Ann/Library/Application Support/hoist/hoist.db', 'hoist'],
    ['/Users/Ann/Library/Fonts/x.ttf', undefined],
  ])('on a Mac, %s has the kind %s', (path, kind) => {
    expect(sensitivePathKind(path, mac)).toBe(kind);
  });

  test.each<[string, SensitivePathKind | undefined]>([
    ['C:\\Users\\Ann\\.ssh\\id_rsa', 'ssh'],
    ['c:\\users\\ANN\\.SSH\\config', 'ssh'],
    ['\\\\?\\C:\\Users\\Ann\\.aws\\credentials', 'cloud-credentials'],
    ['C:/Users/Ann/.kube/config', 'kubernetes'],
    ['C:\\Users\\Ann\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data', 'browser'],
    ['C:\\Users\\Ann\\AppData\\Roaming\\Microsoft\\Protect\\S-1\\x', 'keychain'],
    ['C:\\Users\\Ann\\AppData\\Roaming\\Hoist\\hoist.db', 'hoist'],
    ['C:\\Users\\Ann\\_netrc', 'netrc'],
    ['D:\\Users\\Ann\\.ssh\\config', undefined],
    ['\\\\server\\homes\\ann\\.ssh\\config', undefined],
    ['C:\\Users\\Anna\\.ssh\\config', undefined],
    ['C:\\Users\\Ann\\Desktop\\x.pem', 'private-key'],
    ['C:\\Users\\Ann\\Desktop\\x.png', undefined],
  ])('on Windows, %s has the kind %s', (path, kind) => {
    expect(sensitivePathKind(path, windows)).toBe(kind);
  });

  test('recognizes paths in a home folder on a server', () => {
    expect(
      sensitivePathKind('\\\\server\\homes\\ann\\.ssh\\config', { ...windows, home: '\\\\server\\homes\\ann' }),
    ).toBe('ssh');
  });

  test('ignores a trailing slash of the home folder, and handles / as the home folder', () => {
    expect(sensitivePathKind('/home/ann/.ssh/x', { ...linux, home: '/home/ann/' })).toBe('ssh');
    expect(sensitivePathKind('/.ssh/x', { ...linux, home: '/', userData: '/data' })).toBe('ssh');
    expect(sensitivePathKind('/srv/x', { ...linux, home: '/', userData: '/data' })).toBeUndefined();
  });
});
