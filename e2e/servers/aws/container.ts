/** What gives a container its keys (ECS, EKS Pod Identity) on loopback: only to whoever knows the token that the container was given. */
import { isoSeconds, serve, type Loopback, type Sessions } from './loopback.ts';

export interface ContainerWorld {
  sessions: Sessions;
  token: string;
}

export async function startContainer(world: ContainerWorld): Promise<Loopback & { world: ContainerWorld }> {
  const loopback = await serve(({ method, url, headers }) => {
    const refuse = (status: number, code: string) => ({
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, message: code }),
    });
    if (method !== 'GET' || url.pathname !== '/v1/credentials') return refuse(404, 'NotFound');
    if (headers.authorization !== world.token) return refuse(401, 'AccessDeniedException');
    const { accessKeyId, secretAccessKey, sessionToken, expires } = world.sessions.next();
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: isoSeconds(expires),
        AccountId: '123456789012',
      }),
    };
  });
  return { ...loopback, world };
}
