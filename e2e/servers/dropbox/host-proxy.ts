/** Redirects Dropbox's real host names to the server, with certificates of an authority created for this run. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startHostProxy } from '../host-proxy.ts';

export const opensslPath = '/usr/bin/openssl';

const hostNames = [
  'api.dropboxapi.com',
  'content.dropboxapi.com',
  'notify.dropboxapi.com',
  'www.dropbox.com',
  'dl.dropboxusercontent.com',
];

export type DropboxHostProxy = Awaited<ReturnType<typeof startHostProxy>> & {
  /** The path of the certificate to trust. */
  caFile: string;
};

/** @param upstream the server without TLS. @param folder an empty folder for keys and certificates */
export async function startDropboxHostProxy(upstream: string, folder: string): Promise<DropboxHostProxy> {
  const { cert, key, caFile } = makeCertificates(folder);
  return {
    ...(await startHostProxy({ upstream, isServedHost: (host) => hostNames.includes(host), pair: { cert, key } })),
    caFile,
  };
}

function makeCertificates(folder: string): { cert: string; key: string; caFile: string } {
  const at = (name: string): string => path.join(folder, name);
  const run = (...args: string[]): void => {
    execFileSync(opensslPath, args, { stdio: 'ignore' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
  );
  run('req', ...newKey, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=api.dropboxapi.com');
  writeFileSync(at('names'), `subjectAltName=${hostNames.map((name) => `DNS:${name}`).join(',')}\n`);
  run(
    'x509',
    '-req',
    '-in',
    at('server.csr'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-out',
    at('server.pem'),
    '-days',
    '2',
    '-extfile',
    at('names'),
  );
  return {
    cert: readFileSync(at('server.pem'), 'utf8'),
    key: readFileSync(at('server.key'), 'utf8'),
    caFile: at('ca.pem'),
  };
}
