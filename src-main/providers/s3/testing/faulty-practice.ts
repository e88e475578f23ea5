/** Practice behind the fault proxy, and the form values to connect to it. */
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { PracticePorts } from '../../../practice/practice.ts';
import { TestPractice } from '../../../practice/testing/test-practice.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';

export interface FaultyPractice {
  practice: TestPractice;
  proxy: FaultProxy;
  values: FieldValues;
  stop(): Promise<void>;
}

export async function startFaultyPractice(ports: Partial<PracticePorts> = {}): Promise<FaultyPractice> {
  const practice = await TestPractice.start(ports);
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
