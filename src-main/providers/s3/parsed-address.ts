/** The result of parsing a pasted address, and the parts of its path. */
import mime from 'mime';
import type { AwsVariant } from './aws-endpoints.ts';

/**
 * Holds only values from the text. Amazon has no `endpoint`: its address follows from `region` and `awsEndpoint`.
 * `endpoint` is `https://host`, with the port and path if there are any, and with `{region}` where the user has to
 * enter the region. `prefix` is unchanged except that it has no slash at either end.
 */
export interface ParsedAddress {
  service: string;
  endpoint?: string;
  awsEndpoint?: AwsVariant;
  region?: string;
  bucket?: string;
  prefix?: string;
  pathStyle?: boolean;
}

/** Returns the decoded segments of a path, without the `*` of a policy's ARN such as `arn:aws:s3:::photos/*`. */
export const pathSegments = (path: string): string[] =>
  path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '*')
    .map(decodeSegment);

/** The first segment is the bucket, the others are the folder. */
export const bucketAndPrefix = ([bucket, ...rest]: string[]): Pick<ParsedAddress, 'bucket' | 'prefix'> =>
  bucket === undefined ? {} : { bucket, ...prefixOption(rest) };
export const prefixOption = (segments: string[]): Pick<ParsedAddress, 'prefix'> =>
  segments.length === 0 ? {} : { prefix: segments.join('/') };

/** Returns the segments of the folder of a file whose whole key is encoded, as in `2024%2Fx.jpg`. */
export const folderOfEncodedFile = (key: string): string[] =>
  decodeSegment(key).split('/').filter(Boolean).slice(0, -1);

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return segment;
  }
}

/**
 * Returns the segments of a folder. The address of a file has no slash at its end, and its last segment has the ending
 * of a known file type.
 */
export function folderOf(path: string): string[] {
  const segments = pathSegments(path);
  return path.endsWith('/') || !isFileName(segments.at(-1) ?? '') ? segments : segments.slice(0, -1);
}

/** A folder may have the name of a host, and `.com` is also the ending of programs. */
const isFileName = (segment: string): boolean => mime.getType(segment) !== null && !/\.com$/i.test(segment);
