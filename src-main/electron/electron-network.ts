/** Resolves proxies with Chromium: the system's proxy settings, and PAC scripts, which run in a separate process. */
import { createHash } from 'node:crypto';
import { session, type Session } from 'electron';
import { hasProxyVariable } from '../providers/network/proxy-environment.ts';
import { askScript, markAnswers, urlForScript } from '../providers/network/pac-script.ts';
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
      const creating = pacSessions.get(name) ?? createPacSession(script, name);
      pacSessions.set(name, creating);
      const pacSession = await creating;
      return askScript(() => pacSession.resolveProxy(urlForScript(url)));
    },
  };
}

/**
 * A session that runs the PAC script. It is in memory only, resolves proxies and never connects. The script may take
 * effect after this has resolved, so `markAnswers` makes its answers recognizable, and `askScript` waits for one of
 * them.
 */
async function createPacSession(script: string, name: string): Promise<Session> {
  const pacSession = session.fromPartition(`pac-${name}`, { cache: false });
  await pacSession.setProxy({
    mode: 'pac_script',
    pacScript: `data:application/x-ns-proxy-autoconfig;base64,${Buffer.from(markAnswers(script)).toString('base64')}`,
  });
  return pacSession;
}
