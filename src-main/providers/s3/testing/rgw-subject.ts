/** Ceph RADOS Gateway behind the fault proxy, with or without TLS, with path-style addresses or virtual hosts. */
import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { ConformanceSubject } from '../../testing/conformance/subject.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';
import { TlsProxy } from '../../testing/tls-proxy.ts';
import { BucketFolder } from './bucket-folder.ts';
import { s3RejectedCases, rgw, s3Sizes, s3ProviderWith } from './subject.ts';

export interface RgwAccess {
  scheme: 'http' | 'https';
  addressing: 'path' | 'virtual host';
}

const { endpoint = '', bucket, accessKeyId, secretAccessKey, domain, certificate } = rgw;

/** Makes the gateway's host names resolve to loopback, because no DNS has them. @returns a function that undoes it */
function stubGatewayDns(): () => void {
  const originalLookup = dns.lookup;
  const resolveToLoopback = (
    _name: string,
    options: dns.LookupOptions,
    done: (cause: null, address: string | dns.LookupAddress[], family?: number) => void,
  ): void => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
  const isGatewayName = (name: unknown): boolean =>
    typeof name === 'string' && (name === domain || name.endsWith(`.${domain}`));
  dns.lookup = ((...args: Parameters<typeof resolveToLoopback>) =>
    (isGatewayName(args[0]) ? resolveToLoopback : (originalLookup as unknown as typeof resolveToLoopback))(
      ...args,
    )) as typeof dns.lookup;
  return () => {
    dns.lookup = originalLookup;
  };
}

/** The gateway as the subject of the conformance suite, with a new folder. */
export async function rgwSubject({ scheme, addressing }: RgwAccess): Promise<ConformanceSubject> {
  const restoreDns = stubGatewayDns();
  const proxy = await FaultProxy.start(endpoint);
  // The gateway's certificate, for its host names.
  const keyPair =
    scheme === 'https'
      ? {
          cert: readFileSync(certificate ?? '', 'utf8'),
          key: readFileSync((certificate ?? '').replace(/crt$/, 'key'), 'utf8'),
        }
      : undefined;
  const tlsProxy = keyPair ? await TlsProxy.start(proxy.url) : undefined;
  if (keyPair) tlsProxy?.useCertificate(keyPair);
  const { port } = new URL(tlsProxy?.url ?? proxy.url);
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
    ...(keyPair ? { ca: keyPair.cert } : {}),
  };
  // This client uses neither the proxy nor Hoist's driver.
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const folder = new BucketFolder(client, bucket, prefix);
  return {
    provider: s3ProviderWith({ retryMs: 10, recheckDelaysMs: [50, 150, 300] }),
    values,
    proxy,
    url,
    ...s3Sizes,
    rejectedSettings: [
      ...s3RejectedCases(values),
      {
        what: 'key of another user',
        values: { ...values, accessKeyId: rgw.otherKey, secretAccessKey: rgw.otherSecret },
        code: 'forbidden',
        field: 'accessKeyId',
      },
    ],
    leftovers: () => folder.leftovers(),
    stop: async () => {
      client.destroy();
      tlsProxy?.stop();
      await proxy.stop();
      restoreDns();
    },
  };
}
