/** The SDK's client, one a use: what it sends carries that use's signal, and a token that works now. */
import { Dropbox } from 'dropbox';
import type { FilePart } from '../sending/file-part.ts';
import type { FilePartHandler } from '../sending/request-handler.ts';
import { dropboxHosts, send, type Asking, type Hosts, type Patience, type Sending } from './send.ts';
import { Tokens } from './tokens.ts';
import type { Account } from './account.ts';

/** As the SDK calls its `fetch`. */
interface Init {
  method: string;
  headers: Record<string, string>;
  body?: string | Uint8Array | FilePart | null;
}

export interface ClientOptions {
  account: Account;
  handler: FilePartHandler;
  hosts: Hosts;
  patience: Patience;
  now: () => number;
}

export class Clients {
  readonly #options: ClientOptions;
  readonly #tokens: Tokens;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { handler, hosts, patience } = options;
    const ask = (form: Record<string, string>, signal: AbortSignal): Promise<Response> =>
      postForm(handler, hosts, form, { ...patience, signal });
    this.#tokens = new Tokens(options.account, ask, options.now);
  }

  for(asking: Asking): Dropbox {
    // The token is put in right before each request: it may be a newer one by then.
    return new Dropbox({
      accessToken: 'put in when it is sent',
      fetch: (url: string, init: Init) => this.#fetch(url, init, asking),
    });
  }

  async #fetch(
    address: string,
    { method, headers, body }: Init,
    { signal, onSlowDown, attempts }: Asking,
  ): Promise<Response> {
    const { handler, hosts, patience } = this.#options;
    const url = address.replace(dropboxHosts.api, hosts.api).replace(dropboxHosts.content, hosts.content);
    const sendWith = (token: string): Promise<Response> => {
      const sending: Sending = {
        method,
        headers: { ...headers, Authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body }),
      };
      return send(handler, url, sending, {
        ...patience,
        signal,
        onSlowDown,
        ...(attempts === undefined ? {} : { attempts }),
      });
    };
    const token = await this.#tokens.access(signal);
    const answer = await sendWith(token);
    if (answer.status !== 401 || !(await isAboutToken(answer.clone()))) return answer;
    const newer = await this.#tokens.insteadOf(token, signal);
    return newer === undefined ? answer : sendWith(newer);
  }

  close(): void {
    this.#tokens.close();
  }
}

/** A scope that is missing is missing from the next token too. */
async function isAboutToken(answer: Response): Promise<boolean> {
  return /"\.tag": ?"(expired|invalid)_access_token"/.test(await answer.text());
}

/** The body, not the address: addresses end up in logs. */
export function postForm(
  handler: FilePartHandler,
  { api }: Hosts,
  form: Record<string, string>,
  how: Patience & Pick<Asking, 'signal'>,
): Promise<Response> {
  return send(
    handler,
    `${api}/oauth2/token`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    },
    how,
  );
}
