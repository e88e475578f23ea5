/**
 * Log lines as programs write them. `redacted` texts must be removed from a line and `retained` texts must remain. The
 * home folder is /home/ann, and the secrets in `registered` are registered first.
 */

export interface RedactionCase {
  line: string;
  redacted?: string[];
  retained?: string[];
  registered?: string[];
}

const accessKey = 'AKIAIOSFODNN7EXAMPLE';
const secretKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const sessionToken = `IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ${'Dx7Y+z/q='.repeat(60)}`;
const falKey = '3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b:8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5';
const dropboxToken = 'sl.u.AFqkZ1x3_9aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

export const redactionCorpus: RedactionCase[] = [
  // Links and IDs that give access to a file
  {
    line: 'https://www.dropbox.com/scl/fi/ab12/cat.png?rlkey=q7w8e9r0t1y2&dl=0',
    redacted: ['q7w8e9r0t1y2'],
    retained: ['dl=0'],
  },
  { line: 'https://www.dropbox.com/s/k3y4k3y4/cat.png?dl=0', redacted: ['k3y4k3y4'], retained: ['dropbox.com'] },
  {
    line: 'GET https://v3.fal.media/files/penguin/Zx9Zx9_cat.png 404',
    redacted: ['Zx9Zx9'],
    retained: ['fal.media', '404'],
  },
  { line: '?url=https%3A%2F%2Fv3b.fal.media%2Ffiles%2Fb%2FZx9Zx9_cat.png', redacted: ['Zx9Zx9'] },
  { line: '{"cursor": {"session_id": "pid_upload_session:ABCdef123"}, "offset": 5}', redacted: ['ABCdef123'] },
  { line: 'x-amz-server-side-encryption-customer-key: bWFzdGVya2V5MTIz', redacted: ['bWFzdGVya2V5MTIz'] },
  {
    line: 'x-amz-copy-source-server-side-encryption-customer-key-MD5: bWQ1bWQ1bWQ1',
    redacted: ['bWQ1bWQ1bWQ1'],
  },
  {
    line: "{ SSECustomerKey: 'bWFzdGVya2V5MTIz', SSECustomerKeyMD5: 'bWQ1bWQ1' }",
    redacted: ['bWFzdGVya2V5', 'bWQ1bWQ1'],
  },
  // Encodings of a registered key in a server's answer
  {
    line: `hex ${Buffer.from(secretKey).toString('hex')} or ${Buffer.from(secretKey).toString('hex').toUpperCase()}`,
    redacted: [
      Buffer.from(secretKey).toString('hex').slice(0, 20),
      Buffer.from(secretKey).toString('hex').toUpperCase(),
    ],
    registered: [secretKey],
  },
  {
    line: `reversed ${Array.from(secretKey).reverse().join('')} end`,
    redacted: [Array.from(secretKey).reverse().join('').slice(5, 25)],
    retained: ['reversed', 'end'],
    registered: [secretKey],
  },
  // Headers
  { line: 'Authorization: Bearer abcdef1234567890', redacted: ['abcdef1234567890'], retained: ['Authorization'] },
  { line: 'authorization: Basic YW5uOnBhc3N3b3Jk', redacted: ['YW5uOnBhc3N3b3Jk'] },
  {
    line: '{"Authorization":"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe"}',
    redacted: [accessKey, 'fe5f80f77d5f'],
  },
  { line: `{\\"authorization\\":\\"Key ${falKey}\\"}`, redacted: [falKey, '8c9d0e1f'] },
  {
    line: `Proxy-Authorization: Basic dXNlcjpwYXNz\r\nHost: proxy`,
    redacted: ['dXNlcjpwYXNz'],
    retained: ['Host: proxy'],
  },
  {
    line: `headers: { 'x-amz-security-token': '${sessionToken}', host: 'b.s3.amazonaws.com' }`,
    redacted: [sessionToken, sessionToken.slice(0, 40)],
    retained: ['b.s3.amazonaws.com'],
  },
  { line: 'Cookie: session=abc; csrf=def', redacted: ['abc', 'def'] },
  { line: 'set-cookie: sid=s%3Aabcdefgh.ijkl; Path=/', redacted: ['abcdefgh'] },
  { line: 'sent with bearer AbCdEf.123-456_789~x+/=', redacted: ['AbCdEf.123'] },
  { line: 'x-api-key: 0123456789abcdef', redacted: ['0123456789abcdef'] },
  { line: 'AWS4-HMAC-SHA256\n20261123T091400Z', retained: ['20261123T091400Z'] },
  // Presigned links and queries
  {
    line: 'GET https://b.s3.amazonaws.com/k/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261123T091400Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=9f2c0e8d7b6a5948372615f0e9d8c7b6a5948372615',
    redacted: [accessKey, '9f2c0e8d7b6a'],
    retained: ['b.s3.amazonaws.com/k/a.png'],
  },
  {
    line: 'https://h/k?x-amz-security-token=FwoGZXIvYXdzEJr%2F%2F%2Fabc&x=1',
    redacted: ['FwoGZXIvYXdz', 'abc'],
    retained: ['x=1'],
  },
  {
    line: 'redirect to https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D0badcafe0badcafe%26a%3Db',
    redacted: ['0badcafe'],
    retained: ['a%3Db'],
  },
  {
    line: 'https://account.blob.core.windows.net/c/b?sv=2024&sig=Zm9vYmFy%2Bbaz%3D&se=2026',
    redacted: ['Zm9vYmFy', 'baz'],
    retained: ['se=2026'],
  },
  { line: 'https://h/cb?code=4/0AX4XfWh-secret&state=xyz', redacted: ['0AX4XfWh'], retained: ['state=xyz'] },
  {
    line: 'POST grant_type=refresh_token&refresh_token=abcdefghijk&client_secret=lmnopqrst',
    redacted: ['abcdefghijk', 'lmnopqrst'],
    retained: ['grant_type'],
  },
  { line: 'access_token=ya29.abcdefg&token_type=bearer', redacted: ['ya29.abcdefg'], retained: ['token_type'] },
  { line: '{"access_token": "ya29.zyxwv", "expires_in": 14400}', redacted: ['ya29.zyxwv'], retained: ['14400'] },
  { line: "{ accessToken: 'tok-12345-abcde' }", redacted: ['tok-12345'] },
  { line: '{\\"id_token\\":\\"abc.def.ghi\\"}', redacted: ['abc.def.ghi'] },
  { line: 'https://h/x?token=abc123def456#frag', redacted: ['abc123def456'] },
  { line: 'wss://queue.fal.run/x?fal_jwt_token=abcdef0123', redacted: ['abcdef0123'] },
  { line: 'code_verifier=dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk', redacted: ['dBjftJeZ4CVP'] },
  { line: 'callback?code_verifier%3Dabcdefghijklmnop', redacted: ['abcdefghijklmnop'] },
  // Settings and environments
  { line: `AWS_SECRET_ACCESS_KEY=${secretKey}`, redacted: [secretKey] },
  { line: `aws_secret_access_key = ${secretKey}`, redacted: [secretKey] },
  {
    line: `AWS_ACCESS_KEY_ID=${accessKey} AWS_DEFAULT_REGION=eu-west-1`,
    redacted: [accessKey],
    retained: ['eu-west-1'],
  },
  { line: `AWS_SESSION_TOKEN="${sessionToken}"`, redacted: [sessionToken.slice(0, 40)] },
  {
    line: `{ accessKeyId: '${accessKey}', secretAccessKey: '${secretKey}', sessionToken: 'abcdefgh' }`,
    redacted: [accessKey, secretKey, 'abcdefgh'],
  },
  { line: `FAL_KEY=${falKey}`, redacted: ['8c9d0e1f'] },
  { line: 'FAL_KEY_SECRET=0123456789abcdef0123', redacted: ['0123456789abcdef0123'] },
  { line: `fal_key: "${falKey}"`, redacted: ['8c9d0e1f'] },
  { line: `DROPBOX_ACCESS_TOKEN=${dropboxToken}`, redacted: [dropboxToken] },
  { line: 'DROPBOX_APP_SECRET=abcdef123456', redacted: ['abcdef123456'] },
  { line: 'password: hunter2 for user ann', redacted: ['hunter2'], retained: ['for user ann'] },
  { line: '"password":"hunt er2"', redacted: ['"hunt'] },
  { line: 'pwd=swordfish; host=h', redacted: ['swordfish'], retained: ['host=h'] },
  { line: 'passphrase=correct-horse', redacted: ['correct-horse'] },
  { line: 'the api-key=abcd1234 was refused', redacted: ['abcd1234'], retained: ['was refused'] },
  { line: 'apiKey: "abcd-efgh"', redacted: ['abcd-efgh'] },
  // Keys recognized by their form
  {
    line: `The AWS Access Key Id ${accessKey} does not exist in our records.`,
    redacted: [accessKey],
    retained: ['does not exist'],
  },
  { line: 'ASIAIOSFODNN7EXAMPLE has expired', redacted: ['ASIAIOSFODNN7EXAMPLE'], retained: ['has expired'] },
  { line: `refused ${dropboxToken}!`, redacted: [dropboxToken] },
  { line: `key ${falKey} is not valid`, redacted: ['8c9d0e1f', '3f6f2f0c'], retained: ['is not valid'] },
  { line: `key ${encodeURIComponent(falKey)} is not valid`, redacted: ['8c9d0e1f'] },
  { line: `token ${jwt} expired`, redacted: ['dBjftJeZ4CVP', 'eyJzdWIi'], retained: ['expired'] },
  {
    line: '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0\nabcdef\n-----END RSA PRIVATE KEY-----\nafter',
    redacted: ['MIIEpAIBAAK', 'abcdef'],
    retained: ['after'],
  },
  { line: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg', redacted: ['MIIEvQIBADANBg'] },
  // URLs with a user name
  {
    line: 'proxy http://ann:s3cr3t@proxy.example:3128 does not answer',
    redacted: ['s3cr3t', 'ann:'],
    retained: ['proxy.example:3128'],
  },
  { line: 'https://ghp_abcdefghij@github.com/x', redacted: ['ghp_abcdefghij'], retained: ['github.com/x'] },
  { line: 'https://h.example/a@b', retained: ['https://h.example/a@b'] },
  // Server responses
  {
    line: `<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>minioadmin</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n2026\nscope\nabc</StringToSign><SignatureProvided>deadbeef</SignatureProvided><RequestId>R1</RequestId></Error>`,
    redacted: ['minioadmin', 'deadbeef', 'scope'],
    retained: ['SignatureDoesNotMatch', 'R1'],
  },
  { line: '<InvalidToken><Token>abcdefg</Token></InvalidToken>', redacted: ['abcdefg'] },
  // Registered secrets in every encoding
  { registered: ['pa"ss\\wörd /x'], line: 'plain pa"ss\\wörd /x', redacted: ['pa"ss', 'wörd'] },
  {
    registered: ['pa"ss\\wörd /x'],
    line: JSON.stringify({ deep: JSON.stringify({ k: 'pa"ss\\wörd /x' }) }),
    redacted: ['ss\\\\', 'wörd'],
  },
  {
    registered: ['pa"ss\\wörd /x'],
    line: `?k=${encodeURIComponent('pa"ss\\wörd /x')}`,
    redacted: ['pa%22ss', 'w%C3%B6rd'],
  },
  { registered: ['pa"ss\\wörd /x'], line: '?k=pa%22ss%5cw%c3%b6rd+/x', redacted: ['pa%22ss', '%c3%b6rd'] },
  {
    registered: ['pa"ss\\wörd /x'],
    line: '?next=%3Fk%3Dpa%2522ss%255Cw%25C3%25B6rd%2520%252Fx',
    redacted: ['pa%2522'],
  },
  { registered: ['pa"ss\\wörd /x'], line: '<m>pa&quot;ss\\w&#246;rd /x</m>', redacted: ['pa&quot;', 'rd /x'] },
  { registered: ['pa"ss\\wörd /x'], line: String.raw`{"k":"pa\"ss\\w\u00F6rd \/x"}`, redacted: ['u00F6'] },
  {
    registered: [secretKey],
    line: `it is ${Buffer.from(secretKey).toString('base64')}.`,
    redacted: [Buffer.from(secretKey).toString('base64').slice(0, 30)],
  },
  {
    registered: [secretKey],
    line: `Basic ${Buffer.from(`ann:${secretKey}`).toString('base64')}`,
    redacted: [Buffer.from(`ann:${secretKey}`).toString('base64').slice(6, 40)],
  },
  {
    registered: [secretKey],
    line: `x${Buffer.from(`a:${secretKey}`).toString('base64url')}`,
    redacted: [Buffer.from(`a:${secretKey}`).toString('base64url').slice(4, 40)],
  },
  {
    registered: [secretKey],
    line: `path /bucket/${secretKey}/end`,
    redacted: [secretKey],
    retained: ['/bucket/', '/end'],
  },
  { registered: [sessionToken], line: `a ${sessionToken.slice(100, 400)} b`, redacted: [sessionToken.slice(220, 260)] },
  {
    registered: ['minioadmin', 'minio'],
    line: 'user minioadmin of minio',
    redacted: ['minio', 'admin'],
    retained: ['user '],
  },
  // The home folder
  { line: 'cannot read /home/ann/pictures/a.png', redacted: ['/home/ann', 'ann/'], retained: ['~/pictures/a.png'] },
  { line: 'cwd=/home/ann', redacted: ['ann'], retained: ['~'] },
  { line: 'saved in /home/ann.', redacted: ['ann'] },
  { line: 'file:///home/ann/a%20b.txt', redacted: ['ann'] },
  { line: 'file=%2Fhome%2Fann%2Fa.txt', redacted: ['ann'] },
  { line: '/home/annette/a and /home/ann.b/c', retained: ['/home/annette/a', '/home/ann.b/c'] },
  // Texts that must not change
  { line: 'getaddrinfo ENOTFOUND nosuch.example', retained: ['getaddrinfo ENOTFOUND nosuch.example'] },
  {
    line: 'The specified bucket does not exist: NoSuchBucket (RequestId 4442587FB7D0A2F9)',
    retained: ['The specified bucket does not exist: NoSuchBucket (RequestId 4442587FB7D0A2F9)'],
  },
  {
    line: 'read /srv/a.txt: EACCES, code: EACCES, errno -13',
    retained: ['read /srv/a.txt: EACCES, code: EACCES, errno -13'],
  },
  {
    line: 'part 3 of 12, 8388608 bytes, etag "9b2cf535f27731c974343645a3985328"',
    retained: ['part 3 of 12, 8388608 bytes, etag "9b2cf535f27731c974343645a3985328"'],
  },
  {
    line: '3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b at 2026-11-23T09:14:00.000Z',
    retained: ['3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b at 2026-11-23T09:14:00.000Z'],
  },
  {
    line: 'the design is signed, the key is in the tokenizer',
    retained: ['the design is signed, the key is in the tokenizer'],
  },
];
