/** Resolves proxies with Chromium: the system's proxy settings, and PAC scripts, which run in a separate process. */
import { createHash } from 'node:crypto';
import { session, type Session } from 'electron';
import { hasProxyVariable } from '../providers/network/proxy-environment.ts';
import { environmentProxyResolver, type ProxyResolver } from '../providers/network/transport.ts';

/** @param precedence the proxy settings that win when both are set; the command line prefers the environment */
export function electronNetwork(precedence: 'system' | 'environment'): ProxyResolver {
  const pacSessions = new Map<string, Promise<Session>>();
  return {
    systemProxy: async (url) =>
      precedence === 'environment' && hasProxyVariable(process.env)
        ? environmentProxyResolver.systemProxy(url)
        : session.defaultSession.resolveProxy(url),
    async pacProxy(script, url) {
      const name = createHash('sha256').update(script).digest('hex').slice(0, 16);
      const pacSession = pacSessions.get(name) ?? createPacSession(script, name);
      pacSessions.set(name, pacSession);
      return (await pacSession).resolveProxy(url);
    },
  };
}

/** The session is in memory only. It resolves proxies and never connects. */
async function createPacSession(script: string, name: string): Promise<Session> {
  const pacSession = session.fromPartition(`pac-${name}`, { cache: false });
  await pacSession.setProxy({
    mode: 'pac_script',
    pacScript: `data:application/x-ns-proxy-autoconfig;base64,${Buffer.from(script).toString('base64')}`,
  });
  return pacSession;
}
