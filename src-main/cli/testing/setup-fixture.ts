/** A shell for each test of a file, an S3 server to set up as a destination, and short functions for setup commands. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { TestPractice } from '../../practice/testing/test-practice.ts';
import { Shell, testSecretBox, type CommandResult, type RunOptions } from './shell.ts';

class SetupFixture {
  /** Runs during all tests of the file. */
  store!: TestPractice;
  shell!: Shell;

  hoist(args: string[], options: RunOptions = {}): Promise<CommandResult> {
    return this.shell.run(args, { secretBox: testSecretBox, ...options });
  }

  /** Options of `hoist setup add s3` for the S3 server, without the secret key. */
  locationOptions(): string[] {
    const { endpoint, bucket, region, accessKeyId } = this.store.address;
    const location = ['--endpoint', endpoint, '--bucket', bucket, '--region', region];
    return [...location, '--access-key-id', accessKeyId, '--path-style'];
  }

  /** Standard input with a secret key, by default the key of the S3 server. */
  secretInput(value = this.store.address.secretAccessKey): Readable {
    return Readable.from([`secretAccessKey=${value}\n`]);
  }

  /** Sets up the S3 server as a destination. */
  add(name: string, moreArgs: string[] = [], options: RunOptions = {}): Promise<CommandResult> {
    const args = ['setup', 'add', 's3', ...this.locationOptions(), '--name', name, '--secrets-from', '-', ...moreArgs];
    return this.hoist(args, { stdin: this.secretInput(), ...options });
  }

  async destinationNames(): Promise<unknown[]> {
    return jsonLines(await this.hoist(['setup', '--json'])).map(({ name }) => name);
  }
  async defaultDestinationName(): Promise<unknown> {
    return jsonLines(await this.hoist(['setup', '--json'])).find((destination) => destination['default'])?.['name'];
  }

  /** The content of every file in the data folder. */
  storedText(): string {
    return readdirSync(path.join(this.shell.home, 'records'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  }
}

/** Starts an S3 server for the calling file, and opens a shell with an empty data folder before each test. */
export function openShellForEachTest(): SetupFixture {
  const fixture = new SetupFixture();
  beforeAll(async () => {
    fixture.store = await TestPractice.start();
  });
  afterAll(() => fixture.store.stop());
  beforeEach(() => {
    fixture.shell = new Shell();
  });
  afterEach(() => fixture.shell.remove());
  return fixture;
}

export const outputLines = (text: string): string[] => text.split('\n').slice(0, -1);
export const jsonLines = ({ out }: CommandResult): Record<string, unknown>[] =>
  outputLines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
