/** The state of one connected profile. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { DriverPorts } from '../contract/provider.ts';
import type { ChecksumKind } from '../transfer/checksum.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import type { S3Settings } from './settings.ts';

export interface S3Store {
  settings: S3Settings;
  ports: DriverPorts;
  handler: FilePartHandler;
  /** Sends each request up to three times. No other layer retries a part. */
  client: S3Client;
  /** The uploads (see `reservationId`) whose last write may have succeeded without an answer. */
  uncertainWrites: Set<string>;
  /** Shared keys that uploads are about to write, so that no two uploads write the same key. */
  reservedKeys: Set<string>;
  /**
   * A request may still be running at the store after its connection broke: a cleanup checks again after these pauses
   * (ms).
   */
  recheckDelaysMs: readonly number[];
  /** False for a service without conditional writes, and after the store answered that it does not support them. */
  supportsConditionalWrites: boolean;
  /** `md5` after the store answered that it does not support CRC32. */
  checksum: ChecksumKind;
}

/** The region for a reference, if the store reported it. */
export const regionForRef = ({
  settings: { detectedRegion: region },
}: Pick<S3Store, 'settings'>): { region?: string } => (region === undefined ? {} : { region });
