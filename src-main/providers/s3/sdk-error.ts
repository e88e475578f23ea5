/** Reads the metadata of the SDK's exceptions. */

interface SdkErrorMetadata {
  httpStatusCode?: number;
  attempts?: number;
}
const sdkErrorMetadata = (cause: unknown): SdkErrorMetadata =>
  (cause instanceof Error && '$metadata' in cause ? (cause.$metadata as SdkErrorMetadata | undefined) : undefined) ??
  {};

/** The HTTP status of an SDK exception; undefined for any other error. */
export const sdkErrorStatus = (cause: unknown): number | undefined => sdkErrorMetadata(cause).httpStatusCode;

/** How often the SDK sent the request before it threw this exception. */
export const sdkErrorAttempts = (cause: unknown): number => sdkErrorMetadata(cause).attempts ?? 1;
