/** Imports the files of other programs, and damaged and malicious files. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImport, type ImportFile } from './parse-import.ts';
import type { ParsedImport } from './parsed-import.ts';

const seed = Number(process.env['FC_SEED'] ?? randomBytes(4).readUInt32LE());

/** @param file replaces the name and location of the file; by default it is in an unknown folder */
const parse = (text: string | Uint8Array, file: Partial<ImportFile> = {}): ParsedImport =>
  parseImport({
    name: 'file',
    bytes: typeof text === 'string' ? Buffer.from(text) : text,
    location: 'elsewhere',
    ...file,
  });

const rcloneConf = `# written by rclone
[r2]
type = s3
provider = Cloudflare
access_key_id = 0123456789abcdef0123456789abcdef
secret_access_key = CANARY=se#cr;et[1]"x"=
endpoint = https://abc.r2.cloudflarestorage.com
acl = private

[minio]
type = s3
provider = Minio
env_auth = false
access_key_id = minioadmin
secret_access_key = CANARY minio
region = us-east-1
endpoint = http://127.0.0.1:9000
force_path_style = true

[work]
type = s3
provider = AWS
env_auth = true
profile = work
region = eu-central-1

[shared]
type = alias
remote = r2:photos/2024/shared

[box]
type = dropbox
token = {"access_token":"CANARY-token","expiry":"0001-01-01T00:00:00Z"}

[secret-box]
type = crypt
remote = r2:crypted
password = CANARY-obscured
`;

describe('rclone.conf', () => {
  test('gives its S3 remotes with their keys or AWS profile, and the bucket of an alias', () => {
    const { profiles, skipped } = parse(rcloneConf);
    expect(profiles).toEqual([
      {
        name: 'r2',
        providerId: 's3',
        from: 'rclone',
        settings: {
          credentials: 'keys',
          accessKeyId: '0123456789abcdef0123456789abcdef',
          endpoint: 'https://abc.r2.cloudflarestorage.com',
        },
        secrets: { secretAccessKey: 'CANARY=se#cr;et[1]"x"=' },
      },
      {
        name: 'minio',
        providerId: 's3',
        from: 'rclone',
        settings: {
          credentials: 'keys',
          accessKeyId: 'minioadmin',
          region: 'us-east-1',
          endpoint: 'http://127.0.0.1:9000',
          pathStyle: 'true',
        },
        secrets: { secretAccessKey: 'CANARY minio' },
      },
      {
        name: 'work',
        providerId: 's3',
        from: 'rclone',
        settings: { credentials: 'profile', awsProfile: 'work', region: 'eu-central-1' },
        secrets: {},
      },
      {
        name: 'shared',
        providerId: 's3',
        from: 'rclone',
        settings: expect.objectContaining({
          bucket: 'photos',
          prefix: '2024/shared',
          accessKeyId: '0123456789abcdef0123456789abcdef',
        }) as object,
        secrets: { secretAccessKey: 'CANARY=se#cr;et[1]"x"=' },
      },
    ]);
    expect(skipped).toEqual([
      { name: 'box', because: 'unknown-kind' },
      { name: 'secret-box', because: 'unknown-kind' },
    ]);
  });

  test.each([
    ['CRLF', rcloneConf.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${rcloneConf}`],
    ['old Mac line ends', rcloneConf.replaceAll('\n', '\r')],
  ])('with %s gives the same result', (_, text) => {
    expect(parse(text)).toEqual(parse(rcloneConf));
  });

  test.each([
    ['public-read', 'https://s3.example.com', 'true', { linkKind: 'public' }],
    ['public-read', 'https://s3.us-west-000.backblazeb2.com', undefined, undefined],
    ['bucket-owner-full-control', '', 'bucket-owner-full-control', undefined],
    ['private', '', undefined, undefined],
  ])('with the ACL %s at %j keeps the ACL if the store accepts it', (acl, endpoint, expected, links) => {
    const [profile] = parse(
      `[a]\ntype = s3\naccess_key_id = k\nsecret_access_key = s\nacl = ${acl}\nendpoint = ${endpoint}\n[b]\ntype = alias\nremote = a:x\n`,
    ).profiles;
    expect([profile?.settings['acl'], profile?.publicLinkSettings]).toEqual([expected, links]);
  });

  test('is reported as encrypted when it has a password', () => {
    expect(
      parse('# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nqj5Dxc8DPi2vE3d5H2LSlOr+UKvU\n', {
        name: 'rclone.conf',
      }),
    ).toMatchObject({ profiles: [], skipped: [{ name: 'rclone.conf', because: 'encrypted' }] });
  });

  test('may have the same section twice: the sections are merged, and the later value wins', () => {
    const { profiles } = parse(
      '[a]\ntype = s3\naccess_key_id = one\n[b]\ntype = s3\n[a]\naccess_key_id = two\nsecret_access_key = CANARY\n',
    );
    expect(
      profiles.map(({ name, settings, secrets }) => [name, settings['accessKeyId'], secrets['secretAccessKey']]),
    ).toEqual([
      ['a', 'two', 'CANARY'],
      ['b', undefined, undefined],
    ]);
  });

  test('cannot put control characters into the name of a destination', () => {
    const [profile] = parse('[a\u001b[2K\u202eb]\ntype = s3\naccess_key_id = k\nsecret_access_key = s\n').profiles;
    expect(profile!.name).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('.s3cfg', () => {
  const s3cfg =
    '[default]\naccess_key = AKIAEXAMPLE\nsecret_key = CANARY/+=\nbucket_location = eu-central-1\nhost_base = s3.amazonaws.com\nhost_bucket = %(bucket)s.s3.amazonaws.com\nuse_https = True\ngpg_passphrase = CANARY-gpg\n';

  test('of Amazon S3 gives a region and no endpoint', () => {
    expect(parse(s3cfg)).toEqual({
      profiles: [
        {
          name: 's3cmd',
          providerId: 's3',
          from: 's3cmd',
          settings: { credentials: 'keys', accessKeyId: 'AKIAEXAMPLE', region: 'eu-central-1' },
          secrets: { secretAccessKey: 'CANARY/+=' },
        },
      ],
      links: [],
      skipped: [],
    });
  });

  test.each([
    ['host_base = localhost:9000\nhost_bucket = localhost:9000\nuse_https = False', 'http://localhost:9000', 'true'],
    [
      'host_base = nyc3.digitaloceanspaces.com\nhost_bucket = %(bucket)s.nyc3.digitaloceanspaces.com',
      'https://nyc3.digitaloceanspaces.com',
      'false',
    ],
    ['host_base = s3.example.com\nhost_bucket = s3.example.com/%(bucket)', 'https://s3.example.com', 'true'],
    [
      'host_base = "s3.example.com"\nhost_bucket = "%(bucket)s.s3.example.com"\nuse_https = no',
      'http://s3.example.com',
      'false',
    ],
  ])('with %j gives the endpoint and the addressing style that s3cmd uses', (lines, endpoint, pathStyle) => {
    const [profile] = parse(`[default]\naccess_key = a\nsecret_key = b\n${lines}\n`).profiles;
    expect(profile!.settings).toMatchObject({ endpoint, pathStyle });
  });

  test('that makes files public gives their ACL and permanent links', () => {
    const [profile] = parse('[default]\naccess_key = a\nsecret_key = b\nacl_public = True\n').profiles;
    expect(profile).toMatchObject({ settings: { acl: 'true' }, publicLinkSettings: { linkKind: 'public' } });
  });

  test('without keys gives no destination, and is reported as skipped', () => {
    expect(parse('[default]\naccess_key =\nsecret_key =\nhost_base = s3.amazonaws.com\n')).toMatchObject({
      profiles: [],
      skipped: [{ name: 's3cmd', because: 'unusable' }],
    });
  });
});

describe('the files of the AWS tools', () => {
  const config =
    '[default]\nregion = us-east-1\n\n[profile work]\nregion = eu-west-1\nendpoint_url = https://s3.example.com\ns3 =\n  addressing_style = path\n  aws_access_key_id = NOT-A-KEY\n\n[profile sso]\nsso_session = corp\nsso_account_id = 1\n\n[sso-session corp]\nsso_start_url = https://corp\n\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:1\n';

  test('at their standard path give profiles by reference, for every kind of sign-in', () => {
    const { profiles, skipped } = parse(config, { location: 'own' });
    expect(profiles.map(({ name, settings, secrets }) => [name, settings, secrets])).toEqual([
      ['AWS default', { credentials: 'profile', awsProfile: 'default' }, {}],
      ['AWS work', { credentials: 'profile', awsProfile: 'work' }, {}],
      ['AWS sso', { credentials: 'profile', awsProfile: 'sso' }, {}],
    ]);
    expect(skipped).toEqual([]);
  });

  test('in another folder give profiles with copied keys, and profiles without keys are skipped', () => {
    const { profiles, skipped } = parse(
      '[default]\naws_access_key_id = AKIA1\naws_secret_access_key = CANARY==\naws_session_token=CANARY#token\n[other]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n',
    );
    expect(profiles).toEqual([
      {
        name: 'AWS default',
        providerId: 's3',
        from: 'AWS',
        settings: { credentials: 'keys', accessKeyId: 'AKIA1' },
        secrets: { secretAccessKey: 'CANARY==', sessionToken: 'CANARY#token' },
      },
    ]);
    expect(skipped).toEqual([{ name: 'other', because: 'unusable' }]);
  });
});

const picgo = {
  picBed: {
    current: 'aws-s3',
    uploader: 'aws-s3',
    list: [{ type: 'smms', visible: true }],
    'aws-s3': { accessKeyID: 'AKIA', secretAccessKey: 'CANARY', bucketName: 'b', uploadPath: '{year}/{md5}.{extName}' },
    smms: { token: 'CANARY' },
    transformer: 'path',
  },
  uploader: {
    'aws-s3': {
      configList: [
        {
          _id: '1',
          _configName: 'Blog',
          accessKeyID: 'AKIA',
          secretAccessKey: 'CANARY1',
          bucketName: 'blog',
          uploadPath: 'img/{year}/{md5}.{extName}',
          region: 'us-west-000',
          endpoint: 's3.us-west-000.backblazeb2.com',
          urlPrefix: 'https://img.example.com/',
          pathStyleAccess: false,
        },
        {
          _id: '2',
          _configName: 'Default',
          accessKeyID: 'minio',
          secretAccessKey: 'CANARY2',
          bucketName: 'pics',
          endpoint: 'http://192.168.1.2:9000',
          pathStyleAccess: true,
          urlPrefix: 'https://cdn.example.com',
          proxy: 'http://127.0.0.1:7890',
        },
      ],
      defaultId: '1',
    },
    github: { configList: [{ _id: '3', _configName: 'gh', repo: 'a/b', token: 'CANARY' }] },
    tcyun: {
      configList: [
        {
          _id: '4',
          _configName: 'COS',
          secretId: 'AKID',
          secretKey: 'CANARY3',
          bucket: 'pics',
          appId: '125',
          area: 'ap-guangzhou',
          path: 'img/',
          customUrl: '',
          version: 'v5',
        },
      ],
    },
    aliyun: {
      configList: [
        {
          _id: '5',
          _configName: 'OSS',
          accessKeyId: 'LTAI',
          accessKeySecret: 'CANARY4',
          bucket: 'pics',
          area: 'oss-cn-beijing',
          path: '',
          customUrl: 'https://oss.example.com',
        },
      ],
    },
  },
  settings: { server: { port: 36677 } },
};

describe('the settings of PicGo and PicList', () => {
  test('give every saved S3 configuration, and the names of the other configurations', () => {
    const { profiles, skipped } = parse(JSON.stringify(picgo));
    expect(
      profiles.map(({ name, settings, secrets, publicLinkSettings }) => ({
        name,
        ...settings,
        ...secrets,
        ...publicLinkSettings,
      })),
    ).toEqual([
      {
        name: 'Blog',
        credentials: 'keys',
        accessKeyId: 'AKIA',
        bucket: 'blog',
        region: 'us-west-000',
        endpoint: 's3.us-west-000.backblazeb2.com',
        linkKind: 'public',
        publicBaseUrl: 'https://img.example.com',
        nameTemplate: 'img/{date:yyyy}/{hash:32}.{ext}',
        secretAccessKey: 'CANARY1',
      },
      {
        name: 'PicGo aws-s3',
        credentials: 'keys',
        accessKeyId: 'minio',
        bucket: 'pics',
        endpoint: 'http://192.168.1.2:9000',
        pathStyle: 'true',
        linkKind: 'public',
        publicBaseUrl: 'https://cdn.example.com/pics',
        proxy: 'address',
        proxyAddress: 'http://127.0.0.1:7890',
        secretAccessKey: 'CANARY2',
      },
      {
        name: 'COS',
        credentials: 'keys',
        accessKeyId: 'AKID',
        bucket: 'pics-125',
        region: 'ap-guangzhou',
        endpoint: 'https://cos.ap-guangzhou.myqcloud.com',
        prefix: 'img',
        linkKind: 'public',
        secretAccessKey: 'CANARY3',
      },
      {
        name: 'OSS',
        credentials: 'keys',
        accessKeyId: 'LTAI',
        bucket: 'pics',
        region: 'cn-beijing',
        endpoint: 'https://s3.oss-cn-beijing.aliyuncs.com',
        linkKind: 'public',
        publicBaseUrl: 'https://oss.example.com',
        secretAccessKey: 'CANARY4',
      },
    ]);
    for (const { settings } of profiles) expect(settings).not.toHaveProperty('linkKind');
    expect(skipped).toEqual([
      { name: 'gh', because: 'unknown-kind' },
      { name: 'PicGo smms', because: 'unknown-kind' },
    ]);
  });

  test.each([
    [
      '{year}/{month}/{day}/{fileName}-{md5}.{extName}',
      { nameTemplate: '{date:yyyy}/{date:MM}/{date:dd}/{stem}-{hash:32}.{ext}' },
    ],
    ['/img/{fullName}', { nameTemplate: 'img/{name}' }],
    ['img/2020/', { prefix: 'img/2020' }],
    ['img/{unknown}/{fullName}', { prefix: 'img' }],
    ['{constructor}', {}],
    ['a/../{fullName}', { prefix: 'a' }],
    ['{year}/{month}', {}],
    ['', {}],
  ])('with the path %j give a name template, or at least the folder', (uploadPath, expected) => {
    const [profile] = parse(
      JSON.stringify({ picBed: { 'aws-s3': { accessKeyID: 'k', secretAccessKey: 's', bucketName: 'b', uploadPath } } }),
    ).profiles;
    expect(profile!.settings).toEqual({ credentials: 'keys', accessKeyId: 'k', bucket: 'b', ...expected });
  });

  const permanent = { linkKind: 'public' };
  // The title, the settings of the uploader, its type, the expected ACL and the expected settings of permanent links.
  test.each<[string, object, string, string | undefined, object | undefined]>([
    ['the plugin without an ACL', {}, 'aws-s3', undefined, permanent],
    ['the plugin with a public ACL', { acl: 'public-read' }, 'aws-s3', 'true', permanent],
    ['the plugin with a private ACL', { acl: 'private' }, 'aws-s3', undefined, undefined],
    [
      'an ACL for the owner of the bucket',
      { acl: 'bucket-owner-full-control' },
      'aws-s3',
      'bucket-owner-full-control',
      undefined,
    ],
    ['PicList without an ACL, whose links expire', { acl: 'auto' }, 'aws-s3-plist', undefined, undefined],
    ['PicList with a public ACL', { acl: 'public-read' }, 'aws-s3-plist', 'true', permanent],
    ['an ACL that lets everyone write', { acl: 'public-read-write' }, 'aws-s3-plist', 'true', permanent],
    [
      'R2, whose endpoint has no public addresses',
      { endpoint: 'https://a.r2.cloudflarestorage.com' },
      'aws-s3',
      undefined,
      undefined,
    ],
    [
      'R2 with a domain',
      { endpoint: 'https://a.r2.cloudflarestorage.com', urlPrefix: 'https://img.example.com', acl: 'public-read' },
      'aws-s3',
      undefined,
      { ...permanent, publicBaseUrl: 'https://img.example.com' },
    ],
    [
      'a custom server with the bucket in the host name',
      { endpoint: 'http://s3.example.com:9000/' },
      'aws-s3',
      undefined,
      { ...permanent, publicBaseUrl: 'http://pics.s3.example.com:9000' },
    ],
    [
      'a custom server with paths',
      { endpoint: 'https://s3.example.com', pathStyleAccess: 'true' },
      'aws-s3',
      undefined,
      permanent,
    ],
    [
      'a custom domain with path-style access',
      { endpoint: 's3.example.com', pathStyleAccess: 'true', urlPrefix: 'img.example.com/' },
      'aws-s3-plist',
      undefined,
      { ...permanent, publicBaseUrl: 'img.example.com/pics' },
    ],
    [
      'a query after each link',
      { urlPrefix: 'https://img.example.com', options: 'w=800' },
      'aws-s3-plist',
      undefined,
      { ...permanent, publicBaseUrl: 'https://img.example.com/{key}?w=800' },
    ],
    [
      'a query without a custom domain',
      { options: '?w=800', acl: 'public-read' },
      'aws-s3-plist',
      'true',
      { ...permanent, publicBaseUrl: 'https://{bucket}.{host}/{key}?w=800' },
    ],
  ])('give the ACL, and the settings of permanent links, for an entry with %s', (_, entry, type, acl, expected) => {
    const file = { picBed: { [type]: { accessKeyID: 'k', secretAccessKey: 's', bucketName: 'pics', ...entry } } };
    const [profile] = parse(JSON.stringify(file)).profiles;
    expect([profile?.settings['acl'], profile?.publicLinkSettings]).toEqual([acl, expected]);
    expect(profile?.settings).not.toHaveProperty('linkKind');
  });

  test('of an older version give the selected configuration', () => {
    const { profiles } = parse(
      JSON.stringify({
        picBed: {
          uploader: 'aws-s3-plist',
          'aws-s3-plist': { accessKeyID: 'k', secretAccessKey: 'CANARY', bucketName: 'b', region: 'eu-west-1' },
        },
      }),
      { name: 'piclist.json' },
    );
    expect(profiles).toEqual([
      {
        name: 'PicList aws-s3-plist',
        providerId: 's3',
        from: 'PicList',
        settings: { credentials: 'keys', accessKeyId: 'k', bucket: 'b', region: 'eu-west-1' },
        secrets: { secretAccessKey: 'CANARY' },
      },
    ]);
  });

  test('give no configuration for the names of built-in properties', () => {
    expect(parse('{"picBed":{"constructor":{"a":"b"},"__proto__":{"a":"b"},"toString":{"a":"b"}}}').profiles).toEqual(
      [],
    );
  });
});

describe('the albums of PicGo and PicList', () => {
  const gallery = [
    {
      id: 'u1',
      createdAt: 1_600_000_000_000,
      updatedAt: 1_600_000_000_001,
      fileName: 'a.png',
      extname: '.png',
      width: 1,
      height: 1,
      imgUrl: 'https://img.example.com/2020/a.png',
      type: 'aws-s3',
      config: { secretAccessKey: 'CANARY' },
    },
    {
      id: 'u2',
      createdAt: 1_600_000_100_000,
      imgUrl: 'https://img.example.com/b%20c.png',
      type: 'smms',
      hash: 'CANARY',
    },
    { id: 'u3', fileName: 'broken', imgUrl: 'javascript:alert(1)' },
    { id: 'u4', fileName: 'inline.png', imgUrl: `data:image/png;base64,${'A'.repeat(10_000)}` },
    null,
    7,
    { id: 'u5', fileName: 'user.png', imgUrl: 'https://me:CANARY@example.com/user.png' },
  ];

  test('give only the name, link and time of entries with a link, compressed or not', () => {
    const parsedAlbum = parse(gzipSync(JSON.stringify({ gallery, __gallery_KEY__: {} })), { name: 'piclist.db' });
    expect(parsedAlbum.links).toEqual([
      {
        name: 'a.png',
        url: 'https://img.example.com/2020/a.png',
        at: 1_600_000_000_000,
        from: 'PicList',
        key: expect.any(String) as string,
      },
      {
        name: 'b c.png',
        url: 'https://img.example.com/b%20c.png',
        at: 1_600_000_100_000,
        from: 'PicList',
        key: expect.any(String) as string,
      },
    ]);
    expect(parsedAlbum.skipped.map(({ name }) => name)).toEqual([
      'broken',
      'inline.png',
      'PicList',
      'PicList',
      'user.png',
    ]);
    expect(parse(JSON.stringify({ gallery }), { name: 'piclist.db' })).toEqual(parsedAlbum);
    expect(JSON.stringify(parsedAlbum)).not.toContain('CANARY');
  });
});

describe('a file that is not a settings file', () => {
  test.each<[string, string | Uint8Array]>([
    ['an empty file', ''],
    ['text', 'hello\n[world]\nfoo\n'],
    ['binary data', randomBytes(5000)],
    ['other JSON', '{"a":1}'],
    ['truncated JSON', '{"picBed": {"aws'],
    ['a list', '["a"]'],
    ['damaged gzip', gzipSync('{"gallery":[]}').subarray(0, 20)],
    ['text with a zero byte', '[a]\ntype = s3\n\0'],
  ])('is reported as unreadable: %s', (_, content) => {
    expect(parse(content, { name: 'selected.bin' })).toEqual({
      profiles: [],
      links: [],
      skipped: [{ name: 'selected.bin', because: 'unreadable' }],
    });
  });

  test('is refused before it is unpacked when its content is too large', () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, '{'));
    expect(bomb.length).toBeLessThan(200_000);
    expect(parse(bomb).skipped).toEqual([{ name: 'file', because: 'unreadable' }]);
  });

  test('is parsed in linear time, even with long lines and many sections', () => {
    const startedAt = performance.now();
    parse(`[a]\ntype = s3\nx = ${' '.repeat(2_000_000)}y\n[${' ]'.repeat(500_000)}\n${'=a'.repeat(500_000)}`);
    parse(Array.from({ length: 50_000 }, (_, i) => `[${i}]\ntype = s3\nsecret_access_key = CANARY`).join('\n'));
    // A parser with quadratic time would take hours.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});

test(`parses any file without an error, and returns no secret among the settings (seed ${seed})`, () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'type',
      's3',
      'CANARY',
      'secret_access_key',
      'access_key_id',
      'alias',
      'aws_secret_access_key',
      'picBed',
      'uploader',
      'gallery',
      'imgUrl',
      '__proto__',
      '%(bucket)s',
    ),
  );
  const ini = fc
    .array(
      fc.oneof(
        word.map((w) => `[${w}]`),
        fc.tuple(word, word).map(([k, v]) => `${k} = ${v}`),
        fc.constantFrom('secret_access_key = CANARY', 'type = s3', '  nested = 1', 'remote = a:b/c'),
      ),
      { maxLength: 30 },
    )
    .map((lines) => lines.join('\n'));
  const json = fc.oneof(
    fc.json(),
    fc
      .record({ picBed: fc.jsonValue(), uploader: fc.dictionary(word, fc.record({ configList: fc.jsonValue() })) })
      .map((value) => JSON.stringify(value)),
    fc.record({ gallery: fc.array(fc.dictionary(word, fc.jsonValue())) }).map((value) => JSON.stringify(value)),
    fc
      .record({ format: fc.constant('hoist-destinations'), destinations: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(
      fc.oneof(ini, json, fc.string()),
      fc.constantFrom('own' as const, 'elsewhere' as const),
      (text, location) => {
        const parsed = parse(text, { location });
        for (const { name, settings } of parsed.profiles) {
          expect(name.trim()).toBe(name);
          expect(Object.values(settings).every((value) => typeof value === 'string')).toBe(true);
          expect(settings).not.toHaveProperty('secretAccessKey');
        }
      },
    ),
    { seed, numRuns: 2000 },
  );
});
