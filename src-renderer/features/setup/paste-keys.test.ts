import { expect, test } from 'vitest';
import type { Field } from '../../../src-shared/provider.ts';
import { readPasted } from './paste-keys.ts';

const field = (key: string, kind: Field['kind'], group: Field['group'], required = true): Field => ({
  key,
  kind,
  group,
  required,
  label: 'app.name',
  help: 'app.name',
});
const fields = [
  field('accessKeyId', 'text', 'sign-in'),
  field('secretAccessKey', 'secret', 'sign-in'),
  field('sessionToken', 'secret', 'sign-in', false),
  field('bucket', 'text', 'location'),
  field('region', 'text', 'location', false),
  field('endpoint', 'text', 'location', false),
  field('linkKind', 'choice', 'links'),
];
const id = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE=KEY';
const both = { accessKeyId: id, secretAccessKey: secret };

test.each<[string, string, Record<string, string>]>([
  ['two keys on separate lines', `${id}\n${secret}\n`, both],
  ['labeled keys from a console', `Access key ID: ${id}\r\nSecret access key: ${secret}`, both],
  [
    'a section of ~/.aws/credentials',
    `[work]\naws_access_key_id = ${id}\naws_secret_access_key=${secret}\nregion = eu-central-1`,
    { ...both, region: 'eu-central-1' },
  ],
  [
    'shell variables',
    `export AWS_ACCESS_KEY_ID="${id}"\nexport AWS_SECRET_ACCESS_KEY='${secret}'\nexport AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjE==`,
    { ...both, sessionToken: 'IQoJb3JpZ2luX2VjE==' },
  ],
  [
    'JSON',
    `{ "AccessKeyId": "${id}", "SecretAccessKey": "${secret}", "Endpoint": "https://s3.example.net:9000" }`,
    { ...both, endpoint: 'https://s3.example.net:9000' },
  ],
  ['CSV from a console', `Access key ID,Secret access key\n${id},${secret}`, both],
  [
    'labeled lines with the names of another vendor',
    `keyID:\t${id}\napplicationKey:\t${secret}\nbucket name: my-files`,
    { ...both, bucket: 'my-files' },
  ],
])('reads %s', (_name, pasted, values) => expect(readPasted(pasted, fields)).toEqual(values));

test('text with fewer than two settings is pasted into the focused field as usual', () => {
  for (const pasted of [
    id,
    secret,
    `aws_secret_access_key = ${secret}`,
    `${secret}\n`,
    'three\nbare\nlines',
    'a sentence: with a colon',
    '',
  ])
    expect(readPasted(pasted, fields)).toBeUndefined();
});

test('text that is too long for keys is ignored', () =>
  expect(readPasted(`${id}\n${'x'.repeat(30_000)}`, fields)).toBeUndefined());
