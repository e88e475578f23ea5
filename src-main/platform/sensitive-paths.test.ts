import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SensitivePathKind } from './sensitive-app-data.ts';
import { sensitivePathKind, sensitivePathRule } from './sensitive-paths.ts';
import { tempFolder } from './testing/temp-folders.ts';

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
    ['/home/ann/aws/credentials', 'developer-credentials'],
    ['/home/ann/aws/config', undefined],
    ['/home/ann/.config/gcloud/credentials.db', 'cloud-credentials'],
    ['/home/ann/.config/gcloud-notes.txt', undefined],
    ['/home/ann/.docker/config.json', 'developer-credentials'],
    ['/home/ann/.docker/Dockerfile', undefined],
    ['/home/ann/.config/rclone/rclone.conf', 'cloud-credentials'],
    ['/home/ann/.npmrc', 'developer-credentials'],
    ['/home/ann/project/.npmrc', 'developer-credentials'],
    ['/home/ann/project/npmrc', undefined],
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

test.each(
  `
    .env .env.local .envrc prod.env a.key a.pem a.p12 a.pfx a.kdbx a.ovpn a.p8 a.tfstate a.tfstate.backup
    a.tfvars .bash_history .zsh_history .psql_history .histfile .mysql_history .python_history
    .sqlite_history .rediscli_history .dbshell .node_repl_history .pgpass .my.cnf .npmrc .pypirc
    .git-credentials .netrc .htpasswd key4.db wallet.dat credentials.json secrets.yml
    client_secret_12.json service-account-x.json keys.txt a.agekey
  `
    .trim()
    .split(/\s+/u),
)('asks about a file named %s in any folder', (name) => {
  expect(sensitivePathKind(`/srv/project/${name}`, linux)).toBeDefined();
});

test.each(
  `
    environment.md env key monkey a.keys a.key.png history history.md chat_history.txt credentials-guide.pdf
    secret-santa.jpg my.cnf.md terraform.tf keyring.jpg wallet.png cookies.md
  `
    .trim()
    .split(/\s+/u),
)('does not ask about a file named %s', (name) => {
  expect(sensitivePathKind(`/srv/project/${name}`, linux)).toBeUndefined();
});

test.each(
  `
    .docker/config.json .kube/config .cargo/credentials.toml .m2/settings.xml .gem/credentials
    .terraform.d/credentials.tfrc.json .config/discord/Cookies .config/Slack/Cookies
    .config/Signal/config.json .local/share/TelegramDesktop/tdata/key .purple/accounts.xml
    .config/1Password/x .config/Bitwarden/data.json .config/keepassxc/x.ini .local/share/gopass/x
    .electrum/wallets/default .bitcoin/x .ethereum/keystore/x .config/solana/id.json .config/Exodus/x
    .config/sops/age/keys .config/containers/auth.json .cache/huggingface/token .claude/.credentials.json
    .codex/auth.json .gemini/oauth_creds.json .config/github-copilot/hosts.json .config/picgo/data.json
    .picgo/config.json .config/piclist/data.json .config/rclone/x .aws/config .config/gh/hosts.yml
    Library/Messages/chat.db AppData/Roaming/discord/x AppData/Local/1Password/data/x
  `
    .trim()
    .split(/\s+/u),
)('asks about ~/%s', (location) => {
  expect(sensitivePathKind(`/home/ann/${location}`, linux)).toBeDefined();
});

describe('the rule with symbolic links', () => {
  function homeFixture() {
    const base = tempFolder();
    const home = join(base, 'real-home');
    const file = (...names: string[]) => {
      const path = join(base, ...names);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, 'x');
      return path;
    };
    mkdirSync(home);
    return { base, home, file, userData: join(base, 'data') };
  }

  test('holds for the real path and the given path when HOME is a link', async () => {
    const { base, home, file, userData } = homeFixture();
    file('real-home', '.aws', 'config');
    symlinkSync(home, join(base, 'home'));
    const isSensitive = sensitivePathRule({ home: join(base, 'home'), userData });
    expect(await isSensitive(join(home, '.aws', 'config'))).toBe(true);
    expect(await isSensitive(join(base, 'home', '.aws', 'config'))).toBe(true);
    expect(await isSensitive(join(home, 'notes', 'config'))).toBe(false);
  });

  test('holds when ~/.aws, a parent of it or one of its files is a link to another folder', async () => {
    const { base, home, file, userData } = homeFixture();
    symlinkSync(join(file('dotfiles', 'aws', 'config'), '..'), join(home, '.aws'));
    file('dotfiles', 'config', 'gh', 'hosts.yml');
    symlinkSync(join(base, 'dotfiles', 'config'), join(home, '.config'));
    mkdirSync(join(home, '.docker'));
    symlinkSync(file('dotfiles', 'docker.json'), join(home, '.docker', 'config.json'));
    const isSensitive = sensitivePathRule({ home, userData });
    expect(await isSensitive(join(base, 'dotfiles', 'aws', 'config'))).toBe(true);
    expect(await isSensitive(join(base, 'dotfiles', 'config', 'gh', 'hosts.yml'))).toBe(true);
    expect(await isSensitive(join(base, 'dotfiles', 'docker.json'))).toBe(true);
    expect(await isSensitive(join(base, 'dotfiles', 'other'))).toBe(false);
  });

  test('holds when one of several paths of a file is sensitive, and for a path with ..', async () => {
    const { home, userData } = homeFixture();
    const isSensitive = sensitivePathRule({ home, userData });
    expect(await isSensitive('/srv/a.txt', join(home, '.ssh', 'config'))).toBe(true);
    expect(await isSensitive(join(home, '.ssh', 'config'), '/srv/a.txt')).toBe(true);
    expect(await isSensitive(`${home}/work/../.ssh/config`)).toBe(true);
  });

  test('notices a link that is made later', async () => {
    const { base, home, file, userData } = homeFixture();
    const isSensitive = sensitivePathRule({ home, userData });
    const path = file('dotfiles', 'ssh', 'config');
    expect(await isSensitive(path)).toBe(false);
    symlinkSync(join(base, 'dotfiles', 'ssh'), join(home, '.ssh'));
    await expect.poll(() => isSensitive(path), { timeout: 10_000 }).toBe(true);
  });
});
