import { describe, expect, test } from 'vitest';
import type { Provider } from '../providers/contract/provider.ts';
import { LinkChanges, type LinkChange } from './link-changes.ts';
import { testProvider } from './testing/profile-fixture.ts';

const provider: Provider = {
  ...testProvider,
  linkAccess: ({ linkKind }) => ({ visibility: linkKind as 'private' | 'expiring' | 'public' }),
  exampleLink: ({ host, isGuess }) =>
    host ? { url: `https://${host}/file`, ...(isGuess && { isGuess: true }) } : undefined,
};
const settings = { linkKind: 'expiring', host: 'files.example' };

function askWith(answer: boolean | undefined) {
  const changes: LinkChange[] = [];
  const links = new LinkChanges({
    confirm: async (change) => {
      changes.push(change);
      return answer ?? new Promise(() => undefined);
    },
    computer: () => ({ env: {}, home: '', platform: 'linux', read: () => undefined }),
  });
  return {
    changes,
    change: (after: Record<string, string>, before = settings) => links.require(provider, 'Work', before, after),
  };
}

describe('a changed destination', () => {
  test.each([
    ['public links', { ...settings, linkKind: 'public' }, { visibility: 'public' }],
    ['another host', { ...settings, host: 'evil.example' }, { host: 'evil.example' }],
    ['both', { linkKind: 'public', host: 'evil.example' }, { visibility: 'public', host: 'evil.example' }],
  ])('with %s is saved only after the user agreed', async (_, after, change) => {
    const refused = askWith(false);
    await expect(refused.change(after)).rejects.toMatchObject({
      error: { code: 'invalid-input', params: { why: 'linksUnchanged' } },
    });
    expect(refused.changes).toEqual([{ destination: 'Work', ...change }]);
    await expect(askWith(true).change(after)).resolves.toBeUndefined();
  });

  test.each([
    ['the same links', settings, settings],
    ['links for fewer people', { ...settings, linkKind: 'private' }, settings],
    ['a host that was only guessed before', settings, { ...settings, host: 'guess.example', isGuess: 'true' }],
    ['a first host', settings, { ...settings, host: '' }],
  ])('with %s needs no answer', async (_, after, before) => {
    const { changes, change } = askWith(false);
    await change(after, before);
    expect(changes).toEqual([]);
  });

  test('is refused while another question is open', async () => {
    const { changes, change } = askWith(undefined);
    void change({ ...settings, linkKind: 'public' });
    await expect(change({ ...settings, linkKind: 'public' })).rejects.toMatchObject({
      error: { code: 'invalid-input' },
    });
    expect(changes).toHaveLength(1);
  });
});
