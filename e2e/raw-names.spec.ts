/** File names that are not valid UTF-8, as a shell passes them to the app and to the launcher of a checkout. */
import fs from 'node:fs';
import path from 'node:path';
import { hostArgs } from '../scripts/electron-runtime.mjs';
import { bucketEnv, hasS3Server } from './bucket.ts';
import { hoistCommand, runShellLine } from './hoist-cli.ts';
import { expect, temporaryFolder, test } from './app-fixture.ts';

test.skip(process.platform !== 'linux', 'macOS and Windows refuse file names that are not valid UTF-8');
test.skip(!hasS3Server, 'no S3 server');

const root = path.resolve(import.meta.dirname, '..');
const electron = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron');
/** Starts the app as the launcher of a package does. */
const appCommand = [
  electron,
  ...hostArgs(),
  '--ozone-platform=headless',
  '--disable-gpu',
  '--disable-software-rasterizer',
  '--log-level=3',
  root,
  '--command-line',
  '--',
]
  .map((word) => `'${word}'`)
  .join(' ');

/** Creates a home folder with these files. Their names on disk are in Latin-1; the content of each file is its path. */
function homeWith(names: string[]): string {
  const home = temporaryFolder('home');
  for (const name of names) {
    const file = Buffer.concat([Buffer.from(`${home}/`), Buffer.from(name, 'latin1')]);
    fs.mkdirSync(file.subarray(0, file.lastIndexOf('/')), { recursive: true });
    fs.writeFileSync(file, name);
  }
  return home;
}

/** Uploads with a shell command. Returns the content behind each printed link, and standard error. */
async function upload(command: string, args: string, home: string): Promise<{ contents: string[]; stderr: string }> {
  const { stdout, stderr } = await runShellLine(`${command} upload ${args}`, { home, env: bucketEnv() });
  const links = stdout.split('\n').slice(0, -1);
  return { contents: await Promise.all(links.map(async (link) => (await fetch(link)).text())), stderr };
}

test('each link opens the file whose bytes were typed at its position', async () => {
  // The third name has the bytes EF BF BD: U+FFFD in UTF-8, as which the two other names would be decoded.
  const home = homeWith(['caf\u00e8.txt', 'caf\u00e9.txt', 'caf\u00ef\u00bf\u00bd.txt']);
  const { contents } = await upload(appCommand, String.raw`$'caf\xe9.txt' $'caf\xe8.txt' $'caf\xef\xbf\xbd.txt'`, home);
  expect(contents).toEqual(['caf\u00e9.txt', 'caf\u00e8.txt', 'caf\u00ef\u00bf\u00bd.txt']);
  const named = await upload(appCommand, String.raw`--name $'caf\xe8.txt' $'caf\xe9.txt'`, home);
  expect(named.contents).toEqual(['caf\u00e9.txt']);
});

test('a folder whose name is not UTF-8 is uploaded, also from inside it, and a mistyped name is reported as missing', async () => {
  const home = homeWith(['dir\u00e8/a.txt', 'dir\u00e9/a.txt', 'dir\u00e9/sub\u00ea/b.txt']);
  for (const typed of [String.raw`$'dir\xe9'`, String.raw`$'dir\xe9/'`])
    expect((await upload(appCommand, typed, home)).contents).toEqual(['dir\u00e9/a.txt', 'dir\u00e9/sub\u00ea/b.txt']);
  expect((await upload(appCommand, String.raw`$'dir\xe9/sub\xea'`, home)).contents).toEqual([
    'dir\u00e9/sub\u00ea/b.txt',
  ]);
  const inside = await upload(String.raw`cd $'dir\xe9'; ${appCommand}`, 'a.txt', home);
  expect(inside.contents).toEqual(['dir\u00e9/a.txt']);
  const mistyped = await upload(appCommand, String.raw`$'dir\xe9/gone\xe9.txt'`, home);
  expect(mistyped).toEqual({ contents: [], stderr: expect.stringContaining('There is no file with this path.') });
});

test('the launcher of a checkout uploads a name that fits one file, and refuses a name that fits several', async () => {
  const home = homeWith(['caf\u00e8.txt', 'caf\u00e9.txt', 'only\u00e9.txt']);
  // Node decodes the arguments of the launcher, so both names that start with "caf" arrive as the same text.
  const { contents, stderr } = await upload(
    hoistCommand,
    String.raw`$'caf\xe9.txt' $'only\xe9.txt' $'caf\xe8.txt'`,
    home,
  );
  expect(contents).toEqual(['only\u00e9.txt']);
  expect(stderr.match(/Several files have this name/g)).toHaveLength(2);
});
