/**
 * Is the one who answers on a port our own Practice? It proves that it knows the secret, that it serves this folder, and
 * on which port, by an HMAC over a number used once: the one who asks reveals nothing, and an answer that a stranger
 * fetched elsewhere fits no other port.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';

/** No bucket can have this name. */
export const identityPath = '/.hoist-practice';
export const nonceHeader = 'x-hoist-nonce';
/** Sent by a process that takes over when this one ends. */
export const standbyHeader = 'x-hoist-standby';
const timeoutMs = 2000;
const maxAnswerBytes = 256;

export interface Identity {
  secretAccessKey: string;
  folder: string;
  port: number;
}

/** @param nonce what the other side made up */
export function identityProof({ secretAccessKey, folder, port }: Identity, nonce: string): string {
  // A key of its own, so that nobody can get a signature of something else this way.
  const key = createHmac('sha256', secretAccessKey).update('Hoist Practice identity 1').digest();
  const folderHash = createHash('sha256').update(folder).digest('hex');
  return createHmac('sha256', key).update(`${nonce}\n${port}\n${folderHash}`).digest('hex');
}

export const isNonce = (text: unknown): text is string => typeof text === 'string' && /^[0-9a-f]{32,128}$/.test(text);

/** False also when nobody answers. An `heir` says that it will take over. */
export async function isPracticeServer(identity: Identity, role: 'client' | 'standby' = 'client'): Promise<boolean> {
  const nonce = randomBytes(32).toString('hex');
  const answer = await fetchProof(identity.port, {
    [nonceHeader]: nonce,
    ...(role === 'standby' ? { [standbyHeader]: '1' } : {}),
  });
  const [actual, expected] = [Buffer.from(answer), Buffer.from(identityProof(identity, nonce))];
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** @returns '' when nobody answers, or not in time, or at length */
function fetchProof(port: number, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: identityPath, agent: false, headers });
    const settle = (answer: string): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(''), timeoutMs);
    request.on('error', () => settle(''));
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('latin1').on('error', () => settle(''));
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxAnswerBytes) settle('');
      });
      response.once('end', () => settle(response.statusCode === 200 ? text : ''));
    });
  });
}
