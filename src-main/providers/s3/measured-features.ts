/** The saved result of measuring a store: see store-features.ts. */
import type { Service } from './presets.ts';

/** How a store treats a header: it acts as the header demands, accepts the request anyway, or reports no support. */
export type Behaviour = 'honours' | 'ignores' | 'refuses';

/** The behaviour for each header; absent when the store's answer did not show it. */
export interface StoreFeatures {
  crc32?: Behaviour;
  ifNoneMatch?: Behaviour;
}

/** The setting that holds the result, as in `crc32=honours,ifNoneMatch=ignores`. */
export const storeFeaturesKey = 'storeFeatures';

export const formatStoreFeatures = (features: StoreFeatures): string =>
  Object.entries(features)
    .map(([name, behaviour]) => `${name}=${behaviour}`)
    .join(',');

/**
 * The traits of the service, corrected by the measured behaviour of the store. Only a self-hosted server gets CRC32
 * because of a measurement: Hoist knows the checksum of every other service.
 */
export function withMeasuredFeatures<T extends Pick<Service, 'host' | 'checksum' | 'condition'>>(
  service: T,
  saved = '',
): T {
  const isMeasured = (name: keyof StoreFeatures, ...behaviours: Behaviour[]): boolean =>
    new RegExp(`(?:^|,)${name}=(?:${behaviours.join('|')})(?:,|$)`).test(saved);
  const isSelfHosted = service.host === undefined;
  return {
    ...service,
    ...(isMeasured('crc32', 'ignores', 'refuses') ? { checksum: 'md5' as const } : {}),
    ...(isSelfHosted && isMeasured('crc32', 'honours') ? { checksum: 'crc32' as const } : {}),
    ...(isMeasured('ifNoneMatch', 'ignores', 'refuses') ? { condition: 'none' as const } : {}),
  };
}
