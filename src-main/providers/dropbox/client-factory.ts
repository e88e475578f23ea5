/** Creates an SDK client for each operation. The client's requests use the operation's signal and a valid token. */
import { Dropbox } from 'dropbox';
import type { FilePart } from '../transfer/file-part.ts';
import type { FilePartHandler } from '../transfer/request-handler.ts';
import {
  dropboxHosts,
  sendDropboxRequest,
  type DropboxRequestOptions,
  type DropboxHosts,
  type DropboxRetryOptions,
  type DropboxRequest,
} from './send-request.ts';
import { AccessTokenProvider } from './access-tokens.ts';
import type { DropboxCredentials } from './credentials.ts';

/** The options that the SDK passes to `fetch`. */
interface SdkRequestInit {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array | FilePart | null;
}

export interface DropboxClientOptions {
  credentials: DropboxCredentials;
  handler: FilePartHandler;
  hosts: DropboxHosts;
  retry: DropboxRetryOptions;
  now: () => number;
}

export class DropboxClientFactory {
  readonly #options: DropboxClientOptions;
  readonly #accessTokens: AccessTokenProvider;

  constructor(options: DropboxClientOptions) {
    this.#options = options;
    const { handler, hosts, retry } = options;
    const requestToken = (form: Record<string, string>, signal: AbortSignal): Promise<Response> =>
      postTokenForm(handler, hosts, form, { ...retry, signal });
    this.#accessTokens = new AccessTokenProvider(options.credentials, requestToken, options.now);
  }

  create(options: DropboxRequestOptions): Dropbox {
    // The SDK requires a token here. `#fetch` replaces it before each request, because it may have been renewed.
    return new Dropbox({
      accessToken: 'replaced before each request',
      fetch: (url: string, init: SdkRequestInit) => this.#fetch(url, init, options),
    });
  }

  /** Sends a request of the SDK. If Dropbox rejects the access token, sends the request again with a new token. */
  async #fetch(
    address: string,
    { method, headers, body }: SdkRequestInit,
    { signal, onSlowDown, attempts }: DropboxRequestOptions,
  ): Promise<Response> {
    const { handler, hosts, retry } = this.#options;
    const url = address.replace(dropboxHosts.api, hosts.api).replace(dropboxHosts.content, hosts.content);
    const sendWith = (token: string): Promise<Response> => {
      const request: DropboxRequest = {
        method,
        headers: { ...headers, Authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body }),
      };
      return sendDropboxRequest(handler, url, request, {
        ...retry,
        signal,
        onSlowDown,
        ...(attempts === undefined ? {} : { attempts }),
      });
    };
    const token = await this.#accessTokens.get(signal);
    const response = await sendWith(token);
    if (response.status !== 401 || !(await isAccessTokenError(response.clone()))) return response;
    const renewedToken = await this.#accessTokens.replaceRejected(token, signal);
    return renewedToken === undefined ? response : sendWith(renewedToken);
  }

  close(): void {
    this.#accessTokens.close();
  }
}

/** Whether a renewed token can help. A missing scope, for example, would be missing from a renewed token too. */
async function isAccessTokenError(response: Response): Promise<boolean> {
  return /"\.tag": ?"(expired|invalid)_access_token"/.test(await response.text());
}

/** Sends the form in the body, because URLs appear in logs. */
export function postTokenForm(
  handler: FilePartHandler,
  { api }: DropboxHosts,
  form: Record<string, string>,
  options: DropboxRetryOptions & Pick<DropboxRequestOptions, 'signal'>,
): Promise<Response> {
  return sendDropboxRequest(
    handler,
    `${api}/oauth2/token`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    },
    options,
  );
}
