/** The metadata service of an instance on loopback, version 2 only: without a token of its own it says nothing. */
import { randomBytes } from 'node:crypto';
import { isoSeconds, serve, type Loopback, type Said, type Sessions } from './loopback.ts';

export interface InstanceWorld {
  sessions: Sessions;
  /** '' for an instance without one */ role: string;
}

const listing = '/latest/meta-data/iam/security-credentials/';

export async function startInstance(world: InstanceWorld): Promise<Loopback & { world: InstanceWorld }> {
  const tokens = new Map<string, number>();
  const plain = (status: number, body = ''): Said => ({ status, headers: { 'content-type': 'text/plain' }, body });
  const loopback = await serve(({ method, url, headers }) => {
    // Whatever came through a proxy was not sent by this instance.
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
    if (world.role === '' || !url.pathname.startsWith(listing)) return plain(404);
    if (url.pathname === listing) return plain(200, world.role);
    if (url.pathname !== listing + world.role) return plain(404);
    const { accessKeyId, secretAccessKey, sessionToken, expires } = world.sessions.next();
    return plain(
      200,
      JSON.stringify({
        Code: 'Success',
        LastUpdated: isoSeconds(Date.now()),
        Type: 'AWS-HMAC',
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: isoSeconds(expires),
      }),
    );
  });
  return { ...loopback, world };
}
