/** The folder in the address of a page of MinIO's console. Older versions encode it with Base64. */
import { folderOf, pathSegments } from './parsed-address.ts';

/**
 * The pages of a bucket: `/browser/BUCKET/FOLDER`, and `/buckets/BUCKET/browse/FOLDER` or `/buckets/BUCKET/admin` in
 * older versions. Behind a proxy, the console is usually at `/minio/ui`.
 */
const bucketPages = [
  /^(?:\/minio\/ui)?\/browser\/(?<bucket>[^/]+)(?:\/(?<folder>.*))?$/,
  /^(?:\/minio\/ui)?\/buckets\/(?<bucket>[^/]+)\/(?:browse(?:\/(?<folder>.*))?|admin(?:\/.*)?)$/,
];

/**
 * Returns the bucket and the segments of the folder.
 * @param path of the page, as in `/browser/photos/MjAyNi9zdW1tZXIv`
 */
export function minioConsolePath(path: string): string[] | undefined {
  for (const page of bucketPages) {
    const { bucket, folder = '' } = page.exec(path)?.groups ?? {};
    if (bucket === undefined) continue;
    const segments = pathSegments(folder);
    const decoded = segments.length === 1 ? decodeFolder(segments[0]!) : undefined;
    return [...pathSegments(bucket), ...folderOf(decoded ?? folder)];
  }
  return undefined;
}

/** @returns undefined for text that is not an encoded folder or file */
function decodeFolder(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) return undefined;
  const text = bytes.toString('utf8');
  // A folder ends with a slash, and a file has an ending. Other text is a folder name that looks like Base64.
  const isPath = /[/.]/.test(text) && !/[\p{Cc}\ufffd]/u.test(text);
  return isPath ? text : undefined;
}
