/** Whether there is a network at all, as a hint, and when it comes back. Looks only while somebody listens. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Network } from '../engine/ports.ts';

export interface NetworkMonitorOptions {
  /** Another one to ask, like Electron's `net.isOnline()`; without it the interfaces of this computer are looked at. */
  online?: () => boolean;
}

/** ms between two looks */
export const networkPollMs = 2_000;

export function createNetworkMonitor(options: NetworkMonitorOptions = {}): Network {
  const online = options.online ?? (() => hasAddress(networkInterfaces()));
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let wasOnline = true;

  const poll = () => {
    const isOnline = online();
    const cameOnline = isOnline && !wasOnline;
    wasOnline = isOnline;
    if (cameOnline) for (const callback of Array.from(listeners)) callback();
  };

  return {
    online,
    onOnline(callback) {
      // Its own function: the same one given twice is called twice.
      const listener = () => callback();
      listeners.add(listener);
      if (!timer) {
        wasOnline = online();
        timer = setInterval(poll, networkPollMs);
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
