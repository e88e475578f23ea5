/** A feature of an S3 server and its check. */
import type { S3ServiceException } from '@aws-sdk/client-s3';
import type { FeatureClient } from './feature-client.ts';

export interface Feature {
  /** The first cell of the feature's row in docs/s3-servers.md. */
  name: string;
  /** Throws when the server does not support the feature. */
  check(s3: FeatureClient): Promise<void>;
}

export const feature = (name: string, check: Feature['check']): Feature => ({ name, check });

export function expectThat(isTrue: unknown, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}

/** Throws unless the request is refused with this error name or status. */
export async function expectError(work: Promise<unknown>, expected: string | number): Promise<void> {
  const cause = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expectThat(cause !== undefined, 'the request was accepted');
  const { name, $metadata } = cause as S3ServiceException;
  expectThat(name === expected || $metadata?.httpStatusCode === expected, `${name} ${$metadata?.httpStatusCode}`);
}
