/** The destinations of --to, and what a command reports about a fallback. */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { jsonLines, openShellForEachTest } from './testing/setup-fixture.ts';

const fixture = openShellForEachTest();

const environment = (): Record<string, string> => {
  const { endpoint, bucket, accessKeyId, secretAccessKey, region } = fixture.store.address;
  return {
    AWS_S3_BUCKET: bucket,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_S3_PATH_STYLE: 'true',
  };
};

/** A destination whose key the store refuses. */
const addBroken = (name: string, more: string[] = []) =>
  fixture.add(name, ['--no-test', ...more], { stdin: fixture.secretInput('wrong-secret') });

/** The address of a port on which no server listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The address of a store that has no objects and refuses to store one. */
async function storeThatRefusesFiles(): Promise<string> {
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.method === 'HEAD' ? 404 : 403).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test('after a fallback, says which destination failed, why, and which one took the file; JSON has the attempts', async () => {
  await addBroken('Main');
  await fixture.add('Backup', ['--no-test']);
  fixture.shell.file('a.txt');
  const ran = await fixture.hoist(['upload', 'a.txt', '--to', 'Main,Backup']);
  expect(ran.code).toBe(0);
  expect(ran.err).toMatch(/^a\.txt: not uploaded to Main\. .+\na\.txt: uploaded to Backup instead\.\n$/);
  const [line] = jsonLines(await fixture.hoist(['upload', 'a.txt', '--to', 'Main,Backup', '--json']));
  expect(line).toMatchObject({
    destination: 'Backup',
    attempts: [{ destination: 'Main', ended: expect.any(String) as string, error: { code: 'unauthorized' } }],
  });
  expect(line).not.toHaveProperty('withheld');
});

test('says which destination it did not use and how to allow it; --allow-public allows it', async () => {
  await addBroken('Main');
  await fixture.add('Open', ['--no-test', '--link-kind', 'public']);
  fixture.shell.file('a.txt');
  const args = ['upload', 'a.txt', '--to', 'Main,Open'];
  const ran = await fixture.hoist(args);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain(
    'a.txt: not sent to Open, because more people could open the link. To allow this, add --allow-public.\n',
  );
  expect(jsonLines(await fixture.hoist([...args, '--json']))).toMatchObject([
    { status: 'failed', withheld: [{ destination: 'Open', reason: 'more-people' }] },
  ]);
  const allowed = await fixture.hoist([...args, '--allow-public']);
  // The store refuses anonymous access, so the public link does not open.
  expect(allowed.code).toBe(3);
  expect(allowed.err).toContain('a.txt: uploaded to Open instead.\n');
});

test('also reports a withheld destination when a later one took the file', async () => {
  await addBroken('Main');
  await fixture.add('Open', ['--no-test', '--link-kind', 'public']);
  await fixture.add('Last', ['--no-test']);
  const ran = await fixture.hoist(['upload', fixture.shell.file('a.txt'), '--to', 'Main,Open,Last']);
  expect(ran.code).toBe(0);
  expect(ran.err).toContain('a.txt: not sent to Open, because more people could open the link.');
  expect(ran.err).toContain('a.txt: uploaded to Last instead.\n');
});

test('credentials of the environment can be part of a chain', async () => {
  await addBroken('Main');
  fixture.shell.file('a.txt');
  const last = await fixture.hoist(['upload', 'a.txt', '--to', 'Main,environment'], { env: environment() });
  expect(last.code, last.err).toBe(0);
  expect(last.err).toContain('a.txt: uploaded to S3 (environment) instead.\n');
  await fixture.add('Backup', ['--no-test']);
  const wrong = { ...environment(), AWS_SECRET_ACCESS_KEY: 'wrong-secret' };
  const first = await fixture.hoist(['upload', 'a.txt', '--to', 'environment,Backup'], { env: wrong });
  expect(first.code, first.err).toBe(0);
  expect(first.err).toContain('a.txt: uploaded to Backup instead.\n');
});

test('an upload to a closed port uses the next destination after 3 seconds', async () => {
  const endpoint = await closedPort();
  await addBroken('Down', ['--endpoint', endpoint]);
  await fixture.add('Backup', ['--no-test']);
  const ran = await fixture.hoist(['upload', fixture.shell.file('a.txt'), '--to', 'Down,Backup', '--json']);
  expect(ran.code, ran.err).toBe(0);
  const [line] = jsonLines(ran) as [{ destination: string; created: string; attempts: { ended: string }[] }];
  expect(line.destination).toBe('Backup');
  expect(Date.parse(line.attempts.at(-1)!.ended) - Date.parse(line.attempts[0]!.ended)).toBeLessThan(30_000);
});

test('data from a pipe goes to the next destination from its start', async () => {
  await addBroken('Down', ['--endpoint', await closedPort()]);
  await addBroken('Refusing', ['--endpoint', await storeThatRefusesFiles()]);
  await fixture.add('Backup', ['--no-test']);
  const args = ['upload', '-', '--name', 'n.txt', '--to', 'Down,Refusing,Backup', '--json'];
  const ran = await fixture.hoist(args, { stdin: Readable.from(['some ', 'text']) });
  expect(ran.code, ran.err).toBe(0);
  expect(ran.err).toContain('-: uploaded to Backup instead.\n');
  const [line] = jsonLines(ran) as [{ url: string }];
  expect(line).toMatchObject({
    destination: 'Backup',
    size: 9,
    attempts: [{ destination: 'Down' }, { destination: 'Refusing' }],
  });
  expect(line).not.toHaveProperty('withheld');
  expect(await (await fetch(line.url)).text()).toBe('some text');
});

test('more data from a pipe than Hoist keeps goes to no other destination, and these are named', async () => {
  await addBroken('Main', ['--endpoint', await storeThatRefusesFiles()]);
  await fixture.add('Backup', ['--no-test']);
  await fixture.add('Open', ['--no-test', '--link-kind', 'public']);
  const args = ['upload', '-', '--name', 'n.txt', '--to', 'Main,Backup,Open'];
  const stdin = () => Readable.from(Array.from({ length: 9 }, () => Buffer.alloc(1024 ** 2)));
  const ran = await fixture.hoist(args, { stdin: stdin() });
  expect([ran.code, ran.out]).toEqual([1, '']);
  for (const name of ['Backup', 'Open'])
    expect(ran.err).toContain(`-: not sent to ${name}, because Hoist keeps only 8 MiB of a pipe.`);
  const [line] = jsonLines(await fixture.hoist([...args, '--json'], { stdin: stdin() }));
  expect(line).toMatchObject({
    status: 'failed',
    destination: 'Main',
    withheld: [
      { destination: 'Backup', reason: 'already-read' },
      { destination: 'Open', reason: 'already-read' },
    ],
  });
});

test('data from a pipe goes to no destination that the user has to allow', async () => {
  await addBroken('Down', ['--endpoint', await closedPort()]);
  await fixture.add('Open', ['--no-test', '--link-kind', 'public']);
  const args = ['upload', '-', '--to', 'Down,Open', '--json'];
  const ran = await fixture.hoist(args, { stdin: Readable.from(['text']) });
  expect(jsonLines(ran)).toMatchObject([
    { status: 'failed', withheld: [{ destination: 'Open', reason: 'more-people' }] },
  ]);
});

test('--to environment without its variables says how to find them', async () => {
  fixture.shell.file('a.txt');
  const ran = await fixture.hoist(['upload', 'a.txt', '--to', 'environment']);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain('No destination is set up by environment variables.');
});

test('--to accepts a type when exactly one destination has it', async () => {
  await fixture.add('Work', ['--no-test']);
  fixture.shell.file('a.txt');
  for (const type of ['s3', 'S3'])
    expect(jsonLines(await fixture.hoist(['upload', 'a.txt', '--to', type, '--json']))).toMatchObject([
      { destination: 'Work', status: 'done' },
    ]);
  await fixture.add('Files', ['--no-test']);
  expect(await fixture.hoist(['upload', 'a.txt', '--to', 's3'])).toMatchObject({
    code: 2,
    out: '',
    err: 'There are 2 destinations of the type s3. Enter a name: Work, Files.\n',
  });
  expect((await fixture.hoist(['upload', 'a.txt', '--to', 'fal'])).code).toBe(2);
});
