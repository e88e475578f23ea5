/** Practice behind a proxy that fails on purpose, and the settings that lead there. */
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { PracticePorts } from '../../../practice/practice.ts';
import { ServedPractice } from '../../../practice/testing/served.ts';
import { FaultProxy } from '../../testing/faults.ts';

export interface FaultyPractice {
  practice: ServedPractice;
  proxy: FaultProxy;
  values: FieldValues;
  stop(): Promise<void>;
}

export async function faultyPractice(ports: Partial<PracticePorts> = {}): Promise<FaultyPractice> {
  const practice = await ServedPractice.start(ports);
  const { bucket, region, accessKeyId, secretAccessKey, endpoint } = practice.address;
  const proxy = await FaultProxy.start(endpoint);
  return {
    practice,
    proxy,
    values: {
      endpoint: proxy.url,
      bucket,
      region,
      accessKeyId,
      secretAccessKey,
      linkKind: 'expiring',
      pathStyle: 'true',
    },
    stop: async () => {
      await proxy.stop();
      await practice.stop();
    },
  };
}
