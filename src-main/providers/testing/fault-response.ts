import type http from 'node:http';
import type { Fault } from './fault-proxy.ts';
import { pipeThrough, responseTransforms } from './fault-streams.ts';

/** Sends the service's response to the client, with the fault. */
export function forwardResponse(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  serviceResponse: http.IncomingMessage,
  fault: Fault | undefined,
): void {
  const headers: http.OutgoingHttpHeaders = { ...serviceResponse.headers };
  serviceResponse.on('error', () => request.socket.destroy());
  if (fault?.kind === 'cut-head') {
    serviceResponse.resume();
    serviceResponse.once('end', () =>
      request.socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => request.socket.destroy()),
    );
  } else if (fault?.kind === 'lost-answer') {
    serviceResponse.resume();
    serviceResponse.once('end', () => request.socket.destroy());
  } else if (fault?.kind === 'tamper') {
    for (const [name, value] of Object.entries(fault.headers ?? {})) {
      if (value === undefined) delete headers[name];
      else headers[name] = value;
    }
    const chunks: Buffer[] = [];
    serviceResponse.on('data', (chunk: Buffer) => chunks.push(chunk));
    serviceResponse.once('end', () => {
      const body = fault.body ? Buffer.from(fault.body(Buffer.concat(chunks).toString())) : Buffer.concat(chunks);
      delete headers['transfer-encoding'];
      if (request.method !== 'HEAD') headers['content-length'] = body.length;
      response.writeHead(serviceResponse.statusCode ?? 500, headers).end(body);
    });
  } else {
    const transforms = responseTransforms(fault, () => {
      request.socket.destroy();
    });
    response.writeHead(serviceResponse.statusCode ?? 500, headers);
    pipeThrough(serviceResponse, transforms).pipe(response);
  }
}
