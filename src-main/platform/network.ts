/** Whether there is a network at all, as a hint, and when it comes back. Looks only while somebody listens. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Network } from '../engine/ports.ts';

export interface NetworkPorts {
  /** Another one to ask, like Electron's `net.isOnline()`; without it the interfaces of this computer are looked at. */
  online?: () => boolean;
}

/** ms between two looks */
export const lookEveryMs = 2_000;

export function network(ports: NetworkPorts = {}): Network {
  const online = ports.online ?? (() => hasAddress(networkInterfaces()));
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let before = true;

  const look = () => {
    const now = online();
    const back = now && !before;
    before = now;
    if (back) for (const call of Array.from(listeners)) call();
  };

  return {
    online,
    onOnline(call) {
      // Its own function: the same one given twice is called twice.
      const listener = () => call();
      listeners.add(listener);
      if (!timer) {
        before = online();
        timer = setInterval(look, lookEveryMs);
        // Waiting for the network does not keep a finished command line from ending.
        timer.unref();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

/** True when an address is not just this computer's own; one that it gave itself for want of a router counts. */
export function hasAddress(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): boolean {
  return Object.values(interfaces).some((addresses) => addresses?.some(({ internal }) => !internal));
}
