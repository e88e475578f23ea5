/** Opens the folder and its door. Runs only in the process that has the lock on the folder, so what it keeps, it alone keeps. */
import { statfs } from 'node:fs/promises';
import { Depot } from './depot.ts';
import { proof } from './identity.ts';
import type { PracticeSettings } from './practice.ts';
import { codeOf } from './records.ts';
import { Server } from './server.ts';

export interface ServingOptions {
  folder: string;
  kept: { get(): PracticeSettings | undefined; set(settings: PracticeSettings): void };
  now(): number;
  randomBytes(count: number): Buffer;
  quotaBytes: number;
  freeBytes?(): Promise<number>;
  onProblem?(cause: unknown): void;
  bucket: string;
  region: string;
}

export interface Served {
  depot: Depot;
  /** When a process that would take over was last heard of: ms of performance.now(); -Infinity for never. */
  heirSeenAt(): number;
  close(): Promise<void>;
}

/** Below the ports that systems give to outgoing connections (32768 and up on Linux, 49152 elsewhere). */
const ports = { first: 20_000, count: 12_000 };
/** How many ports are tried before something else must be wrong. */
const portTries = 50;

/** @throws what the disk and the network throw */
export async function serve(options: ServingOptions): Promise<{ served: Served; settings: PracticeSettings }> {
  const { folder, kept, bucket, region, now, quotaBytes, onProblem } = options;
  const { freeBytes = () => freeIn(folder) } = options;
  const depot = await Depot.open(folder, { quotaBytes, freeBytes });
  let settings = kept.get() ?? fresh(options);
  let heirSeenAt = -Infinity;
  for (let tries = 1; ; tries++) {
    const { accessKeyId, secretAccessKey } = settings;
    try {
      const server = await Server.listen(settings.port, {
        shop: { depot, bucket, region, now },
        keys: { accessKeyId, secretAccessKey, region },
        prove: (nonce, port) => proof({ secretAccessKey, folder, port }, nonce),
        heirSeen: () => {
          heirSeenAt = performance.now();
        },
        ...(onProblem ? { onProblem } : {}),
      });
      kept.set(settings);
      return { settings, served: { depot, heirSeenAt: () => heirSeenAt, close: () => server.close() } };
    } catch (cause) {
      // A stranger has the port: nobody else serves this folder. EACCES is Windows' word for a port that it keeps for itself.
      if (!['EADDRINUSE', 'EACCES'].includes(String(codeOf(cause))) || tries === portTries) throw cause;
      settings = { ...settings, port: randomPort(options) };
    }
  }
}

function fresh(options: Pick<ServingOptions, 'randomBytes'>): PracticeSettings {
  const { randomBytes } = options;
  return {
    port: randomPort(options),
    accessKeyId: `HOIST${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}

const randomPort = ({ randomBytes }: Pick<ServingOptions, 'randomBytes'>): number =>
  ports.first + (randomBytes(4).readUInt32BE() % ports.count);

async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
