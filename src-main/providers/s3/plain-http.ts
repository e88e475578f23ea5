/** Recognizes an endpoint that is http although the server uses TLS. */
import { failure } from '../../../src-shared/errors.ts';
import { supportsTls } from '../network/supports-tls.ts';
import { explainS3Error } from './rejected-setting.ts';
import type { S3Settings } from './settings.ts';

/**
 * Returns the error of a request, or the error of the endpoint. A TLS server answers http with an alert or an error
 * page, or closes the connection.
 */
export async function explainPlainHttp(cause: unknown, settings: S3Settings): Promise<unknown> {
  const endpoint = new URL(settings.endpoint);
  if (endpoint.protocol !== 'http:' || !mayBeFromTlsServer(cause, settings)) return cause;
  if (!(await supportsTls(endpoint))) return cause;
  return failure('wrong-service', { field: 'endpoint', params: { host: endpoint.host, why: 'encrypted' } }, cause);
}

function mayBeFromTlsServer(cause: unknown, settings: S3Settings): boolean {
  const error = explainS3Error(cause, settings);
  return (
    error?.code === 'wrong-service' ||
    error?.code === 'rejected' ||
    (error?.code === 'unreachable' && (error.params?.['why'] === undefined || error.params['why'] === 'cut'))
  );
}
