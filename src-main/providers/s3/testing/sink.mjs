// Takes uploads and forgets them, in a process of its own: so a test can measure the memory of the client alone.
// Prints its address; ends with the process that started it.
import http from 'node:http';

const xml = (/** @type {string} */ body) => ({ body, headers: { 'content-type': 'application/xml' } });

const server = http.createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    const answer = request.url?.includes('uploads') ? xml('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>')
      : request.method === 'POST' ? xml('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')
        : { body: '', headers: { etag: '"part"' } };
    response.writeHead(200, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit());
