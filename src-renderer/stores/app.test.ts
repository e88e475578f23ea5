import { expect, test } from 'vitest';
import type { Notice } from '../../src-shared/ipc/contract.ts';
import { createApp, dismissNotice, openNotices } from './app.ts';

test('a notice is one line, and stays away once it was put away', () => {
  const app = createApp();
  const session: Notice = { kind: 'session-secrets' };
  const tell = (notices: Notice[]): void => app.setState({ info: { version: '1', platform: 'linux', notices } });
  tell([
    session,
    { kind: 'session-secrets' },
    { kind: 'secrets-locked', name: 'a' },
    { kind: 'secrets-locked', name: 'b' },
  ]);
  expect(openNotices(app.getState())).toHaveLength(3);
  dismissNotice(app, session);
  tell([{ kind: 'session-secrets' }, { kind: 'test-runtime' }]);
  expect(openNotices(app.getState())).toEqual([{ kind: 'test-runtime' }]);
});
