/** The conformance suite on Practice, the built-in store. It runs everywhere. */
import { conformance, type ConformanceSubject } from '../testing/conformance.ts';
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
// Where a real server runs the whole suite, a sample runs less of it here.
conformance('S3 on Practice', start, { sampleDepth: rgw.endpoint === undefined ? 'whole' : 'basic' });
