/** Opens a link as an anonymous client. Uses no code of Hoist, so that tests of links are independent of it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

interface OpenLinkOptions {
  /** The certificates to trust instead of Node's own. */
  ca?: string | undefined;
  /** The value of the Range header. */
  range?: string | undefined;
}

const maxRedirects = 5;

/** @throws whatever Node's http throws */
export async function openLink(
  url: string,
  { ca, range }: OpenLinkOptions = {},
  redirects = maxRedirects,
): Promise<{ status: number; body: http.IncomingMessage }> {
  const headers = range === undefined ? {} : { range };
  const request = url.startsWith('https:')
    ? https.get(url, { agent: false, headers, ...(ca === undefined ? {} : { ca }) })
    : http.get(url, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const {
    statusCode: status = 0,
    headers: { location },
  } = response;
  if (status >= 300 && status < 400 && location !== undefined && redirects > 0) {
    response.resume();
    return openLink(new URL(location, url).href, { ca, range }, redirects - 1);
  }
  return { status, body: response };
}

export const downloadUrl = async (url: string, ca?: string): Promise<Buffer> =>
  buffer((await openLink(url, { ca })).body);
