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
 * Returns the segments of a folder. The address of a file has no slash at its end, and its last segment has an ending.
 * A last segment without an ending may be a file or a folder; Hoist takes it as a folder.
 */
export function folderOf(path: string): string[] {
  const segments = pathSegments(path);
  return path.endsWith('/') || !isFileName(segments.at(-1) ?? '') ? segments : segments.slice(0, -1);
}

/** A static website is often in a folder with its name, such as `example.com`. */
const isHostName = (segment: string): boolean =>
  /\.(?:com|net|org|io|dev|app|eu|de|uk|fr|nl|ch|at|jp|cn)$/i.test(segment);

/** `v1.0rc1` */
const isVersion = (segment: string): boolean => /^v?\d+\.\d/i.test(segment);

/** No list of types is complete, so any short ending that is not a number counts. */
const hasShortEnding = (segment: string): boolean => /\.(?!\d+$)[a-z\d]{1,10}$/i.test(segment);

function isFileName(segment: string): boolean {
  if (!/[^.]\./.test(segment) || isHostName(segment)) return false;
  return mime.getType(segment) !== null || (hasShortEnding(segment) && !isVersion(segment));
}
