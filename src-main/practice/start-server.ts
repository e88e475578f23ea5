/** Opens the folder and its door. Runs only in the process that has the lock on the folder, so what it keeps, it alone keeps. */
import { statfs } from 'node:fs/promises';
import { ObjectStore } from './object-store.ts';
import { identityProof } from './identity.ts';
import type { PracticeSettings } from './practice.ts';
import { codeOf } from './records.ts';
import { PracticeServer } from './server.ts';

export interface StartServerOptions {
  folder: string;
  storedSettings: { get(): PracticeSettings | undefined; set(settings: PracticeSettings): void };
  now(): number;
  randomBytes(count: number): Buffer;
  quotaBytes: number;
  freeBytes?(): Promise<number>;
  onProblem?(cause: unknown): void;
  bucket: string;
  region: string;
}

export interface RunningServer {
  store: ObjectStore;
  /** When a process that would take over was last heard of: ms of performance.now(); -Infinity for never. */
  standbySeenAt(): number;
  close(): Promise<void>;
}

/** Below the ports that systems give to outgoing connections (32768 and up on Linux, 49152 elsewhere). */
const portRange = { first: 20_000, count: 12_000 };
/** How many ports are tried before something else must be wrong. */
const maxPortAttempts = 50;

/** @throws what the disk and the network throw */
export async function startServer(
  options: StartServerOptions,
): Promise<{ server: RunningServer; settings: PracticeSettings }> {
  const { folder, storedSettings, bucket, region, now, quotaBytes, onProblem } = options;
  const { freeBytes = () => freeBytesIn(folder) } = options;
  const store = await ObjectStore.open(folder, { quotaBytes, freeBytes });
  let settings = storedSettings.get() ?? createSettings(options);
  let standbySeenAt = -Infinity;
  for (let attempt = 1; ; attempt++) {
    const { accessKeyId, secretAccessKey } = settings;
    try {
      const server = await PracticeServer.listen(settings.port, {
        context: { store, bucket, region, now },
        keys: { accessKeyId, secretAccessKey, region },
        proveIdentity: (nonce, port) => identityProof({ secretAccessKey, folder, port }, nonce),
        onStandbySeen: () => {
          standbySeenAt = performance.now();
        },
        ...(onProblem ? { onProblem } : {}),
      });
      storedSettings.set(settings);
      return { settings, server: { store, standbySeenAt: () => standbySeenAt, close: () => server.close() } };
    } catch (cause) {
      // A stranger has the port: nobody else serves this folder. EACCES is Windows' word for a port that it keeps for itself.
      if (!['EADDRINUSE', 'EACCES'].includes(String(codeOf(cause))) || attempt === maxPortAttempts) throw cause;
      settings = { ...settings, port: randomPort(options) };
    }
  }
}

function createSettings(options: Pick<StartServerOptions, 'randomBytes'>): PracticeSettings {
  const { randomBytes } = options;
  return {
    port: randomPort(options),
    accessKeyId: `HOIST${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

const randomPort = ({ randomBytes }: Pick<StartServerOptions, 'randomBytes'>): number =>
  portRange.first + (randomBytes(4).readUInt32BE() % portRange.count);

async function freeBytesIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
