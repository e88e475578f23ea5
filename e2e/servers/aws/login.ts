/**
 * Emulates the endpoint that renews the credentials of `aws login`, on loopback. Each request must carry a proof signed
 * with the login's key.
 */
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { startLoopbackServer, type LoopbackServer, type AwsSessions } from './loopback-server.ts';

export interface LoginState {
  sessions: AwsSessions;
  clientId: string;
  refreshToken: string;
  publicKey: { x: string; y: string };
}

export async function startLogin(state: LoginState): Promise<LoopbackServer & { state: LoginState }> {
  const loopback = await startLoopbackServer(({ method, url, headers, body }) => {
    const refuse = (error: string) => ({
      status: 400,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' },
      body: JSON.stringify({ error, message: error }),
    });
    if (method !== 'POST' || url.pathname !== '/v1/token') return refuse('INVALID_REQUEST');
    if (!isProven(String(headers['dpop'] ?? ''), url, state.publicKey)) return refuse('INVALID_REQUEST');
    const tokenRequest = JSON.parse(body) as Record<string, string>;
    if (
      tokenRequest.clientId !== state.clientId ||
      tokenRequest.grantType !== 'refresh_token' ||
      tokenRequest.refreshToken !== state.refreshToken
    )
      return refuse('TOKEN_EXPIRED');
    // Each refresh token works once; the response contains the next one.
    state.refreshToken += '+';
    const { accessKeyId, secretAccessKey, sessionToken } = state.sessions.issue();
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        accessToken: { accessKeyId, secretAccessKey, sessionToken },
        tokenType: 'aws_sigv4',
        expiresIn: 900,
        refreshToken: state.refreshToken,
      }),
    };
  });
  return { ...loopback, state };
}

/**
 * Whether the proof (RFC 9449) is recent and was signed with this key for this request. Its claims are the method `htm`,
 * the address `htu` and the time `iat` in seconds.
 */
function isProven(proof: string, url: URL, key: { x: string; y: string }): boolean {
  const [head = '', payload = '', signature = ''] = proof.split('.');
  if (head === '' || payload === '') return false;
  const { jwk } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { jwk: JsonWebKey };
  const { htm, htu, iat } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    htm: string;
    htu: string;
    iat: number;
  };
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${payload}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return (
    isSigned &&
    jwk.x === key.x &&
    jwk.y === key.y &&
    htm === 'POST' &&
    htu === url.origin + url.pathname &&
    Math.abs(iat * 1000 - Date.now()) < 60_000
  );
}
