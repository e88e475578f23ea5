import { expect, test } from 'vitest';
import { encodeKey } from './encode-key.ts';

test('encodeKey encodes characters that programs misinterpret in URLs', () => {
  expect(encodeKey(`a b+c#d%e?é/ü.txt`)).toBe('a%20b%2Bc%23d%25e%3F%C3%A9/%C3%BC.txt');
  expect(encodeKey(`!'()*~-._`)).toBe('%21%27%28%29%2A~-._');
});
