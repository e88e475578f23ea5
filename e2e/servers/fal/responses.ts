/** The server's JSON responses, in the formats that the service's clients read. */
import type http from 'node:http';

export interface FalServerResponse {
  status: number;
  headers: http.OutgoingHttpHeaders;
  body: Buffer[];
}

export const falJsonResponse = (
  status: number,
  body: object,
  headers: http.OutgoingHttpHeaders = {},
): FalServerResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'x-fal-request-id': 'loopback', ...headers },
  body: [Buffer.from(JSON.stringify(body))],
});

/**
 * An error response. The storage answers with `{detail}`, which is a list of field errors for a malformed request; the
 * platform answers with `{error: {type, message}}`.
 */
export class FalErrorResponse extends Error {
  readonly status: number;
  readonly body: object;
  constructor(status: number, body: object) {
    super(`refused: ${status}`);
    this.status = status;
    this.body = body;
  }
}
