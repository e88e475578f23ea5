/** What `npm run test:protocol` sums up at the end: lines of JSON in a file that it names. */
import { appendFileSync } from 'node:fs';

/** `messages`: requests with their answers that were decoded strictly. `client`: a program of others that did all it was asked. */
export type ProtocolReportLine = { what: string; messages: number } | { what: string; client: string };

export function appendProtocolReport(line: ProtocolReportLine): void {
  const file = process.env.HOIST_PROTOCOL_REPORT;
  if (file !== undefined && file !== '') appendFileSync(file, `${JSON.stringify(line)}\n`);
}
