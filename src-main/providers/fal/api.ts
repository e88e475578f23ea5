/**
 * Wraps the official client, which sends the key, requests upload URLs and signed links, and sets the lifetime and the
 * access of files. Progress, cancel, Retry-After and parallel parts are the driver's own code.
 */
import type { StorageSettings, createFalClient } from '@fal-ai/client';
import * as v from 'valibot';
import { failure } from '../../../src-shared/errors.ts';
import { isSafeLink } from '../../platform/safe-url.ts';
import { isLockedAccount } from './errors.ts';
import { withRetries, type FalRetryOptions } from './retry.ts';
import type { UploadUrls } from './checkpoint.ts';
import type { FalSettings } from './settings.ts';
import {
  errorDetailOf,
  FalHttpError,
  UndeliveredError,
  type FalRequestOptions,
  type FalHttpClient,
} from './http-client.ts';

/** The part of the client package that Hoist uses. The function may be missing after an incomplete update of Hoist. */
export interface FalSdk {
  createFalClient?: typeof createFalClient;
}

/** `allow`: everyone can open the file; `forbid`: a request gets status 403; `hide`: a request gets status 404. */
type AclDecision = 'allow' | 'forbid' | 'hide';

/** The account's settings for new files. Without `acl`, new files are public. */
export interface AccountSettings {
  /** lifetime in seconds; absent when files do not expire */
  expirySeconds?: number;
  acl?: AclDecision;
}

export interface FalApi {
  /** Checks the key without creating anything. @throws FalHttpError */
  checkKey(options: FalRequestOptions, retry?: FalRetryOptions): Promise<void>;
  /** Requests URLs for a new file. @throws FalHttpError, AppFailure wrong-service */
  initiateUpload(
    kind: 'whole' | 'parts',
    file: { name: string; contentType: string; lifecycle: StorageSettings | undefined },
    options: FalRequestOptions,
  ): Promise<UploadUrls>;
  /**
   * Returns a signed URL of a restricted file, valid for this number of seconds.
   * @throws FalHttpError, AppFailure wrong-service, forbidden
   */
  signUrl(file: string, seconds: number, options: FalRequestOptions): Promise<string>;
  /**
   * Replaces the access control list of a file. Signed URLs open the file regardless of this list.
   * @throws FalHttpError; AppFailure wrong-service; forbidden when the key lacks the permission, or the service applied
   * another list
   */
  setAcl(file: string, decision: AclDecision, options: FalRequestOptions): Promise<void>;
  /** @throws FalHttpError, also when the key may not read the settings; AppFailure wrong-service */
  accountSettings(options: FalRequestOptions): Promise<AccountSettings>;
}

const restOrigin = 'https://rest.fal.ai';
const platformOrigin = 'https://api.fal.ai';
/** The same storage type as in the client's own uploads. */
const storageQuery = { storage_type: 'fal-cdn-v3' };

/** @throws AppFailure provider-broken */
export function createFalApi(
  sdk: FalSdk,
  settings: FalSettings,
  { http, retry }: { http: FalHttpClient; retry: FalRetryOptions },
): FalApi {
  const providerBroken = (cause: unknown) => failure('provider-broken', { params: { provider: 'fal.ai' } }, cause);
  if (typeof sdk.createFalClient !== 'function') throw providerBroken(new Error('missing: createFalClient'));
  const client: { run?: unknown } | undefined = sdk.createFalClient({
    // Without this function, the client would read the key from the environment.
    credentials: () => settings.key,
    suppressLocalCredentialsWarning: true,
    fetch: http.fetch,
    retry: { maxRetries: 0 },
    requestMiddleware: async (request) => ({ ...request, headers: withBothLifecycleHeaders(request.headers) }),
  });
  if (typeof client?.run !== 'function') throw providerBroken(new Error('missing: run'));
  const run = client.run.bind(client) as SdkRun;
  const call = <T>(
    schema: v.GenericSchema<unknown, T>,
    address: string,
    request: SdkCall,
    { signal, onSlowDown }: FalRequestOptions,
    retryOptions = retry,
  ): Promise<T> =>
    withRetries(
      () => unwrapSdkCall(run(address, { method: 'post', ...request, abortSignal: signal }), onSlowDown),
      retryOptions,
      signal,
    ).then((response) => parseResponse(schema, response, address));
  return {
    async checkKey(options, retryOptions) {
      await call(
        tokenSchema,
        restOrigin,
        { path: 'storage/auth/token', query: storageQuery, input: {} },
        options,
        retryOptions,
      );
    },
    initiateUpload: async (kind, { name, contentType, lifecycle }, options) => {
      const { upload_url: upload, file_url: file } = await call(
        uploadUrlsResponseSchema,
        restOrigin,
        {
          path: kind === 'whole' ? 'storage/upload/initiate' : 'storage/upload/initiate-multipart',
          query: storageQuery,
          input: { content_type: contentType, file_name: name },
          storageSettings: lifecycle,
        },
        options,
      );
      return { upload, file };
    },
    async signUrl(file, seconds, options) {
      try {
        return (
          await call(
            signedSchema,
            platformOrigin,
            { path: 'v1/storage/files/sign', query: { url: file }, input: { expiration_seconds: seconds } },
            options,
          )
        ).signed_url;
      } catch (cause) {
        if (!lacksPermission(cause)) throw cause;
        throw failure('forbidden', { field: 'key', params: { why: 'falSign' } }, cause);
      }
    },
    async setAcl(file, decision, options) {
      const request = {
        method: 'put',
        path: 'v1/storage/files/acl',
        query: { url: file },
        input: { default: decision, rules: [] },
      };
      let applied: v.InferOutput<typeof aclSchema>;
      try {
        applied = await call(aclSchema, platformOrigin, request, options);
      } catch (cause) {
        if (!lacksPermission(cause)) throw cause;
        throw failure('forbidden', { field: 'key', params: { why: 'falRestrict' } }, cause);
      }
      // The response is the list that applies, which may differ from the requested one.
      if (applied.default !== decision) throw failure('forbidden', { params: { why: 'falAcl' } });
    },
    async accountSettings(options) {
      const { expiration_duration_seconds: expirySeconds, initial_acl: acl } = await call(
        accountSchema,
        platformOrigin,
        { method: 'get', path: 'v1/storage/settings', query: {}, input: {} },
        options,
      );
      return { ...(expirySeconds === null ? {} : { expirySeconds }), ...(acl === null ? {} : { acl: acl.default }) };
    },
  };
}

/** Whether the key exists and lacks the permission for this request. */
export const lacksPermission = (cause: unknown): boolean =>
  cause instanceof FalHttpError && cause.status === 403 && !isLockedAccount(errorDetailOf(cause.body));

interface SdkCall {
  /** `post` when absent */
  method?: string;
  path: string;
  query: Record<string, string>;
  input: object;
  storageSettings?: StorageSettings | undefined;
}
/** The client builds the URL from `path` and `query`; its types omit them. */
type SdkRun = (
  address: string,
  options: SdkCall & { method: string; abortSignal: AbortSignal },
) => Promise<{ data: unknown }>;

/**
 * Declares the lifetime under both header names. The storage reads one of the names and the rest of the service reads
 * the other name, but the client sends only one of them, depending on the call.
 */
function withBothLifecycleHeaders(
  headers: Record<string, string | string[]> | undefined,
): Record<string, string | string[]> {
  const lifecycle = headers?.['x-fal-object-lifecycle-preference'];
  return { ...headers, ...(lifecycle === undefined ? {} : { 'x-fal-object-lifecycle': lifecycle }) };
}

/** The data of the client's response. Throws the original error of the request, which the client has wrapped. */
async function unwrapSdkCall(
  sdkCall: Promise<{ data: unknown }>,
  onSlowDown: (() => void) | undefined,
): Promise<unknown> {
  try {
    return (await sdkCall).data;
  } catch (cause) {
    const reason = cause instanceof UndeliveredError ? cause.reason : cause;
    if (isSlowDown(reason)) onSlowDown?.();
    throw reason;
  }
}

/** Whether the service asked for fewer requests or did not answer in time. */
const isSlowDown = (reason: unknown): boolean =>
  [429, 503].includes((reason as { status?: number } | undefined)?.status ?? 0) ||
  (reason instanceof Error && reason.name === 'TimeoutError');

const urlSchema = v.pipe(v.string(), v.check(isSafeLink));
const tokenSchema = v.object({
  token: v.pipe(v.string(), v.nonEmpty()),
  token_type: v.string(),
  base_url: v.string(),
  expires_at: v.string(),
});
const uploadUrlsResponseSchema = v.object({ upload_url: urlSchema, file_url: urlSchema });
const aclSchema = v.object({ default: v.picklist(['allow', 'forbid', 'hide']) });
const accountSchema = v.object({
  expiration_duration_seconds: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  initial_acl: v.nullable(aclSchema),
});
const signedSchema = v.object({ signed_url: urlSchema });

/** Checks the format of the response, because a login page also has status 200. */
function parseResponse<T>(schema: v.GenericSchema<unknown, T>, response: unknown, address: string): T {
  const parsed = v.safeParse(schema, response);
  if (!parsed.success) throw failure('wrong-service', { params: { why: 'fal', host: new URL(address).host } });
  return parsed.output;
}
