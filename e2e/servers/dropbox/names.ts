/** Dropbox's real host names, led to the server; the certificates are of an authority made for this one run. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { realNames } from '../real-names.ts';

export const openssl = '/usr/bin/openssl';

const names = [
  'api.dropboxapi.com',
  'content.dropboxapi.com',
  'notify.dropboxapi.com',
  'www.dropbox.com',
  'dl.dropboxusercontent.com',
];

export type DropboxNames = Awaited<ReturnType<typeof realNames>> & {
  /** A file with the certificate to trust. */ authority: string;
};

/** @param upstream the plain server. @param folder of its own, for keys and certificates */
export async function dropboxNames(upstream: string, folder: string): Promise<DropboxNames> {
  const { cert, key, authority } = makeCertificates(folder);
  return { ...(await realNames({ upstream, isOurs: (host) => names.includes(host), pair: { cert, key } })), authority };
}

function makeCertificates(folder: string): { cert: string; key: string; authority: string } {
  const at = (name: string): string => path.join(folder, name);
  const run = (...args: string[]): void => {
    execFileSync(openssl, args, { stdio: 'ignore' });
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
  writeFileSync(at('names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
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
    authority: at('ca.pem'),
  };
}
