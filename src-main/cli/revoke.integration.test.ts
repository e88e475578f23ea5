/** `hoist revoke` with fal.ai's emulator at the service's real host names. */
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { falCertificate, startFalHostProxy } from '../../e2e/servers/fal/host-proxy.ts';
import { FalServer } from '../../e2e/servers/fal/server.ts';
import { Shell, testSecretBox, type CommandResult } from './testing/shell.ts';

const key = 'key-id:0123456789abcdef';
const readOnlyKey = 'read-only:0123456789abcdef';

let server: FalServer;
let hostProxy: Awaited<ReturnType<typeof startFalHostProxy>>;
let shell: Shell;
beforeEach(async () => {
  server = await FalServer.start({
    keys: { [key]: {}, [readOnlyKey]: { mayWriteAssets: false } },
    address: 'https://v3.fal.media',
  });
  hostProxy = await startFalHostProxy(server.origin);
  shell = new Shell();
  shell.file('ca.pem', falCertificate);
  shell.file('a.txt');
});
afterEach(async () => {
  await hostProxy.stop();
  await server.stop();
  shell.remove();
});

const run = (args: string[], stdin?: string): Promise<CommandResult> =>
  shell.run(args, {
    secretBox: testSecretBox,
    ...(stdin === undefined ? {} : { stdin: Readable.from([stdin]) }),
  });

async function addFal(name: string, { as = key, access = 'public' } = {}): Promise<void> {
  const network = ['--proxy', 'address', '--proxy-address', hostProxy.url, '--ca', '@ca.pem'];
  const added = await run(
    ['setup', 'add', 'fal', '--name', name, ...network, '--access', access, '--no-test', '--secrets-from', '-'],
    `key=${as}\n`,
  );
  expect(added.code, added.err).toBe(0);
}

const upload = async (to: string): Promise<string> => (await run(['upload', 'a.txt', '--to', to])).out.trim();
const statusOf = async (link: string): Promise<number> =>
  (await fetch(new URL(new URL(link).pathname, server.origin))).status;

test('revoke makes the link stop working, keeps the file and marks the history entry', async () => {
  await addFal('Fal');
  const link = await upload('Fal');
  expect(await statusOf(link)).toBe(200);
  expect(await run(['revoke', link])).toEqual({ code: 0, out: `${link}\n`, err: '' });
  expect(await statusOf(link)).toBe(404);
  expect(server.leftovers().objects).toBe(1);
  const entry = JSON.parse((await run(['history', '--json'])).out) as Record<string, string>;
  expect(entry).toMatchObject({ url: link, visibility: 'private', verification: 'unreachable' });
  expect(Date.parse(entry['revoked']!)).toBeGreaterThan(Date.parse(entry['created']!));
});

test('revoke accepts an ID, and prints the entry with --json', async () => {
  await addFal('Fal');
  const { id } = JSON.parse((await run(['upload', 'a.txt', '--to', 'Fal', '--json'])).out) as { id: string };
  const revoked = JSON.parse((await run(['revoke', id, '--json'])).out) as Record<string, string>;
  expect(revoked).toMatchObject({ id, status: 'done', visibility: 'private' });
  expect(revoked['revoked']).toBeDefined();
});

test('revoke reports a link that still opens', async () => {
  await addFal('Fal');
  const link = await upload('Fal');
  // The service reports success, but does not change the access.
  server.overrideResponse = (route) =>
    route === 'set-acl'
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: [Buffer.from('{"default":"hide","rules":[]}')],
        }
      : undefined;
  const result = await run(['revoke', link]);
  expect(result).toEqual({
    code: 0,
    out: `${link}\n`,
    err: `${link}: revoked, but the link still opens. Open it again in a few minutes to check.\n`,
  });
});

test('revoke says which permission the key needs', async () => {
  await addFal('Fal', { as: readOnlyKey });
  const link = await upload('Fal');
  const { code, out, err } = await run(['revoke', link]);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('assets:write');
  expect(await statusOf(link)).toBe(200);
});

test('revoke says that a signed link and a link of another service cannot be revoked', async () => {
  await addFal('Fal', { access: 'signed' });
  const signed = await run(['revoke', await upload('Fal')]);
  expect([signed.code, signed.err]).toEqual([1, expect.stringContaining('Signed links can’t be revoked.')]);
  const practice = await run(['revoke', await upload('practice'), '--json']);
  expect(practice.code).toBe(1);
  expect(JSON.parse(practice.out)).toMatchObject({
    error: { code: 'forbidden', what: 'The links of this destination can’t be revoked.' },
  });
});

test('revoke changes nothing if one of the links is unknown', async () => {
  await addFal('Fal');
  const link = await upload('Fal');
  const result = await run(['revoke', link, 'https://v3.fal.media/files/b/other/a.txt']);
  expect(result).toEqual({
    code: 2,
    out: '',
    err: 'The history has no upload with the link or ID https://v3.fal.media/files/b/other/a.txt. No link was revoked.\n',
  });
  expect(await statusOf(link)).toBe(200);
});
