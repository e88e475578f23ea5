/**
 * The region of a bucket. The store reports it when a request was signed for another region or sent to the address of
 * another region.
 */
import { awsEndpoint, awsLinkEndpoint } from './aws-endpoints.ts';
import type { S3Settings } from './settings.ts';

interface RegionError {
  Region?: unknown;
  $response?: { headers?: Record<string, string> };
}

/** @returns undefined when the error is not about the region */
export function regionFromError(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { Region: regionInBody, $response: response }: RegionError = cause as RegionError;
  const region = typeof regionInBody === 'string' ? regionInBody : response?.headers?.['x-amz-bucket-region'];
  return region !== undefined && /^[a-z0-9-]{2,40}$/.test(region) ? region : undefined;
}

/** Changes the given settings object, because requests, signatures and error sentences all use it. */
export function moveToRegion(settings: S3Settings, region: string): void {
  const { store, awsEndpoint: variant } = settings;
  Object.assign(settings, { region, detectedRegion: region });
  if (store.id !== 'aws') return;
  settings.endpoint = awsEndpoint(variant, region);
  if (settings.linkEndpoint !== undefined) settings.linkEndpoint = awsLinkEndpoint(variant, region);
}
