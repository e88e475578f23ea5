/**
 * A hint whether this computer is online, and an event when it comes back online. Polls only while there are listeners.
 */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { Network } from '../engine/ports.ts';

export interface NetworkMonitorOptions {
  /** Replaces the default check of this computer's network interfaces, for example by Electron's `net.isOnline()`. */
  online?: () => boolean;
}

/** ms between two checks */
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
      // A new function each time, so that a callback that was registered twice is called twice.
      const listener = () => callback();
      listeners.add(listener);
      if (!timer) {
        wasOnline = online();
        timer = setInterval(poll, networkPollMs);
        // A finished command must not keep running because it waits for the network.
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

/** True when an interface other than loopback has an address. A self-assigned (link-local) address counts. */
export function hasAddress(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): boolean {
  return Object.values(interfaces).some((addresses) => addresses?.some(({ internal }) => !internal));
}
