/**
 * Checks whether the server on a port is Practice of this user. The server proves that it knows the secret key, the
 * folder and its port by an HMAC over a nonce. The request reveals no secret. Another program can't relay the proof of
 * a real server, because the proof is valid only for that server's port.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';

/** Starts with a dot, so it can't be the path of a bucket. */
export const identityPath = '/.hoist-practice';
export const nonceHeader = 'x-hoist-nonce';
/** Sent by a standby process, which takes over when the serving process ends. */
export const standbyHeader = 'x-hoist-standby';
const timeoutMs = 2000;
const maxResponseBytes = 256;

export interface Identity {
  secretAccessKey: string;
  folder: string;
  port: number;
}

/** @param nonce random value from the client */
export function identityProof({ secretAccessKey, folder, port }: Identity, nonce: string): string {
  // Derive a separate key, so that a proof can't be used as the signature of a request.
  const key = createHmac('sha256', secretAccessKey).update('Hoist Practice identity 1').digest();
  const folderHash = createHash('sha256').update(folder).digest('hex');
  return createHmac('sha256', key).update(`${nonce}\n${port}\n${folderHash}`).digest('hex');
}

export const isNonce = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{32,128}$/.test(text);

/** Also false when no server responds. A `standby` tells the server that it will take over when the server ends. */
export async function isPracticeServer(identity: Identity, role: 'client' | 'standby' = 'client'): Promise<boolean> {
  const nonce = randomBytes(32).toString('hex');
  const proof = await fetchProof(identity.port, {
    [nonceHeader]: nonce,
    ...(role === 'standby' ? { [standbyHeader]: '1' } : {}),
  });
  const [actual, expected] = [Buffer.from(proof), Buffer.from(identityProof(identity, nonce))];
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** @returns '' when no server responds in time, or the response is too long */
function fetchProof(port: number, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: identityPath, agent: false, headers });
    const settle = (proof: string): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(proof);
    };
    const timer = setTimeout(() => settle(''), timeoutMs);
    request.on('error', () => settle(''));
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('latin1').on('error', () => settle(''));
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxResponseBytes) settle('');
      });
      response.once('end', () => settle(response.statusCode === 200 ? text : ''));
    });
  });
}
