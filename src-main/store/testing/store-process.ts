/**
 * A program that uses a store from another process. The first argument selects the command, the second is the folder.
 * The program prints one line per completed step, after the store call has returned.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { processStart } from '../../platform/process-start.ts';
import { openStore, type Store } from '../open.ts';
import { loadSqlite } from '../sqlite.ts';
import { StoreFailure } from '../store-failure.ts';
import { unprivilegedUser } from '../../platform/testing/unprivileged-user.ts';
import { done, queued, uploading } from './sample-uploads.ts';

const [command = '', folder = '', ...moreArgs] = process.argv.slice(2);
const print = (line: string) => {
  writeSync(1, `${line}\n`);
};

const programs: Record<string, (store: Store) => Promise<void> | void> = {
  /** Accepts and processes uploads until it is killed. */
  write(store) {
    const [run = ''] = moreArgs;
    for (let n = 0; ; n++) {
      const batch = Array.from({ length: 1 + (n % 4) }, (_, index) => `${run}-${n}-${index}`);
      store.uploads.insert(batch.map((id) => queued(id)));
      print(`queued ${batch.join(' ')}`);
      for (const id of batch) {
        store.uploads.save(uploading(id), 'normal');
        print(`uploading ${id}`);
      }
      const [first = ''] = batch;
      store.uploads.save(done(first), 'full');
      store.uploads.release(first);
      print(`done ${first}`);
    }
  },

  /** Waits for input, then claims as many of the given uploads as possible. */
  async claim(store) {
    print('ready');
    await new Promise((resolve) => {
      process.stdin.once('data', resolve);
    });
    for (const id of moreArgs) if (store.uploads.claim(id)) print(`mine ${id}`);
    print('end');
  },

  /** Each input line has a round number and upload ids. Claims as many of these uploads as possible. */
  async contend(store) {
    print('ready');
    for await (const line of createInterface({ input: process.stdin })) {
      const [round = '', ...ids] = line.split(' ');
      for (const id of ids) if (store.uploads.claim(id)) print(`mine ${round} ${id}`);
      print(`end ${round}`);
    }
  },

  /** Accepts uploads and keeps running. */
  hold(store) {
    store.uploads.insert(moreArgs.map((id) => uploading(id)));
    print('held');
    process.stdin.resume();
  },

  /** Accepts uploads and waits for input. Then it sends a heartbeat and prints which uploads it can claim again. */
  async beat(store) {
    store.uploads.insert(moreArgs.map((id) => uploading(id)));
    print('held');
    await new Promise((resolve) => {
      process.stdin.once('data', resolve);
    });
    print(store.uploads.heartbeat() ? 'alive' : 'treated as dead');
    for (const id of moreArgs) if (store.uploads.claim(id)) print(`mine ${id}`);
    print('end');
  },
};

const open = () =>
  openStore({ folder, owner: { pid: process.pid, startTime: processStart(process.pid) }, now: Date.now });

if (command === 'try') {
  // Switch the user, because permissions do not apply to root. SQLite is loaded before, while its file is still
  // readable.
  await loadSqlite();
  if (process.getuid?.() === 0) {
    process.setgid?.(unprivilegedUser);
    process.setuid?.(unprivilegedUser);
  }
  try {
    (await open()).close();
    print('opened');
  } catch (thrown) {
    print(thrown instanceof StoreFailure ? `StoreFailure ${thrown.reason}` : String(thrown));
  }
  process.exit(0);
}

if (command === 'cycle') {
  for (const id of moreArgs) {
    const store = await open();
    store.uploads.insert([queued(id)]);
    store.close();
  }
  print('end');
  process.exit(0);
}

const store = await open();
await programs[command]?.(store);
if (command === 'claim')
  process.stdin.once('data', () => {
    store.close();
    process.exit(0);
  });
