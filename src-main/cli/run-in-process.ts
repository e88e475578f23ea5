/** Runs a command with this process's streams and environment, and the database in Hoist's folder. */
import path from 'node:path';
import { text } from '../../src-shared/text/text.ts';
import { Core } from '../core.ts';
import { sensitivePathRule } from '../platform/sensitive-paths.ts';
import { exactWorkingFolder } from '../platform/exact-arguments.ts';
import { openLog, type AppLog } from '../platform/log.ts';
import { createNetworkMonitor } from '../platform/network-monitor.ts';
import { processStart } from '../platform/process-start.ts';
import type { SecretBox } from '../profiles/secret-box.ts';
import type { ProxyResolver } from '../providers/network/transport.ts';
import { openStore } from '../store/open.ts';
import { runProgram } from './program.ts';
import { confirmProgramAt } from './confirm-program.ts';
import { confirmRecipientsAt } from './confirm-recipients.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { standardOutput } from './standard-output.ts';
import { openTerminal } from './terminal.ts';
import { formatFailure, printable } from './format.ts';
import { exitCodes, type ExitCode, type OpenCoreOptions, type CliContext } from './cli-context.ts';

export interface ProcessPorts {
  /** Hoist's data folder. */
  folder: string;
  home: string;
  version: string;
  secretBox: SecretBox;
  proxies: ProxyResolver;
  stop: AbortSignal;
}

/** Never throws: prints errors and returns them as an exit code. */
export async function runInProcess(args: string[], ports: ProcessPorts): Promise<ExitCode> {
  const { folder, home, version, stop } = ports;
  const terminal = openTerminal(standardOutput(process.stdout), process.stderr);
  const log = openLog({ folder: path.join(folder, 'logs'), home });
  // A bug in one part of the code must not stop running uploads.
  process.on('uncaughtException', (cause) => {
    log.problem('uncaught exception', cause);
  });
  process.on('unhandledRejection', (cause) => {
    log.problem('unhandled rejection', cause);
  });
  const prompt = openPrompt(process.stdin, process.stderr, stop);
  const context: CliContext = {
    terminal,
    stop,
    stdin: process.stdin,
    prompt,
    cwd: exactWorkingFolder(workingFolder(process.env)),
    env: process.env,
    home,
    platform: process.platform,
    isSensitive: sensitivePathRule({ home, userData: folder }),
    open: (options = {}) => openCore(ports, { log, prompt }, options),
  };
  try {
    if (stop.aborted) return exitCodes.interrupted;
    return await runProgram(args, context, version);
  } catch (cause) {
    const message = formatFailure(cause);
    if (message === undefined) log.problem('command line', cause);
    terminal.message(message ?? text('cli.bug', { path: log.file }));
    return exitCodes.failed;
  }
}

/**
 * The working folder may have been deleted. Absolute paths then still work, and a relative path finds no file, because
 * it is below the folder's last path.
 */
function workingFolder(env: NodeJS.ProcessEnv): string {
  try {
    return process.cwd();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
    const { PWD = '' } = env;
    return path.isAbsolute(PWD) ? PWD : deletedFolder;
  }
}

/** Linux resolves it to the deleted folder. On other systems, no such folder exists. */
const deletedFolder = '/proc/self/cwd';

async function openCore(
  { folder, secretBox, proxies }: ProcessPorts,
  { log, prompt }: { log: AppLog; prompt: Prompt | undefined },
  { listeners = {}, sources, confirmRecipients, confirmProgram }: OpenCoreOptions,
): Promise<Core> {
  const store = await openStore({
    folder,
    owner: { pid: process.pid, startTime: processStart(process.pid) },
    now: Date.now,
  });
  const core = new Core({
    folder,
    store,
    log,
    secretBox,
    proxies,
    ...(sources ? { sources } : {}),
    network: createNetworkMonitor(),
    env: process.env,
    builtIns: ['environment', 'practice'],
    blocked: 'fail',
    confirmRecipients: confirmRecipients ?? (prompt && confirmRecipientsAt(prompt)),
    confirmProgram: confirmProgram ?? (prompt && confirmProgramAt(prompt)),
    ...(prompt
      ? {
          ask: ({ device, destination, refused }, signal) =>
            prompt.text(
              text(refused ? `cli.code.refused.${refused}` : 'cli.code', {
                device: printable(device),
                destination: printable(destination),
              }),
              signal,
            ),
        }
      : {}),
  });
  core.listeners.add(listeners);
  return core;
}
