/** What Chromium knows of proxies: the system's settings, and how a configuration file's script is run, in a process of its own. */
import { createHash } from 'node:crypto';
import { session, type Session } from 'electron';
import { environmentNetwork, type NetworkPorts } from '../providers/network.ts';

const variables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];
const isSaid = (): boolean => variables.some((name) => process.env[name] || process.env[name.toLowerCase()]);

/** @param first what counts where both say something: on a command line its environment, which was set for it */
export function electronNetwork(first: 'system' | 'environment'): NetworkPorts {
  const scripted = new Map<string, Promise<Session>>();
  return {
    systemProxy: async (url) =>
      first === 'environment' && isSaid()
        ? environmentNetwork.systemProxy(url)
        : session.defaultSession.resolveProxy(url),
    async pacProxy(script, url) {
      const name = createHash('sha256').update(script).digest('hex').slice(0, 16);
      const its = scripted.get(name) ?? sessionWith(script, name);
      scripted.set(name, its);
      return (await its).resolveProxy(url);
    },
  };
}

/** In memory only; it resolves and never connects. */
async function sessionWith(script: string, name: string): Promise<Session> {
  const its = session.fromPartition(`pac-${name}`, { cache: false });
  await its.setProxy({
    mode: 'pac_script',
    pacScript: `data:application/x-ns-proxy-autoconfig;base64,${Buffer.from(script).toString('base64')}`,
  });
  return its;
}
