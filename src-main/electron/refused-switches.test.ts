import { expect, test, vi } from 'vitest';
import { findRefusedSwitch } from './refused-switches.ts';

vi.mock('electron', () => ({ app: {} }));

const switches = (values: Record<string, string>) => ({
  hasSwitch: (name: string) => name in values,
  getSwitchValue: (name: string) => values[name] ?? '',
});
const user = { isRoot: false, isTest: false };

test.each([
  ['remote-debugging-port', '9222'],
  ['remote-debugging-port', '0'],
  ['remote-debugging-pipe', ''],
  ['inspect', '9229'],
  ['inspect-brk', ''],
  ['js-flags', '--allow-natives-syntax'],
  ['load-extension', '/tmp/x'],
  ['no-sandbox', ''],
  ['disable-web-security', ''],
  ['ignore-certificate-errors', ''],
  ['host-rules', 'MAP * 10.0.0.1'],
  ['host-resolver-rules', 'MAP * 10.0.0.1'],
  ['proxy-server', '10.0.0.1:8080'],
  ['proxy-pac-url', 'http://10.0.0.1/pac'],
  ['ssl-key-log-file', '/tmp/keys'],
  ['log-net-log', '/tmp/log'],
])('the packaged app refuses --%s=%s', (name, value) => {
  expect(findRefusedSwitch(switches({ 'ozone-platform': 'x11', [name]: value }), user)).toBe(name);
});

test('the switches of the launchers and of desktop environments are allowed', () => {
  const usual = { 'ozone-platform': 'headless', 'disable-gpu': '', 'log-level': '3', 'force-device-scale-factor': '2' };
  expect(findRefusedSwitch(switches(usual), user)).toBeUndefined();
});

test('root may turn the sandbox off, because Chromium does not run otherwise', () => {
  expect(findRefusedSwitch(switches({ 'no-sandbox': '' }), { ...user, isRoot: true })).toBeUndefined();
});

test('only a test package has a free debugging port, and never a fixed one', () => {
  const test = { ...user, isTest: true };
  expect(findRefusedSwitch(switches({ 'remote-debugging-port': '0' }), test)).toBeUndefined();
  expect(findRefusedSwitch(switches({ 'remote-debugging-port': '9222' }), test)).toBe('remote-debugging-port');
});
