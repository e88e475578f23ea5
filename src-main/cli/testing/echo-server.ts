/** A hostile server: it refuses every request with an error that repeats the request and the secrets in many encodings. */
import type { LoopbackResponse } from '../../../e2e/servers/aws/loopback-server.ts';
import { reverseText } from './find-leaks.ts';

/** @param secrets that an attacker may have seen before */
export function echoSecrets(secrets: readonly string[], headers: object): LoopbackResponse {
  const repeated = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('base64'),
    reverseText(secret),
  ]);
  const message = `${repeated.join(' ')} ${JSON.stringify(headers)}`.replaceAll(/[<&]/g, ' ');
  return {
    status: 403,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': repeated[0] ?? '' },
    body: `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
  };
}
