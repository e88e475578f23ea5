/**
 * Emulates the credentials endpoint of containers (ECS, EKS Pod Identity) on loopback. It requires the container's
 * token.
 */
import { toIsoSeconds, startLoopbackServer, type LoopbackServer, type AwsSessions } from './loopback-server.ts';

export interface ContainerState {
  sessions: AwsSessions;
  token: string;
}

export async function startContainerCredentials(
  state: ContainerState,
): Promise<LoopbackServer & { state: ContainerState }> {
  const loopback = await startLoopbackServer(({ method, url, headers }) => {
    const refuse = (status: number, code: string) => ({
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, message: code }),
    });
    if (method !== 'GET' || url.pathname !== '/v1/credentials') return refuse(404, 'NotFound');
    if (headers.authorization !== state.token) return refuse(401, 'AccessDeniedException');
    const { accessKeyId, secretAccessKey, sessionToken, expires } = state.sessions.issue();
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: toIsoSeconds(expires),
        AccountId: '123456789012',
      }),
    };
  });
  return { ...loopback, state };
}
