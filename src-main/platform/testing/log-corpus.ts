/**
 * Lines as programs write them. `gone` must not be left of a line, `kept` must be; the home is /home/ann, and
 * `registered` are the secrets that were registered before.
 */

export interface CorpusLine {
  line: string;
  gone?: string[];
  kept?: string[];
  registered?: string[];
}

const accessKey = 'AKIAIOSFODNN7EXAMPLE';
const secretKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const sessionToken = `IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ${'Dx7Y+z/q='.repeat(60)}`;
const falKey = '3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b:8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5';
const dropboxToken = 'sl.u.AFqkZ1x3_9aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

export const corpus: CorpusLine[] = [
  // Headers
  { line: 'Authorization: Bearer abcdef1234567890', gone: ['abcdef1234567890'], kept: ['Authorization'] },
  { line: 'authorization: Basic YW5uOnBhc3N3b3Jk', gone: ['YW5uOnBhc3N3b3Jk'] },
  {
    line: '{"Authorization":"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe"}',
    gone: [accessKey, 'fe5f80f77d5f'],
  },
  { line: `{\\"authorization\\":\\"Key ${falKey}\\"}`, gone: [falKey, '8c9d0e1f'] },
  { line: `Proxy-Authorization: Basic dXNlcjpwYXNz\r\nHost: proxy`, gone: ['dXNlcjpwYXNz'], kept: ['Host: proxy'] },
  {
    line: `headers: { 'x-amz-security-token': '${sessionToken}', host: 'b.s3.amazonaws.com' }`,
    gone: [sessionToken, sessionToken.slice(0, 40)],
    kept: ['b.s3.amazonaws.com'],
  },
  { line: 'Cookie: session=abc; csrf=def', gone: ['abc', 'def'] },
  { line: 'set-cookie: sid=s%3Aabcdefgh.ijkl; Path=/', gone: ['abcdefgh'] },
  { line: 'sent with bearer AbCdEf.123-456_789~x+/=', gone: ['AbCdEf.123'] },
  { line: 'x-api-key: 0123456789abcdef', gone: ['0123456789abcdef'] },
  { line: 'AWS4-HMAC-SHA256\n20261123T091400Z', kept: ['20261123T091400Z'] },
  // Presigned links and queries
  {
    line: 'GET https://b.s3.amazonaws.com/k/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261123T091400Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=9f2c0e8d7b6a5948372615f0e9d8c7b6a5948372615',
    gone: [accessKey, '9f2c0e8d7b6a'],
    kept: ['b.s3.amazonaws.com/k/a.png'],
  },
  {
    line: 'https://h/k?x-amz-security-token=FwoGZXIvYXdzEJr%2F%2F%2Fabc&x=1',
    gone: ['FwoGZXIvYXdz', 'abc'],
    kept: ['x=1'],
  },
  {
    line: 'redirect to https%3A%2F%2Fh%2Fk%3FX-Amz-Signature%3D0badcafe0badcafe%26a%3Db',
    gone: ['0badcafe'],
    kept: ['a%3Db'],
  },
  {
    line: 'https://account.blob.core.windows.net/c/b?sv=2024&sig=Zm9vYmFy%2Bbaz%3D&se=2026',
    gone: ['Zm9vYmFy', 'baz'],
    kept: ['se=2026'],
  },
  { line: 'https://h/cb?code=4/0AX4XfWh-secret&state=xyz', gone: ['0AX4XfWh'], kept: ['state=xyz'] },
  {
    line: 'POST grant_type=refresh_token&refresh_token=abcdefghijk&client_secret=lmnopqrst',
    gone: ['abcdefghijk', 'lmnopqrst'],
    kept: ['grant_type'],
  },
  { line: 'access_token=ya29.abcdefg&token_type=bearer', gone: ['ya29.abcdefg'], kept: ['token_type'] },
  { line: '{"access_token": "ya29.zyxwv", "expires_in": 14400}', gone: ['ya29.zyxwv'], kept: ['14400'] },
  { line: "{ accessToken: 'tok-12345-abcde' }", gone: ['tok-12345'] },
  { line: '{\\"id_token\\":\\"abc.def.ghi\\"}', gone: ['abc.def.ghi'] },
  { line: 'https://h/x?token=abc123def456#frag', gone: ['abc123def456'] },
  { line: 'wss://queue.fal.run/x?fal_jwt_token=abcdef0123', gone: ['abcdef0123'] },
  { line: 'code_verifier=dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk', gone: ['dBjftJeZ4CVP'] },
  { line: 'callback?code_verifier%3Dabcdefghijklmnop', gone: ['abcdefghijklmnop'] },
  // Settings and environments
  { line: `AWS_SECRET_ACCESS_KEY=${secretKey}`, gone: [secretKey] },
  { line: `aws_secret_access_key = ${secretKey}`, gone: [secretKey] },
  { line: `AWS_ACCESS_KEY_ID=${accessKey} AWS_DEFAULT_REGION=eu-west-1`, gone: [accessKey], kept: ['eu-west-1'] },
  { line: `AWS_SESSION_TOKEN="${sessionToken}"`, gone: [sessionToken.slice(0, 40)] },
  {
    line: `{ accessKeyId: '${accessKey}', secretAccessKey: '${secretKey}', sessionToken: 'abcdefgh' }`,
    gone: [accessKey, secretKey, 'abcdefgh'],
  },
  { line: `FAL_KEY=${falKey}`, gone: ['8c9d0e1f'] },
  { line: 'FAL_KEY_SECRET=0123456789abcdef0123', gone: ['0123456789abcdef0123'] },
  { line: `fal_key: "${falKey}"`, gone: ['8c9d0e1f'] },
  { line: `DROPBOX_ACCESS_TOKEN=${dropboxToken}`, gone: [dropboxToken] },
  { line: 'DROPBOX_APP_SECRET=abcdef123456', gone: ['abcdef123456'] },
  { line: 'password: hunter2 for user ann', gone: ['hunter2'], kept: ['for user ann'] },
  { line: '"password":"hunt er2"', gone: ['"hunt'] },
  { line: 'pwd=swordfish; host=h', gone: ['swordfish'], kept: ['host=h'] },
  { line: 'passphrase=correct-horse', gone: ['correct-horse'] },
  { line: 'the api-key=abcd1234 was refused', gone: ['abcd1234'], kept: ['was refused'] },
  { line: 'apiKey: "abcd-efgh"', gone: ['abcd-efgh'] },
  // Keys by their looks
  {
    line: `The AWS Access Key Id ${accessKey} does not exist in our records.`,
    gone: [accessKey],
    kept: ['does not exist'],
  },
  { line: 'ASIAIOSFODNN7EXAMPLE has expired', gone: ['ASIAIOSFODNN7EXAMPLE'], kept: ['has expired'] },
  { line: `refused ${dropboxToken}!`, gone: [dropboxToken] },
  { line: `key ${falKey} is not valid`, gone: ['8c9d0e1f', '3f6f2f0c'], kept: ['is not valid'] },
  { line: `key ${encodeURIComponent(falKey)} is not valid`, gone: ['8c9d0e1f'] },
  { line: `token ${jwt} expired`, gone: ['dBjftJeZ4CVP', 'eyJzdWIi'], kept: ['expired'] },
  {
    line: '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0\nabcdef\n-----END RSA PRIVATE KEY-----\nafter',
    gone: ['MIIEpAIBAAK', 'abcdef'],
    kept: ['after'],
  },
  { line: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg', gone: ['MIIEvQIBADANBg'] },
  // Addresses with a user
  {
    line: 'proxy http://ann:s3cr3t@proxy.example:3128 does not answer',
    gone: ['s3cr3t', 'ann:'],
    kept: ['proxy.example:3128'],
  },
  { line: 'https://ghp_abcdefghij@github.com/x', gone: ['ghp_abcdefghij'], kept: ['github.com/x'] },
  { line: 'https://h.example/a@b', kept: ['https://h.example/a@b'] },
  // What a server says of a request
  {
    line: `<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>minioadmin</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n2026\nscope\nabc</StringToSign><SignatureProvided>deadbeef</SignatureProvided><RequestId>R1</RequestId></Error>`,
    gone: ['minioadmin', 'deadbeef', 'scope'],
    kept: ['SignatureDoesNotMatch', 'R1'],
  },
  { line: '<InvalidToken><Token>abcdefg</Token></InvalidToken>', gone: ['abcdefg'] },
  // Registered secrets in every spelling
  { registered: ['pa"ss\\wörd /x'], line: 'plain pa"ss\\wörd /x', gone: ['pa"ss', 'wörd'] },
  {
    registered: ['pa"ss\\wörd /x'],
    line: JSON.stringify({ deep: JSON.stringify({ k: 'pa"ss\\wörd /x' }) }),
    gone: ['ss\\\\', 'wörd'],
  },
  {
    registered: ['pa"ss\\wörd /x'],
    line: `?k=${encodeURIComponent('pa"ss\\wörd /x')}`,
    gone: ['pa%22ss', 'w%C3%B6rd'],
  },
  { registered: ['pa"ss\\wörd /x'], line: '?k=pa%22ss%5cw%c3%b6rd+/x', gone: ['pa%22ss', '%c3%b6rd'] },
  { registered: ['pa"ss\\wörd /x'], line: '?next=%3Fk%3Dpa%2522ss%255Cw%25C3%25B6rd%2520%252Fx', gone: ['pa%2522'] },
  { registered: ['pa"ss\\wörd /x'], line: '<m>pa&quot;ss\\w&#246;rd /x</m>', gone: ['pa&quot;', 'rd /x'] },
  { registered: ['pa"ss\\wörd /x'], line: String.raw`{"k":"pa\"ss\\w\u00F6rd \/x"}`, gone: ['u00F6'] },
  {
    registered: [secretKey],
    line: `it is ${Buffer.from(secretKey).toString('base64')}.`,
    gone: [Buffer.from(secretKey).toString('base64').slice(0, 30)],
  },
  {
    registered: [secretKey],
    line: `Basic ${Buffer.from(`ann:${secretKey}`).toString('base64')}`,
    gone: [Buffer.from(`ann:${secretKey}`).toString('base64').slice(6, 40)],
  },
  {
    registered: [secretKey],
    line: `x${Buffer.from(`a:${secretKey}`).toString('base64url')}`,
    gone: [Buffer.from(`a:${secretKey}`).toString('base64url').slice(4, 40)],
  },
  { registered: [secretKey], line: `path /bucket/${secretKey}/end`, gone: [secretKey], kept: ['/bucket/', '/end'] },
  { registered: [sessionToken], line: `a ${sessionToken.slice(100, 400)} b`, gone: [sessionToken.slice(220, 260)] },
  { registered: ['minioadmin', 'minio'], line: 'user minioadmin of minio', gone: ['minio', 'admin'], kept: ['user '] },
  // The home
  { line: 'cannot read /home/ann/pictures/a.png', gone: ['/home/ann', 'ann/'], kept: ['~/pictures/a.png'] },
  { line: 'cwd=/home/ann', gone: ['ann'], kept: ['~'] },
  { line: 'saved in /home/ann.', gone: ['ann'] },
  { line: 'file:///home/ann/a%20b.txt', gone: ['ann'] },
  { line: 'file=%2Fhome%2Fann%2Fa.txt', gone: ['ann'] },
  { line: '/home/annette/a and /home/ann.b/c', kept: ['/home/annette/a', '/home/ann.b/c'] },
  // What has to stay
  { line: 'getaddrinfo ENOTFOUND nosuch.example', kept: ['getaddrinfo ENOTFOUND nosuch.example'] },
  {
    line: 'The specified bucket does not exist: NoSuchBucket (RequestId 4442587FB7D0A2F9)',
    kept: ['The specified bucket does not exist: NoSuchBucket (RequestId 4442587FB7D0A2F9)'],
  },
  {
    line: 'read /srv/a.txt: EACCES, code: EACCES, errno -13',
    kept: ['read /srv/a.txt: EACCES, code: EACCES, errno -13'],
  },
  {
    line: 'part 3 of 12, 8388608 bytes, etag "9b2cf535f27731c974343645a3985328"',
    kept: ['part 3 of 12, 8388608 bytes, etag "9b2cf535f27731c974343645a3985328"'],
  },
  {
    line: '3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b at 2026-11-23T09:14:00.000Z',
    kept: ['3f6f2f0c-7d1e-4a7b-9b7a-0c1d2e3f4a5b at 2026-11-23T09:14:00.000Z'],
  },
  {
    line: 'the design is signed, the key is in the tokenizer',
    kept: ['the design is signed, the key is in the tokenizer'],
  },
];
