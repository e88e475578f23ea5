/**
 * Serves the page under app://hoist from a fixed list of built files, so no URL can name another file. The content
 * security policy is a header, because a meta element does not support frame-ancestors.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { app, protocol, type Session } from 'electron';

const devUrl = app.isPackaged ? undefined : process.env['HOIST_DEV_SERVER_URL'];
export const pageOrigin = devUrl ? new URL(devUrl).origin : 'app://hoist';
export const pageUrl = devUrl ?? 'app://hoist/';

/** Whether the page may load this address. During development, the page also loads from the development server. */
export function isPageRequest(url: string): boolean {
  if (url.startsWith('app://hoist/')) return true;
  return devUrl !== undefined && ['devtools:', new URL(devUrl).protocol, 'ws:'].includes(new URL(url).protocol);
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "webrtc 'block'",
  "require-trusted-types-for 'script'",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Called before `ready`. `supportFetchAPI` stays off: without CORS, it would let any origin read the page's files. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, codeCache: true } },
  ]);
}

/** Does nothing during development, when the development server serves the page. */
export function servePage(session: Session): void {
  if (devUrl) return;
  const root = path.join(import.meta.dirname, '../renderer');
  const files = new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [`/${path.relative(root, file).split(path.sep).join('/')}`, file]),
  );
  files.set('/', path.join(root, 'index.html'));
  session.protocol.handle('app', async (request) => answer(files, new URL(request.url)));
}

async function answer(files: ReadonlyMap<string, string>, url: URL): Promise<Response> {
  const file = url.host === 'hoist' ? files.get(url.pathname) : undefined;
  const type = file && types[path.extname(file)];
  if (!file || !type) return new Response('not found', { status: 404 });
  return new Response(new Uint8Array(await readFile(file)), {
    headers: {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  });
}
