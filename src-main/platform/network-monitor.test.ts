import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasAddress, networkPollMs, createNetworkMonitor } from './network-monitor.ts';

const address = (internal: boolean) => ({
  address: 'x',
  netmask: 'x',
  family: 'IPv4' as const,
  mac: 'x',
  cidr: null,
  internal,
});

describe('createNetworkMonitor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('runs a timer only while there are listeners', () => {
    const net = createNetworkMonitor({ online: () => true });
    expect(net.online()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    const stops = [net.onOnline(() => undefined), net.onOnline(() => undefined)];
    expect(vi.getTimerCount()).toBe(1);
    stops[0]?.();
    expect(vi.getTimerCount()).toBe(1);
    stops[1]?.();
    expect(vi.getTimerCount()).toBe(0);
    net.onOnline(() => undefined);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('calls each listener once each time the network comes back', () => {
    let online = false;
    const net = createNetworkMonitor({ online: () => online });
    const [firstListener, secondListener] = [vi.fn(), vi.fn()];
    net.onOnline(firstListener);
    net.onOnline(firstListener);
    const stop = net.onOnline(secondListener);
    vi.advanceTimersByTime(5 * networkPollMs);
    expect(firstListener).not.toHaveBeenCalled();
    online = true;
    vi.advanceTimersByTime(5 * networkPollMs);
    expect(firstListener).toHaveBeenCalledTimes(2);
    expect(secondListener).toHaveBeenCalledTimes(1);
    stop();
    online = false;
    vi.advanceTimersByTime(networkPollMs);
    online = true;
    vi.advanceTimersByTime(networkPollMs);
    expect(firstListener).toHaveBeenCalledTimes(4);
    expect(secondListener).toHaveBeenCalledTimes(1);
  });

  test('calls a listener that was added offline, even if the network comes back before the first check', () => {
    let online = false;
    const listener = vi.fn();
    createNetworkMonitor({ online: () => online }).onOnline(listener);
    online = true;
    vi.advanceTimersByTime(networkPollMs);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('does not call a listener that was added online', () => {
    const listener = vi.fn();
    createNetworkMonitor({ online: () => true }).onOnline(listener);
    vi.advanceTimersByTime(5 * networkPollMs);
    expect(listener).not.toHaveBeenCalled();
  });

  test.each([
    [{}, false],
    [{ lo: [address(true)] }, false],
    [{ lo: [address(true)], eth0: [] }, false],
    [{ eth0: undefined }, false],
    [{ lo: [address(true)], wlan0: [address(false)] }, true],
  ])('hasAddress of the interfaces %j is %s', (interfaces, online) => {
    expect(hasAddress(interfaces)).toBe(online);
  });
});
