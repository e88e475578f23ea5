import { describe, expect, test } from 'vitest';
import type { FileRef } from '../../src-shared/upload.ts';
import type { AcceptedFile } from '../engine/ports.ts';
import { AppFailure } from '../../src-shared/errors.ts';
import { errorText } from '../../src-shared/text/text.ts';
import { FileTokens } from './file-tokens.ts';

const file = (name: string): AcceptedFile<FileRef> => ({
  name,
  size: 1,
  contentType: 't',
  source: { path: `/${name}`, fingerprint: { size: 1, mtimeMs: 1, dev: '1', ino: '1' } },
});

describe('a token', () => {
  test('can be exchanged once for its file, and several tokens return their files in the given order', () => {
    const tokens = new FileTokens(() => 0);
    const [a, b] = [tokens.make([file('a')], 1), tokens.make([file('b')], 1)];
    expect(a).toMatch(/^[\w-]{22}$/);
    expect(
      tokens
        .take([b, a], 1)
        .flat()
        .map(({ name }) => name),
    ).toEqual(['b', 'a']);
    expect(() => tokens.take([a], 1)).toThrow('invalid-input');
  });

  test('is rejected if it is unknown, repeated or from another window, and the other tokens stay valid', () => {
    const tokens = new FileTokens(() => 0);
    const mine = tokens.make([file('a')], 1);
    const foreign = tokens.make([file('b')], 2);
    expect(() => tokens.take([mine, foreign], 1)).toThrow('invalid-input');
    expect(() => tokens.take([mine, mine], 1)).toThrow('invalid-input');
    expect(() => tokens.take([mine, 'x'.repeat(22)], 1)).toThrow('invalid-input');
    expect(tokens.take([mine], 1)).toHaveLength(1);
  });

  test('expires after ten minutes', () => {
    let now = 0;
    const tokens = new FileTokens(() => now);
    const token = tokens.make([file('a')], 1);
    now = 10 * 60_000 + 1;
    expect(errorOf(() => tokens.take([token], 1))).toEqual({
      what: 'Hoist no longer has these files, because they were dropped too long ago.',
      remedy: 'Drop them again.',
    });
  });

  test('is dropped when 100,000 newer tokens exist', () => {
    const tokens = new FileTokens(() => 0);
    const tokenList = Array.from({ length: 100_001 }, (_, i) => tokens.make([file(`f${i}`)], 1));
    expect(() => tokens.take([tokenList[0]!], 1)).toThrow('invalid-input');
    expect(tokens.take(tokenList.slice(1), 1)).toHaveLength(100_000);
  });
});

/** The sentences of the error that `work` throws. */
function errorOf(work: () => void): ReturnType<typeof errorText> | undefined {
  try {
    work();
    return undefined;
  } catch (cause) {
    if (!(cause instanceof AppFailure)) throw cause;
    return errorText(cause.error);
  }
}
