/**
 * A program that uses a store as another process does. The first argument names what it does, the second the folder; what
 * it has done it says line by line, each line only after the store has answered.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { processStart } from '../../platform/process-start.ts';
import { openStore, type Store } from '../open.ts';
import { loadSqlite } from '../sqlite.ts';
import { StoreFailure } from '../store-failure.ts';
import { ordinaryUser } from './ordinary-user.ts';
import { done, queued, uploading } from './sample-uploads.ts';

const [what = '', folder = '', ...rest] = process.argv.slice(2);
const say = (line: string) => {
  writeSync(1, `${line}\n`);
};

const programs: Record<string, (store: Store) => Promise<void> | void> = {
  /** Accepts and works through uploads until it is killed. */
  write(store) {
    const [run = ''] = rest;
    for (let n = 0; ; n++) {
      const batch = Array.from({ length: 1 + (n % 4) }, (_, index) => `${run}-${n}-${index}`);
      store.uploads.insert(batch.map((id) => queued(id)));
      say(`queued ${batch.join(' ')}`);
      for (const id of batch) {
        store.uploads.save(uploading(id), 'normal');
        say(`uploading ${id}`);
      }
      const [first = ''] = batch;
      store.uploads.save(done(first), 'full');
      store.uploads.release(first);
      say(`done ${first}`);
    }
  },

  /** Claims all it can get of the given uploads, when told to begin. */
  async claim(store) {
    say('ready');
    await new Promise((ok) => {
      process.stdin.once('data', ok);
    });
    for (const id of rest) if (store.uploads.claim(id)) say(`mine ${id}`);
    say('end');
  },

  /** Claims all it can get of what each line names, after the number of the round. */
  async contend(store) {
    say('ready');
    for await (const line of createInterface({ input: process.stdin })) {
      const [round = '', ...ids] = line.split(' ');
      for (const id of ids) if (store.uploads.claim(id)) say(`mine ${round} ${id}`);
      say(`end ${round}`);
    }
  },

  /** Takes an upload and stays. */
  hold(store) {
    store.uploads.insert(rest.map((id) => uploading(id)));
    say('held');
    process.stdin.resume();
  },

  /** Takes uploads, beats when told to, and says what is still its own or can be again. */
  async beat(store) {
    store.uploads.insert(rest.map((id) => uploading(id)));
    say('held');
    await new Promise((ok) => {
      process.stdin.once('data', ok);
    });
    say(store.uploads.heartbeat() ? 'alive' : 'given up');
    for (const id of rest) if (store.uploads.claim(id)) say(`mine ${id}`);
    say('end');
  },
};

const open = () =>
  openStore({ folder, owner: { pid: process.pid, startTime: processStart(process.pid) }, now: Date.now });

if (what === 'try') {
  // Permissions do not stop root. What needs them is loaded before.
  await loadSqlite();
  if (process.getuid?.() === 0) {
    process.setgid?.(ordinaryUser);
    process.setuid?.(ordinaryUser);
  }
  try {
    (await open()).close();
    say('opened');
  } catch (thrown) {
    say(thrown instanceof StoreFailure ? `StoreFailure ${thrown.reason}` : String(thrown));
  }
  process.exit(0);
}

if (what === 'cycle') {
  for (const id of rest) {
    const store = await open();
    store.uploads.insert([queued(id)]);
    store.close();
  }
  say('end');
  process.exit(0);
}

const store = await open();
await programs[what]?.(store);
if (what === 'claim')
  process.stdin.once('data', () => {
    store.close();
    process.exit(0);
  });
