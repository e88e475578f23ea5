import { expect, test } from 'vitest';
import { proxyLoginProblem } from './proxy-login-problem.ts';

test.each<[string | string[] | undefined, boolean, object]>([
  ['NTLM', true, { why: 'proxyScheme', schemes: 'NTLM' }],
  ['NTLM realm="Basic access"', false, { why: 'proxyScheme', schemes: 'NTLM' }],
  [['Negotiate', 'NTLM'], true, { why: 'proxyScheme', schemes: 'Negotiate, NTLM' }],
  ['Negotiate, NTLM, Basic realm="x"', true, { why: 'proxy' }],
  ['Digest realm="x", nonce="y", algorithm=MD5', true, { why: 'proxyScheme', schemes: 'Digest' }],
  ['Basic realm="x"', true, { why: 'proxy' }],
  ['basic realm="x"', false, { why: 'proxyLogin' }],
  [undefined, true, { why: 'proxy' }],
  [undefined, false, { why: 'proxyLogin' }],
])('a proxy that offers %j, with a login: %s', (header, hasLogin, expected) =>
  expect(proxyLoginProblem(header, { hasLogin })).toEqual(expected),
);
