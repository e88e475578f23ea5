import { expect, test } from 'vitest';
import type { Notice } from '../../src-shared/ipc/contract.ts';
import { createAppStore, dismissNotice, visibleNotices } from './app.ts';

test('equal notices are shown once, and a dismissed notice does not return', () => {
  const app = createAppStore();
  const session: Notice = { kind: 'session-secrets' };
  const setNotices = (notices: Notice[]): void => app.setState({ info: { version: '1', platform: 'linux', notices } });
  setNotices([
    session,
    { kind: 'session-secrets' },
    { kind: 'secrets-locked', name: 'a' },
    { kind: 'secrets-locked', name: 'b' },
  ]);
  expect(visibleNotices(app.getState())).toHaveLength(3);
  dismissNotice(app, session);
  setNotices([{ kind: 'session-secrets' }, { kind: 'test-runtime' }]);
  expect(visibleNotices(app.getState())).toEqual([{ kind: 'test-runtime' }]);
});
