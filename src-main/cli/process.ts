/** Gives a command this process: its streams, its environment, the records in Hoist's folder. */
import path from 'node:path';
import { text } from '../../src-shared/text/text.ts';
import { Core } from '../core.ts';
import type { Events } from '../engine/ports.ts';
import { isSensitive } from '../platform/deny-list.ts';
import { openLog, type AppLog } from '../platform/log.ts';
import { network } from '../platform/network.ts';
import { processStart } from '../platform/process-start.ts';
import { fileSources } from '../platform/source-file.ts';
import type { SecretBox } from '../profiles/secret-box.ts';
import type { NetworkPorts } from '../providers/network.ts';
import { openStore } from '../store/open.ts';
import { run } from './program.ts';
import { openAsk, type Ask } from './ask.ts';
import { openTerminal } from './terminal.ts';
import { failureWords, printable } from './words.ts';
import { exitCodes, type ExitCode, type OpenPorts, type World } from './world.ts';

export interface ProcessPorts {
  /** Where Hoist keeps what is its own. */
  folder: string;
  home: string;
  version: string;
  secretBox: SecretBox;
  proxies: NetworkPorts;
  stop: AbortSignal;
}

/** Never throws: what goes wrong is said, and is an exit code. */
export async function runInProcess(args: string[], ports: ProcessPorts): Promise<ExitCode> {
  const { folder, home, version, stop } = ports;
  const terminal = openTerminal(process.stdout, process.stderr);
  const log = openLog({ folder: path.join(folder, 'logs'), home });
  // A mistake in one corner must not stop the transfers.
  process.on('uncaughtException', (cause) => {
    log.problem('uncaught exception', cause);
  });
  process.on('unhandledRejection', (cause) => {
    log.problem('unhandled rejection', cause);
  });
  const ask = openAsk(process.stdin, process.stderr, stop);
  const world: World = {
    terminal,
    stop,
    stdin: process.stdin,
    ask,
    cwd: process.cwd(),
    env: process.env,
    home,
    platform: process.platform,
    isSensitive: (file) => isSensitive(file, { home, userData: folder }),
    open: (wanted = {}) => openCore(ports, { log, ask }, wanted),
  };
  try {
    return await run(args, world, version);
  } catch (cause) {
    const words = failureWords(cause);
    if (words === undefined) log.problem('command line', cause);
    terminal.say(words ?? text('cli.bug', { path: log.file }));
    return exitCodes.failed;
  }
}

async function openCore(
  { folder, secretBox, proxies }: ProcessPorts,
  { log, ask }: { log: AppLog; ask: Ask | undefined },
  { events = {}, sources = fileSources }: OpenPorts,
): Promise<Core> {
  const store = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  const nothing: Events = {
    changed: () => undefined,
    removed: () => undefined,
    settled: () => undefined,
    forgotten: () => undefined,
  };
  return new Core({
    folder,
    store,
    log,
    secretBox,
    proxies,
    sources,
    network: network(),
    env: process.env,
    builtIns: ['environment', 'practice'],
    blocked: 'fail',
    ...(ask
      ? {
          ask: ({ device, destination, refused = 'none' }, over) =>
            ask.text(
              text('cli.code', { device: printable(device), destination: printable(destination), refused }),
              over,
            ),
        }
      : {}),
    events: { ...nothing, ...events },
    profilesChanged: () => undefined,
  });
}
