/**
 * Ceph RADOS Gateway behind the fault proxy, reached in four ways: with and without TLS, by path and by virtual host.
 */
import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { ConformanceSubject } from '../../testing/conformance.ts';
import { FaultProxy } from '../../testing/fault-proxy.ts';
import { TlsProxy } from '../../testing/tls-proxy.ts';
import { BucketFolder } from './bucket-folder.ts';
import { s3RejectedCases, rgw, s3Sizes, s3ProviderWith } from './subject.ts';

export interface RgwAccess {
  scheme: 'http' | 'https';
  addressing: 'path' | 'virtual host';
}

const { endpoint = '', bucket, accessKeyId, secretAccessKey, domain, certificate } = rgw;

/** No DNS has the gateway's names, so this stubs them. @returns removes the stub */
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

/** The gateway, with an empty folder for this subject. */
export async function rgwSubject({ scheme, addressing }: RgwAccess): Promise<ConformanceSubject> {
  const restoreDns = stubGatewayDns();
  const proxy = await FaultProxy.start(endpoint);
  // A certificate of the gateway, for its own names.
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
  // Reads the server without the proxy and without our driver.
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
        what: 'key of somebody else',
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
