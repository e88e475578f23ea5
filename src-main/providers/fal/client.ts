/**
 * The official client: it holds the key, signs what is asked of the service, and says how long files live. What it cannot do
 * (progress, cancel, Retry-After, parts at once) is around it.
 */
import type { StorageSettings, createFalClient } from '@fal-ai/client';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { reachOf } from '../../platform/address.ts';
import { again, type Patience } from './again.ts';
import type { Slot } from './records.ts';
import type { FalSettings } from './settings.ts';
import { Refused, Undelivered, type Asking, type Wire } from './wire.ts';

/** The parts of the package that are needed. After a half update one may be missing. */
export interface FalPackage {
  createFalClient?: typeof createFalClient;
}

export interface FalCalls {
  /** Creates nothing. @throws Refused */
  signIn(asking: Asking, patience?: Patience): Promise<void>;
  /** Where a file can be put. @throws Refused, AppFailure wrong-service */
  open(
    kind: 'whole' | 'parts',
    file: { name: string; contentType: string; lifecycle: StorageSettings | undefined },
    asking: Asking,
  ): Promise<Slot>;
  /** An address of a restricted file that opens for so many seconds. @throws Refused, AppFailure wrong-service, forbidden */
  sign(file: string, seconds: number, asking: Asking): Promise<string>;
}

const rest = 'https://rest.fal.ai';
const platform = 'https://api.fal.ai';
/** Also what the client itself asks for. */
const cdn = { storage_type: 'fal-cdn-v3' };

/** @throws AppFailure provider-broken */
export function clientOf(
  sdk: FalPackage,
  settings: FalSettings,
  { wire, patience }: { wire: Wire; patience: Patience },
): FalCalls {
  const broken = (cause: unknown) => failure('provider-broken', { params: { provider: 'fal.ai' } }, cause);
  if (typeof sdk.createFalClient !== 'function') throw broken(new Error('missing: createFalClient'));
  const client: { run?: unknown } | undefined = sdk.createFalClient({
    // Never what is in the environment: a profile uses its own key.
    credentials: () => settings.key,
    suppressLocalCredentialsWarning: true,
    fetch: wire.fetch,
    retry: { maxRetries: 0 },
    requestMiddleware: async (request) => ({ ...request, headers: withBothNames(request.headers) }),
  });
  if (typeof client?.run !== 'function') throw broken(new Error('missing: run'));
  const run = client.run.bind(client) as Run;
  const call = <T>(
    schema: v.GenericSchema<unknown, T>,
    address: string,
    request: Call,
    { signal, onSlowDown }: Asking,
    its = patience,
  ): Promise<T> =>
    again(() => heard(run(address, { method: 'post', ...request, abortSignal: signal }), onSlowDown), its, signal).then(
      (answer) => understood(schema, answer, address),
    );
  return {
    async signIn(asking, its) {
      await call(tokenSchema, rest, { path: 'storage/auth/token', query: cdn, input: {} }, asking, its);
    },
    open: async (kind, { name, contentType, lifecycle }, asking) => {
      const { upload_url: upload, file_url: file } = await call(
        slotSchema,
        rest,
        {
          path: kind === 'whole' ? 'storage/upload/initiate' : 'storage/upload/initiate-multipart',
          query: cdn,
          input: { content_type: contentType, file_name: name },
          storageSettings: lifecycle,
        },
        asking,
      );
      return { upload, file };
    },
    async sign(file, seconds, asking) {
      try {
        return (
          await call(
            signedSchema,
            platform,
            { path: 'v1/storage/files/sign', query: { url: file }, input: { expiration_seconds: seconds } },
            asking,
          )
        ).signed_url;
      } catch (cause) {
        if (!(cause instanceof Refused) || cause.status !== 403) throw cause;
        throw failure('forbidden', { field: 'key', params: { why: 'falSign' } }, cause);
      }
    },
  };
}

interface Call {
  path: string;
  query: Record<string, string>;
  input: object;
  storageSettings?: StorageSettings | undefined;
}
/** `path` and `query` are what the client makes an address of; its types leave them out. */
type Run = (
  address: string,
  options: Call & { method: string; abortSignal: AbortSignal },
) => Promise<{ data: unknown }>;

/** The storage reads one name, the rest of the service the other; the client writes only one of them, which one depends on the call. */
function withBothNames(headers: Record<string, string | string[]> | undefined): Record<string, string | string[]> {
  const lifecycle = headers?.['x-fal-object-lifecycle-preference'];
  return { ...headers, ...(lifecycle === undefined ? {} : { 'x-fal-object-lifecycle': lifecycle }) };
}

async function heard(asked: Promise<{ data: unknown }>, onSlowDown: (() => void) | undefined): Promise<unknown> {
  try {
    return (await asked).data;
  } catch (cause) {
    const reason = cause instanceof Undelivered ? cause.reason : cause;
    if (isTooMuch(reason)) onSlowDown?.();
    throw reason;
  }
}

const isTooMuch = (reason: unknown): boolean =>
  [429, 503].includes((reason as { status?: number } | undefined)?.status ?? 0) ||
  (reason instanceof Error && reason.name === 'TimeoutError');

/** Unencrypted only where nobody is on the way. */
const isSafe = (address: string): boolean =>
  URL.canParse(address) &&
  (new URL(address).protocol === 'https:' ||
    (new URL(address).protocol === 'http:' && reachOf(new URL(address).hostname) === 'this-computer'));
const url = v.pipe(v.string(), v.check(isSafe));
const tokenSchema = v.object({
  token: v.pipe(v.string(), v.nonEmpty()),
  token_type: v.string(),
  base_url: v.string(),
  expires_at: v.string(),
});
const slotSchema = v.object({ upload_url: url, file_url: url });
const signedSchema = v.object({ signed_url: url });

/** A login page answers 200 too. */
function understood<T>(schema: v.GenericSchema<unknown, T>, answer: unknown, address: string): T {
  const parsed = v.safeParse(schema, answer);
  if (!parsed.success) throw failure('wrong-service', { params: { why: 'fal', host: new URL(address).host } });
  return parsed.output;
}
