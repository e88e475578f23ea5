import { expect, test } from 'vitest';
import { errorTable, type ErrorCode } from '../errors.ts';
import { en } from './en.ts';
import { errorText, text, type TextKey } from './text.ts';

test('every error code says what happened and what to do', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];
  expect(codes.length).toBeLessThanOrEqual(30);
  for (const code of codes) {
    const { what, remedy } = errorText({ code });
    for (const sentence of [what, remedy]) {
      expect(sentence, code).toMatch(/^\S.*[.]$/);
      expect(sentence, code).not.toMatch(/[{}!]|undefined|successfully/);
    }
  }
});

test('every sentence is valid ICU and has no exclamation mark', () => {
  for (const key of Object.keys(en) as TextKey[]) {
    expect(en[key], key).not.toContain('!');
    expect(() => text(key, new Proxy({}, { get: () => 1, has: () => true })), key).not.toThrow();
  }
});

test('a sentence begins with a capital also where the name is not known, and a name stays as it is', () => {
  expect(errorText({ code: 'unauthorized' }).what).toBe('This destination refused the key.');
  expect(errorText({ code: 'unauthorized', params: { destination: 'the archive' } }).what).toBe(
    'the archive refused the key.',
  );
});
