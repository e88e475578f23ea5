/** Writes JSON lines that `npm run test:protocol` summarizes at the end. */
import { appendFileSync } from 'node:fs';

/**
 * `messages`: the number of requests and responses that match Dropbox's specification. `client`: a third-party client
 * that passed its test.
 */
export type ProtocolReportLine = { what: string; messages: number } | { what: string; client: string };

export function appendProtocolReport(line: ProtocolReportLine): void {
  const file = process.env.HOIST_PROTOCOL_REPORT;
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(line)}\n`);
}
