/** Runs commands in this process as a shell would, with records of their own, and keeps what they print. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Core } from '../../core.ts';
import type { Events } from '../../engine/ports.ts';
import { isSensitive } from '../../platform/deny-list.ts';
import { openLog } from '../../platform/log.ts';
import { network } from '../../platform/network.ts';
import { processStart } from '../../platform/process-start.ts';
import { openStore } from '../../store/open.ts';
import { run } from '../program.ts';
import { openTerminal, type Stream } from '../terminal.ts';

export interface Ran { code: number; out: string; err: string }

export interface RunOptions {
  stdin?: Readable;
  env?: Record<string, string>;
  stop?: AbortSignal;
  /** The reader of standard output goes away after so many lines. */
  readerLeavesAfter?: number;
  /** Told of every change of an upload. */
  changed?: Events['changed'];
}

export class Shell {
  readonly home = mkdtempSync(path.join(tmpdir(), 'hoist-shell-'));
  readonly cwd = mkdtempSync(path.join(this.home, 'work-'));
  /** Commands that opened the records. */
  opened = 0;

  file(name: string, content: string | Uint8Array = name): string {
    writeFileSync(path.join(this.cwd, name), content);
    return name;
  }

  async run(args: string[], options: RunOptions = {}): Promise<Ran> {
    const stdout = collector(options.readerLeavesAfter);
    const stderr = collector();
    const folder = path.join(this.home, 'records');
    const code = await run(args, {
      terminal: openTerminal(stdout, stderr), stdin: options.stdin ?? Readable.from([]), cwd: this.cwd, stop: options.stop ?? new AbortController().signal,
      isSensitive: (file) => isSensitive(file, { home: this.home, userData: folder }),
      open: async (wanted = {}) => {
        this.opened++;
        const store = await openStore({ folder, owner: { pid: process.pid, startTime: processStart(process.pid) }, now: Date.now });
        const changed: Events['changed'] = (upload, what) => { wanted.events?.changed?.(upload, what); options.changed?.(upload, what); };
        return new Core({
          folder, store, log: openLog({ folder: path.join(folder, 'logs'), home: this.home }), network: network({ online: () => true }), sources: wanted.sources,
          secretBox: { available: async () => false, backend: () => 'test', encrypt: () => Promise.reject(new Error('no key store')), decrypt: () => Promise.reject(new Error('no key store')) },
          events: { changed, removed: () => undefined, settled: () => undefined, forgotten: () => undefined }, env: options.env ?? {}, builtIns: ['environment', 'practice'], blocked: 'fail', profilesChanged: () => undefined,
        });
      },
    }, '1.2.3');
    return { code, out: stdout.text(), err: stderr.text() };
  }

  remove(): void { rmSync(this.home, { recursive: true, force: true }); }
}

/** Breaks as a pipe does whose other end was closed. */
function collector(linesTaken = Infinity): Stream & { text(): string } {
  let taken = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (taken.split('\n').length > linesTaken) { done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })); return; }
      taken += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => taken });
}
