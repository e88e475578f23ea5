/** Opens the folder and starts the server. Runs only in the process that holds the lock on the folder. */
import { systemCodeOf } from '../platform/file-errors.ts';
import { freeBytesIn } from './free-space.ts';
import { ObjectStore } from './object-store.ts';
import { identityProof } from './identity.ts';
import type { PracticeSettings } from './practice.ts';
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
  /** Time of the last request of a standby process, in ms of performance.now(); -Infinity for never. */
  standbySeenAt(): number;
  close(): Promise<void>;
}

/** Below the ephemeral ports of outgoing connections (from 32768 on Linux, from 49152 on other systems). */
const portRange = { first: 20_000, count: 12_000 };
/** Number of ports to try before giving up. */
const maxPortAttempts = 50;

/** @throws errors of the disk and the network */
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
      // Another program uses the port. No other Hoist process can use it, because this process holds the folder's lock.
      // Windows reports EACCES for a reserved port.
      if (!['EADDRINUSE', 'EACCES'].includes(String(systemCodeOf(cause))) || attempt === maxPortAttempts) throw cause;
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
