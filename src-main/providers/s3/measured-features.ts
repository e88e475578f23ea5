/** The saved result of measuring a store: see store-features.ts. */
import type { StoreTraits } from './presets.ts';

export type Behaviour = 'honours' | 'ignores' | 'refuses';

/** Absent: the answer did not tell. */
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

/** The traits of the service, corrected by the measured behaviour of the store. */
export function withMeasuredFeatures<T extends StoreTraits>(service: T, saved = ''): T {
  const lacks = (name: keyof StoreFeatures): boolean =>
    new RegExp(`(?:^|,)${name}=(?:ignores|refuses)(?:,|$)`).test(saved);
  return {
    ...service,
    ...(lacks('crc32') ? { checksum: 'md5' as const } : {}),
    ...(lacks('ifNoneMatch') ? { condition: 'none' as const } : {}),
  };
}
