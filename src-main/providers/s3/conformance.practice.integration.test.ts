/** The conformance suite on Practice, the built-in store. */
import { conformance } from '../testing/conformance/conformance.ts';
import type { ConformanceSubject } from '../testing/conformance/subject.ts';
import { startFaultyPractice } from './testing/faulty-practice.ts';
import { s3RejectedCases, s3Sizes, s3ProviderWith, rgw } from './testing/subject.ts';

const start = async (): Promise<ConformanceSubject> => {
  const { practice, proxy, values, stop } = await startFaultyPractice();
  return {
    provider: s3ProviderWith({ retryMs: 10, recheckDelaysMs: [20, 50, 300] }),
    values,
    proxy,
    ...s3Sizes,
    rejectedSettings: s3RejectedCases(values),
    leftovers: () => practice.itemCounts(),
    stop,
  };
};
// If a real server is available, it runs the whole suite, and a short run tests less on Practice.
conformance('S3 on Practice', start, { sampleDepth: rgw.endpoint === undefined ? 'whole' : 'basic' });
