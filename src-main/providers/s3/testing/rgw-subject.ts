/** Ceph RADOS Gateway behind the fault proxy, the four ways that an S3 server is reached: with and without TLS, by path and by virtual host. */
import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Subject } from '../../testing/conformance.ts';
import { FaultProxy } from '../../testing/faults.ts';
import { TlsFront } from '../../testing/tls-front.ts';
import { Folder } from './folder.ts';
import { refusals, rgw, sizes, tuned } from './subject.ts';

export interface RgwWay {
  scheme: 'http' | 'https';
  addressing: 'path' | 'virtual host';
}

const { endpoint = '', bucket, accessKeyId, secretAccessKey, domain, certificate } = rgw;

/** The gateway's names are in no DNS. @returns how to forget them again */
export function knowNames(): () => void {
  const real = dns.lookup;
  const here = (
    _name: string,
    options: dns.LookupOptions,
    done: (cause: null, address: string | dns.LookupAddress[], family?: number) => void,
  ): void => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
  const isOurs = (name: unknown): boolean =>
    typeof name === 'string' && (name === domain || name.endsWith(`.${domain}`));
  dns.lookup = ((...args: Parameters<typeof here>) =>
    (isOurs(args[0]) ? here : (real as unknown as typeof here))(...args)) as typeof dns.lookup;
  return () => {
    dns.lookup = real;
  };
}

/** A gateway with nothing below its own folder. */
export async function rgwSubject({ scheme, addressing }: RgwWay): Promise<Subject> {
  const forget = knowNames();
  const proxy = await FaultProxy.start(endpoint);
  // The gateway’s own certificate, for its own names.
  const pair =
    scheme === 'https'
      ? {
          cert: readFileSync(certificate ?? '', 'utf8'),
          key: readFileSync((certificate ?? '').replace(/crt$/, 'key'), 'utf8'),
        }
      : undefined;
  const front = pair ? await TlsFront.start(proxy.url) : undefined;
  if (pair) front?.show(pair);
  const { port } = new URL(front?.url ?? proxy.url);
  const prefix = `conformance-${randomBytes(6).toString('hex')}`;
  const url = `${scheme}://${addressing === 'path' ? '127.0.0.1' : domain}:${port}`;
  const values: FieldValues = {
    endpoint: url,
    bucket,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    linkKind: 'expiring',
    prefix,
    pathStyle: String(addressing === 'path'),
    ...(pair ? { ca: pair.cert } : {}),
  };
  // Looks at the server past the proxy and past our code.
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const folder = new Folder(client, bucket, prefix);
  return {
    provider: tuned({ retryMs: 10, lookAgainMs: [50, 150, 300] }),
    values,
    proxy,
    url,
    ...sizes,
    refused: [
      ...refusals(values),
      {
        what: 'key of somebody else',
        values: { ...values, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret },
        code: 'forbidden',
        field: 'accessKeyId',
      },
    ],
    leftovers: () => folder.leftovers(),
    stop: async () => {
      client.destroy();
      front?.stop();
      await proxy.stop();
      forget();
    },
  };
}
