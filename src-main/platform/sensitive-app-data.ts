/** The data of browsers and of mail, chat, password and wallet programs in the home folder. */

export type SensitivePathKind =
  | 'ssh'
  | 'gnupg'
  | 'cloud-credentials'
  | 'developer-credentials'
  | 'assistant-credentials'
  | 'kubernetes'
  | 'netrc'
  | 'keychain'
  | 'browser'
  | 'mail'
  | 'chat'
  | 'password-manager'
  | 'password-database'
  | 'wallet'
  | 'history'
  | 'environment'
  | 'private-key'
  | 'hoist'
  | 'system';

export type SensitivePaths = readonly [SensitivePathKind, readonly string[]];

const macData = 'Library/Application Support';

/** The folders that an app of this name uses for its data on each system. */
export const appData = (...names: string[]): string[] =>
  names.flatMap((name) => [
    `.config/${name}`,
    `.local/share/${name}`,
    `${macData}/${name}`,
    `AppData/Roaming/${name}`,
    `AppData/Local/${name}`,
  ]);
const flatpak = (...ids: string[]): string[] => ids.map((id) => `.var/app/${id}`);
const snap = (...names: string[]): string[] => names.map((name) => `snap/${name}`);

export const appPaths: readonly SensitivePaths[] = [
  [
    'browser',
    [
      '.mozilla',
      '.librewolf',
      '.waterfox',
      '.zen',
      '.tor-browser',
      ...snap('firefox', 'chromium', 'brave', 'opera'),
      ...flatpak(
        'org.mozilla.firefox',
        'com.google.Chrome',
        'org.chromium.Chromium',
        'com.brave.Browser',
        'com.microsoft.Edge',
        'com.vivaldi.Vivaldi',
        'io.gitlab.librewolf-community',
        'com.opera.Opera',
      ),
      'Library/Safari',
      'Library/Cookies',
      'Library/Containers/com.apple.Safari',
      ...appData(
        'Arc',
        'BraveSoftware',
        'Chromium',
        'chromium',
        'com.operasoftware.Opera',
        'epiphany',
        'Firefox',
        'google-chrome',
        'google-chrome-beta',
        'google-chrome-unstable',
        'Google/Chrome',
        'Microsoft Edge',
        'microsoft-edge',
        'microsoft-edge-beta',
        'microsoft-edge-dev',
        'Microsoft/Edge',
        'Mozilla',
        'mozilla',
        'opera',
        'Opera Software',
        'qutebrowser',
        'torbrowser',
        'Vivaldi',
        'vivaldi',
        'yandex-browser',
        'zen',
      ),
    ],
  ],
  [
    'mail',
    [
      '.thunderbird',
      '.authinfo',
      '.authinfo.gpg',
      '.fetchmailrc',
      '.mbsyncrc',
      '.msmtprc',
      '.mutt',
      '.muttrc',
      '.offlineimaprc',
      ...snap('thunderbird'),
      ...flatpak('org.mozilla.Thunderbird', 'org.gnome.Evolution'),
      'Library/Mail',
      'Library/Thunderbird',
      ...appData('evolution', 'geary', 'mutt', 'neomutt', 'Thunderbird', 'msmtp', 'Mailspring', 'protonmail', 'isync'),
    ],
  ],
  [
    'chat',
    [
      '.irssi',
      '.purple',
      '.Skype',
      '.weechat',
      '.ViberPC',
      '.zoom',
      'Library/Messages',
      'Library/Group Containers',
      'Library/Containers/com.tinyspeck.slackmacgap',
      'Library/Containers/net.whatsapp.WhatsApp',
      'Library/Containers/com.microsoft.teams2',
      ...snap('discord', 'slack', 'signal-desktop', 'telegram-desktop', 'element-desktop', 'whatsdesk'),
      ...flatpak(
        'com.discordapp.Discord',
        'com.slack.Slack',
        'im.riot.Riot',
        'org.signal.Signal',
        'org.telegram.desktop',
        'com.github.IsmaelMartinez.teams_for_linux',
      ),
      ...appData(
        'Beeper',
        'BetterDiscord',
        'Caprine',
        'dino',
        'discord',
        'discordcanary',
        'discordptb',
        'Element',
        'Element-Nightly',
        'Ferdium',
        'Franz',
        'fractal',
        'gajim',
        'hexchat',
        'Jitsi Meet',
        'Mattermost',
        'Microsoft/Microsoft Teams',
        'Microsoft/Teams',
        'neochat',
        'nheko',
        'Rambox',
        'Rocket.Chat',
        'Session',
        'Signal',
        'signal-cli',
        'Skype',
        'skypeforlinux',
        'Slack',
        'teams-for-linux',
        'Telegram Desktop',
        'TelegramDesktop',
        'Threema',
        'vesktop',
        'ViberPC',
        'weechat',
        'WhatsApp',
        'whatsapp-for-linux',
        'Wire',
        'zoom.us',
        'zoomus.conf',
        'Zulip',
      ),
    ],
  ],
  [
    'password-manager',
    [
      '.lastpass',
      '.enpass',
      'Library/Containers/com.bitwarden.desktop',
      'Library/Containers/com.agilebits.onepassword7',
      ...snap('bitwarden', 'bw', 'keepassxc', '1password'),
      ...flatpak('com.bitwarden.desktop', 'org.keepassxc.KeePassXC', 'com.onepassword.OnePassword', 'me.proton.Pass'),
      ...appData(
        '1Password',
        'Authy Desktop',
        'Bitwarden',
        'Bitwarden CLI',
        'Buttercup',
        'com.2fas.desktop',
        'Dashlane',
        'Enpass',
        'KeePass',
        'KeePassXC',
        'keepassxc',
        'LastPass',
        'lpass',
        'NordPass',
        'op',
        'Proton Pass',
        'rbw',
        'RoboForm',
        'Yubico',
      ),
    ],
  ],
  [
    'wallet',
    [
      '.armory',
      '.bitcoin',
      '.bitmonero',
      '.dashcore',
      '.dogecoin',
      '.electron-cash',
      '.electrum',
      '.eth2validators',
      '.ethereum',
      '.foundry/keystores',
      '.litecoin',
      '.lnd',
      '.monero',
      '.multibit',
      '.near-credentials',
      '.shared-ringdb',
      '.sparrow',
      '.sui',
      '.walletwasabi',
      '.zcash',
      'Monero/wallets',
      ...appData(
        'Armory',
        'atomic',
        'Bitcoin',
        'Coinomi',
        'Dogecoin',
        'Electrum',
        'Ethereum',
        'Exodus',
        'Guarda',
        'Jaxx',
        'Ledger Live',
        'Litecoin',
        'Monero',
        'Sparrow',
        'solana',
        'trezor-suite',
        '@trezor/suite-desktop',
        'WalletWasabi',
        'Zcash',
      ),
    ],
  ],
];
