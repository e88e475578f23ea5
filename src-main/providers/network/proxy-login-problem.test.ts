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
])('the cause of status 407 with Proxy-Authenticate %j, when a login is set: %s', (header, hasLogin, expected) =>
  expect(proxyLoginProblem(header, { hasLogin })).toEqual(expected),
);
