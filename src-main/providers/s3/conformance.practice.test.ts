/** The provider suite on Practice, the built-in store: runs everywhere. */
import { conformance } from '../testing/conformance.ts';
import { faultyPractice } from './testing/faulty-practice.ts';
import { refusals, sizes, tuned } from './testing/subject.ts';

conformance('S3 on Practice', async () => {
  const { practice, proxy, values, stop } = await faultyPractice();
  return {
    provider: tuned({ retryMs: 10, lookAgainMs: [20, 50, 300] }),
    values,
    proxy,
    ...sizes,
    refused: refusals(values),
    leftovers: () => practice.leftovers(),
    stop,
  };
});
