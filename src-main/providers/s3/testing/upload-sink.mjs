// A store that discards the uploaded bytes. It runs in a separate process, so that a test can measure the memory of the
// client alone. It keeps only the size and the checksum of each part. GET /received returns the number of body bytes
// since the start. It prints its address, and ends with its parent process.
import http from 'node:http';

const xmlAnswer = (/** @type {string} */ body) => ({ body, headers: { 'content-type': 'application/xml' } });

/** @type {Map<number, { size: number, sum: string }>} */
const parts = new Map();
let bytesReceived = 0;

const partListXml = () =>
  [...parts]
    .sort(([a], [b]) => a - b)
    .map(
      ([number, { size, sum }]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>"part"</ETag><Size>${size}</Size><ChecksumCRC32>${sum}</ChecksumCRC32></Part>`,
    )
    .join('');

/** @param {http.IncomingMessage} request @returns {{ body: string, headers: Record<string, string> }} */
function answerTo({ method, url = '/', headers }) {
  if (url === '/received') return { body: String(bytesReceived), headers: {} };
  const sum = String(headers['x-amz-checksum-crc32'] ?? '');
  const number = new URL(url, 'http://sink').searchParams.get('partNumber');
  if (method === 'PUT' && number !== null) {
    parts.set(Number(number), { size: Number(headers['content-length']), sum });
    return { body: '', headers: { etag: '"part"', ...(sum === '' ? {} : { 'x-amz-checksum-crc32': sum }) } };
  }
  if (url.includes('uploads'))
    return xmlAnswer('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  if (method === 'GET')
    return xmlAnswer(`<ListPartsResult><IsTruncated>false</IsTruncated>${partListXml()}</ListPartsResult>`);
  if (method === 'POST')
    return xmlAnswer('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>');
  return { body: '', headers: { etag: '"part"' } };
}

const server = http.createServer((request, response) => {
  request.on('data', (/** @type {Buffer} */ bytes) => {
    bytesReceived += bytes.length;
  });
  request.once('end', () => {
    const answer = answerTo(request);
    response.writeHead(200, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) }).end(answer.body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit());
