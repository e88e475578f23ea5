/** Opens a link as a stranger of the same organization would, without any of the product's code. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

/** @param ca certificates that are trusted besides Node's own @throws what Node's http throws */
export async function openLink(url: string, ca?: string, redirects = 5): Promise<{ status: number; body: AsyncIterable<Uint8Array> }> {
  const request = url.startsWith('https:') ? https.get(url, { agent: false, ...(ca === undefined ? {} : { ca }) }) : http.get(url, { agent: false });
  const [answer] = await once(request, 'response') as [http.IncomingMessage];
  const { statusCode: status = 0, headers: { location } } = answer;
  if (status >= 300 && status < 400 && location !== undefined && redirects > 0) {
    answer.resume();
    return openLink(new URL(location, url).href, ca, redirects - 1);
  }
  return { status: answer.statusCode ?? 0, body: answer };
}

export async function contentAt(url: string, ca?: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await openLink(url, ca)).body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
