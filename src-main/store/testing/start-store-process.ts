/**
 * Starts store-process.ts as a separate process. It is built once for each test file, because Node 20 can't run
 * TypeScript.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, onTestFinished } from 'vitest';
import { build } from 'vite';

let program = '';

/** Call this at the top of the test file. */
export function buildStoreProcess(): void {
  beforeAll(async () => {
    // Inside the project, so that Node finds the packages.
    const parent = resolve(import.meta.dirname, '../../../out/testing');
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(join(parent, 'store-'));
    await build({
      configFile: false,
      logLevel: 'silent',
      root: import.meta.dirname,
      build: {
        ssr: join(import.meta.dirname, 'store-process.ts'),
        outDir: folder,
        emptyOutDir: false,
        target: 'node20',
        rolldownOptions: { output: { entryFileNames: 'store-process.mjs' } },
      },
    });
    program = join(folder, 'store-process.mjs');
    return () => rmSync(folder, { recursive: true, force: true });
  });
}

export interface StoreProcess {
  child: ChildProcess;
  /** Resolves with all lines so far when one of them is `line`, or when there are `count` lines. */
  until(condition: { line: string } | { count: number }): Promise<string[]>;
  /** Kills the process (SIGKILL) and resolves with all lines that it printed. */
  kill(): Promise<string[]>;
  /** Resolves when the process exits. */
  ended: Promise<unknown>;
}

export function startStoreProcess(command: string, folder: string, ...moreArgs: string[]): StoreProcess {
  const child = spawn(process.execPath, [program, command, folder, ...moreArgs], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const waiters = new Set<() => void>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    for (const check of waiters) check();
  });
  const closed = once(reader, 'close');
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    ended: exited,
    until: (wanted) =>
      new Promise((ok, fail) => {
        const check = () => {
          const isMet = 'line' in wanted ? lines.includes(wanted.line) : lines.length >= wanted.count;
          if (!isMet) return;
          waiters.delete(check);
          ok(lines);
        };
        waiters.add(check);
        void exited.then(() => fail(new Error(`the process ended after ${lines.length} lines`)));
        check();
      }),
    async kill() {
      child.kill('SIGKILL');
      await Promise.all([exited, closed]);
      return lines;
    },
  };
}
