/** Where a bucket is, as the store itself says it: to a request that was signed for another region, or sent to another one's address. */
import { awsEndpoint, awsLinkEndpoint } from './aws-endpoints.ts';
import type { S3Settings } from './settings.ts';

interface Refusal {
  Region?: unknown;
  $response?: { headers?: Record<string, string> };
}

/** @returns undefined when the refusal is about something else */
export function regionSaid(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { Region: inBody, $response: answer }: Refusal = cause as Refusal;
  const region = typeof inBody === 'string' ? inBody : answer?.headers?.['x-amz-bucket-region'];
  return region !== undefined && /^[a-z0-9-]{2,40}$/.test(region) ? region : undefined;
}

/** Changes the very settings, because everything that is sent, signed and said is made of them. */
export function moveTo(settings: S3Settings, region: string): void {
  const { store, awsEndpoint: variant } = settings;
  Object.assign(settings, { region, foundRegion: region });
  if (store.id !== 'aws') return;
  settings.endpoint = awsEndpoint(variant, region);
  if (settings.linkEndpoint !== undefined) settings.linkEndpoint = awsLinkEndpoint(variant, region);
}
