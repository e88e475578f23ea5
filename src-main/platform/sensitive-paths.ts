/**
 * Places whose files are hardly ever meant to be shared: keys, passwords, browsers' data, Hoist's own. A file from one is
 * not refused; the user is asked first, by a dialog of the system that no page can answer.
 */

export type SensitivePathKind =
  | 'ssh'
  | 'gnupg'
  | 'cloud-credentials'
  | 'kubernetes'
  | 'netrc'
  | 'keychain'
  | 'browser'
  | 'mail'
  | 'password-database'
  | 'private-key'
  | 'hoist'
  | 'system';

export interface SensitivePathContext {
  /** Real path of the user's home. */
  home: string;
  /** Real path of Hoist's own data. */
  userData: string;
  /** The running one unless a test says otherwise. */
  platform?: NodeJS.Platform;
}

type SensitivePaths = readonly [SensitivePathKind, readonly string[]];

const macData = 'Library/Application Support';
const chromiums = [
  'Google/Chrome',
  'Chromium',
  'BraveSoftware/Brave-Browser',
  'Microsoft Edge',
  'Vivaldi',
  'com.operasoftware.Opera',
  'Arc',
];
const windowsChromiums = ['Google/Chrome', 'Chromium', 'BraveSoftware/Brave-Browser', 'Microsoft/Edge', 'Vivaldi'];

/** Folders and files below the home, on any system: a synced home may hold another system's. */
const homePaths: readonly SensitivePaths[] = [
  ['ssh', ['.ssh']],
  ['gnupg', ['.gnupg', '.password-store', 'AppData/Roaming/gnupg']],
  [
    'cloud-credentials',
    [
      '.aws',
      '.azure',
      '.config/gcloud',
      'AppData/Roaming/gcloud',
      '.config/rclone',
      '.config/gh',
      '.config/doctl',
      '.docker/config.json',
      '.oci',
      '.s3cfg',
      '.boto',
      '.git-credentials',
      '.config/git/credentials',
      '.npmrc',
      '.pypirc',
      '.vault-token',
    ],
  ],
  ['kubernetes', ['.kube']],
  ['netrc', ['.netrc', '_netrc']],
  [
    'keychain',
    [
      'Library/Keychains',
      '.local/share/keyrings',
      '.local/share/kwalletd',
      '.gnome2/keyrings',
      '.kde/share/apps/kwallet',
      'AppData/Roaming/Microsoft/Credentials',
      'AppData/Local/Microsoft/Credentials',
      'AppData/Roaming/Microsoft/Protect',
      'AppData/Roaming/Microsoft/Crypto',
      'AppData/Local/Microsoft/Vault',
    ],
  ],
  [
    'browser',
    [
      '.mozilla',
      '.config/mozilla',
      '.librewolf',
      'snap/firefox',
      'snap/chromium',
      '.var/app/org.mozilla.firefox',
      '.var/app/com.google.Chrome',
      '.var/app/org.chromium.Chromium',
      '.var/app/com.brave.Browser',
      '.config/google-chrome',
      '.config/google-chrome-beta',
      '.config/google-chrome-unstable',
      '.config/chromium',
      '.config/BraveSoftware',
      '.config/microsoft-edge',
      '.config/vivaldi',
      '.config/opera',
      'Library/Safari',
      'Library/Cookies',
      'Library/Containers/com.apple.Safari',
      `${macData}/Firefox`,
      ...chromiums.map((name) => `${macData}/${name}`),
      'AppData/Roaming/Mozilla',
      'AppData/Roaming/Opera Software',
      ...windowsChromiums.map((name) => `AppData/Local/${name}/User Data`),
    ],
  ],
  [
    'mail',
    [
      '.thunderbird',
      '.var/app/org.mozilla.Thunderbird',
      'snap/thunderbird',
      'Library/Mail',
      'Library/Thunderbird',
      'AppData/Roaming/Thunderbird',
    ],
  ],
];

const absolutePaths: readonly SensitivePaths[] = [
  ['system', ['/proc', '/sys', '/dev', '/private/dev']],
  ['ssh', ['/etc/ssh']],
  ['private-key', ['/etc/ssl/private', '/etc/pki/tls/private']],
  ['keychain', ['/etc/shadow', '/etc/gshadow', '/Library/Keychains', '/private/var/db/SystemKey']],
];

/** `id_rsa`, `id_ed25519_work`, `id_rsa.bak`, any `id_…` without an ending; not `id_rsa.pub`, not `id_card.jpg`. */
const sshKeyName = /^id_(?!.*\.pub$)(?:(?:rsa|dsa|ecdsa|ed25519|xmss)(?:[._-].*)?|[^.]+)$/iu;

const namePatterns: readonly (readonly [SensitivePathKind, RegExp])[] = [
  ['password-database', /\.(?:kdbx?|psafe3|opvault|agilekeychain)$/iu],
  ['private-key', /\.(?:pem|ppk|p12|pfx|jks|keystore)$/iu],
  ['private-key', sshKeyName],
];

/**
 * @param realPath where the file really is, links resolved
 * @returns why to ask, or undefined
 */
export function sensitivePathKind(
  realPath: string,
  { home, userData, platform = process.platform }: SensitivePathContext,
): SensitivePathKind | undefined {
  const normalize = pathNormalizer(platform);
  const path = normalize(realPath);
  const isInside = (folder: string) => {
    const location = normalize(folder).replace(/\/$/u, '');
    return location !== '' && (path === location || path.startsWith(`${location}/`));
  };

  if (isInside(userData)) return 'hoist';
  const match = [
    ...homePaths.map(([kind, locations]): SensitivePaths => [kind, locations.map((location) => `${home}/${location}`)]),
    ...absolutePaths,
  ].find(([, locations]) => locations.some(isInside));
  if (match) return match[0];
  const name = path.slice(path.lastIndexOf('/') + 1);
  return namePatterns.find(([, pattern]) => pattern.test(name))?.[0];
}

export const isSensitivePath = (realPath: string, context: SensitivePathContext): boolean =>
  sensitivePathKind(realPath, context) !== undefined;

/** Paths of one system in one spelling: slashes, and no difference of case where the system makes none. */
function pathNormalizer(platform: NodeJS.Platform): (path: string) => string {
  if (platform === 'win32')
    return (path) =>
      path
        .replace(/^\\\\\?\\(?:UNC\\)?/u, '')
        .replace(/[\\/]+/gu, '/')
        .normalize('NFC')
        .toLowerCase();
  const plain = (path: string) => path.replace(/\/+/gu, '/');
  return platform === 'darwin' ? (path) => plain(path).normalize('NFC').toLowerCase() : plain;
}
