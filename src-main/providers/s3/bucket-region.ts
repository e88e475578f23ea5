/** Where a bucket is, as the store itself says it: to a request that was signed for another region, or sent to another one's address. */
import { awsEndpoint, awsLinkEndpoint } from './aws-endpoints.ts';
import type { S3Settings } from './settings.ts';

interface RegionError {
  Region?: unknown;
  $response?: { headers?: Record<string, string> };
}

/** @returns undefined when the refusal is about something else */
export function regionFromError(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { Region: regionInBody, $response: response }: RegionError = cause as RegionError;
  const region = typeof regionInBody === 'string' ? regionInBody : response?.headers?.['x-amz-bucket-region'];
  return region !== undefined && /^[a-z0-9-]{2,40}$/.test(region) ? region : undefined;
}

/** Changes the very settings, because everything that is sent, signed and said is made of them. */
export function moveToRegion(settings: S3Settings, region: string): void {
  const { store, awsEndpoint: variant } = settings;
  Object.assign(settings, { region, detectedRegion: region });
  if (store.id !== 'aws') return;
  settings.endpoint = awsEndpoint(variant, region);
  if (settings.linkEndpoint !== undefined) settings.linkEndpoint = awsLinkEndpoint(variant, region);
}
