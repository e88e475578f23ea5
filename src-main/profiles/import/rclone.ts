/** Imports the S3 remotes of rclone.conf. */
import { parseRcloneConfig } from '../../providers/s3/rclone-config.ts';
import { emptyImport, unusableFile, type ParsedImport } from './parsed-import.ts';

const from = 'rclone';

export function parseRclone(text: string, fileName: string): ParsedImport {
  const config = parseRcloneConfig(text);
  if (config === 'encrypted') return unusableFile(fileName, 'encrypted');
  const profiles = config.remotes.map((remote) => ({ ...remote, providerId: 's3' as const, from }));
  return { ...emptyImport(), profiles, skipped: config.skipped };
}
