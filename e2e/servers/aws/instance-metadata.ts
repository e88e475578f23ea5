/** Emulates the metadata service of an EC2 instance on loopback, version 2 only: all requests need a session token. */
import { randomBytes } from 'node:crypto';
import {
  toIsoSeconds,
  startLoopbackServer,
  type LoopbackServer,
  type LoopbackResponse,
  type AwsSessions,
} from './loopback-server.ts';

export interface InstanceState {
  sessions: AwsSessions;
  /** The name of the instance's role; '' if it has none. */
  role: string;
}

/** Lists the instance's role; with the role's name appended, returns its credentials. */
const rolesPath = '/latest/meta-data/iam/security-credentials/';

export async function startInstanceMetadata(state: InstanceState): Promise<LoopbackServer & { state: InstanceState }> {
  const tokens = new Map<string, number>();
  const plain = (status: number, body = ''): LoopbackResponse => ({
    status,
    headers: { 'content-type': 'text/plain' },
    body,
  });
  const loopback = await startLoopbackServer(({ method, url, headers }) => {
    // Refuses requests that came through a proxy, as AWS does: they may come from another machine.
    if (headers['x-forwarded-for'] !== undefined) return plain(403);
    if (method === 'PUT' && url.pathname === '/latest/api/token') {
      const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > 21_600) return plain(400);
      const token = randomBytes(24).toString('base64');
      tokens.set(token, Date.now() + seconds * 1000);
      return plain(200, token);
    }
    if (method !== 'GET') return plain(405);
    if ((tokens.get(String(headers['x-aws-ec2-metadata-token'])) ?? 0) <= Date.now()) return plain(401);
    if (state.role === '' || !url.pathname.startsWith(rolesPath)) return plain(404);
    if (url.pathname === rolesPath) return plain(200, state.role);
    if (url.pathname !== rolesPath + state.role) return plain(404);
    const { accessKeyId, secretAccessKey, sessionToken, expires } = state.sessions.issue();
    return plain(
      200,
      JSON.stringify({
        Code: 'Success',
        LastUpdated: toIsoSeconds(Date.now()),
        Type: 'AWS-HMAC',
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: toIsoSeconds(expires),
      }),
    );
  });
  return { ...loopback, state };
}
