/** The conformance suite on Practice, the built-in store. It runs everywhere. */
import { conformance } from '../testing/conformance.ts';
import { startFaultyPractice } from './testing/faulty-practice.ts';
import { s3RejectedCases, s3Sizes, s3ProviderWith } from './testing/subject.ts';

conformance('S3 on Practice', async () => {
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
});
