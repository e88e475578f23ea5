/**
 * Dropbox on loopback, for tests: it refuses whatever the real one refuses. Its hosts (api.dropboxapi.com …) are the first
 * segment of a path, or the Host of who comes through a proxy.
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Account, mostRequestBytes } from './account.ts';
import { BadArgument } from './args.ts';
import { Authority } from './oauth.ts';
import * as files from './files.ts';
import { badInput, Refusal, tooMany, unauthorized, tagged } from './refusal.ts';
import * as sharing from './sharing.ts';
import * as uploads from './uploads.ts';

/** One call of a route, as it was sent and answered. `arg` and `answer` are what the JSON says; text of another kind stays text. */
export interface Message {
  host: string;
  path: string;
  status: number;
  arg: unknown;
  answer: unknown;
}

interface Route {
  host: 'api' | 'content';
  scope?: string;
  /** Takes nothing: an empty body or `null`. */
  isVoid?: true;
  act(call: {
    account: Account;
    arg: unknown;
    body: Uint8Array;
    places: sharing.Places;
    authorization: string | undefined;
    authority: Authority;
  }): unknown;
}

const write = 'files.content.write';
const look = 'files.metadata.read';

const routes: Record<string, Route> = {
  'files/upload': {
    host: 'content',
    scope: write,
    act: ({ account, arg, body }) => uploads.upload(account, arg, body),
  },
  'files/upload_session/start': {
    host: 'content',
    scope: write,
    act: ({ account, arg, body }) => uploads.start(account, arg, body),
  },
  'files/upload_session/append_v2': {
    host: 'content',
    scope: write,
    act: ({ account, arg, body }) => uploads.append(account, arg, body),
  },
  'files/upload_session/finish': {
    host: 'content',
    scope: write,
    act: ({ account, arg, body }) => uploads.finish(account, arg, body),
  },
  'files/upload_session/start_batch': {
    host: 'api',
    scope: write,
    act: ({ account, arg }) => uploads.startBatch(account, arg),
  },
  'files/upload_session/finish_batch_v2': {
    host: 'api',
    scope: write,
    act: ({ account, arg }) => uploads.finishBatch(account, arg),
  },
  'files/get_metadata': { host: 'api', scope: look, act: ({ account, arg }) => files.getMetadata(account, arg) },
  'files/delete_v2': { host: 'api', scope: write, act: ({ account, arg }) => files.remove(account, arg) },
  'files/create_folder_v2': { host: 'api', scope: write, act: ({ account, arg }) => files.createFolder(account, arg) },
  'files/list_folder': { host: 'api', scope: look, act: ({ account, arg }) => files.listFolder(account, arg) },
  'files/list_folder/continue': {
    host: 'api',
    scope: look,
    act: ({ account, arg }) => files.listFolderOn(account, arg),
  },
  'sharing/create_shared_link_with_settings': {
    host: 'api',
    scope: 'sharing.write',
    act: ({ account, arg, places }) => sharing.create(account, arg, places),
  },
  'sharing/list_shared_links': {
    host: 'api',
    scope: 'sharing.read',
    act: ({ account, arg }) => sharing.list(account, arg),
  },
  'sharing/modify_shared_link_settings': {
    host: 'api',
    scope: 'sharing.write',
    act: ({ account, arg }) => sharing.modify(account, arg),
  },
  'sharing/revoke_shared_link': {
    host: 'api',
    scope: 'sharing.write',
    act: ({ account, arg }) => sharing.revoke(account, arg),
  },
  'sharing/get_shared_link_metadata': {
    host: 'api',
    scope: 'sharing.read',
    act: ({ account, arg }) => sharing.getLinkMetadata(account, arg),
  },
  'users/get_space_usage': {
    host: 'api',
    scope: 'account_info.read',
    isVoid: true,
    act: ({ account }) => files.spaceUsage(account),
  },
  'users/get_current_account': {
    host: 'api',
    scope: 'account_info.read',
    isVoid: true,
    act: ({ account }) => files.currentAccount(account),
  },
  'check/user': { host: 'api', scope: 'account_info.read', act: ({ account, arg }) => files.checkUser(account, arg) },
  'auth/token/revoke': {
    host: 'api',
    isVoid: true,
    act: ({ authority, authorization }) => authority.revoke(authorization),
  },
};

/** Routes and the scope that each needs: the tests of missing scopes walk them. */
export const scopeOf = (route: string): string | undefined => routes[route]?.scope;

export interface ServerOptions {
  /** ms since 1970 */
  now?: () => number;
  /** Hears every call of a route, after it was answered. */
  onMessage?(message: Message): void;
}

/** What a test has happen: the route is told apart by its name, the rest is written as an answer. */
export interface Scripted {
  route: string;
  status: number;
  body: string;
  headers?: Record<string, string>;
}

const hosts = {
  'api.dropboxapi.com': 'api',
  'content.dropboxapi.com': 'content',
  'www.dropbox.com': 'www',
  'dropbox.com': 'www',
  'dl.dropboxusercontent.com': 'dl',
} as const;
type Host = (typeof hosts)[keyof typeof hosts];

export class DropboxServer {
  readonly authority: Authority;
  readonly account: Account;
  /** Answers that are given instead, once each, in order. */
  readonly scripted: Scripted[] = [];
  /** Changes every answer of a route on its way out: mistakes put in on purpose. */
  tamper: ((path: string, answer: unknown) => unknown) | undefined;
  /** Nobody gets a token before it resolves. */
  tokensAfter: Promise<void> | undefined;
  /** Requests that are answered with 429 before they are looked at. */
  throttled = 0;
  retryAfterSeconds = 1;
  readonly url: string;
  readonly #server: http.Server;
  readonly #onMessage: NonNullable<ServerOptions['onMessage']>;

  private constructor(server: http.Server, { now = Date.now, onMessage = () => undefined }: ServerOptions) {
    this.#server = server;
    this.#onMessage = onMessage;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.authority = new Authority(now);
    this.account = new Account(now);
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      request.on('error', () => undefined);
      void this.#serve(request, response);
    });
  }

  static async start(options: ServerOptions = {}): Promise<DropboxServer> {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DropboxServer(server, options);
  }

  /** Sessions run out by themselves and are seen by nobody: what is there is files. */
  leftovers(): { objects: number; uploads: number } {
    return { objects: this.account.files.length, uploads: 0 };
  }

  /** The same page as a browser would open; follows nothing. */
  authorizePage(url: string): { to: string } | { shown: string } {
    return this.authority.authorize(new URL(url).searchParams);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { host, url, isReal } = whereTo(request);
    const body = await bodyOf(request);
    if (body === undefined) return;
    if (url.pathname === '/oauth2/token') await this.tokensAfter;
    const places: sharing.Places = isReal
      ? { www: 'https://www.dropbox.com', content: 'https://dl.dropboxusercontent.com' }
      : {
          www: `${this.url}/www.dropbox.com`,
          content: `${this.url.replace('127.0.0.1', 'localhost')}/dl.dropboxusercontent.com`,
        };
    const page = this.#page({ request, host, url, body, places });
    response.writeHead(page.status, {
      'x-dropbox-request-id': 'test',
      'x-content-type-options': 'nosniff',
      ...page.headers,
    });
    for (const chunk of page.body)
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    response.end();
  }

  #page(call: Call): sharing.Page {
    try {
      return this.#answer(call);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      return { status: cause.status, headers: cause.headers, body: [Buffer.from(cause.body)] };
    }
  }

  #answer(call: Call): sharing.Page {
    const { request, host, url, body, places } = call;
    if (host === 'www' && url.pathname === '/oauth2/authorize') {
      const answer = this.authority.authorize(url.searchParams);
      return 'to' in answer
        ? { status: 302, headers: { location: answer.to }, body: [] }
        : {
            status: 200,
            headers: { 'content-type': 'text/html' },
            body: [Buffer.from(`<code>${answer.shown}</code>`)],
          };
    }
    if (host === 'www' && url.pathname.startsWith('/scl/fi/')) return sharing.linkPage(this.account, url, places);
    if (host === 'dl') return sharing.contentPage(this.account, url, request.headers.range);
    if (host === 'api' && url.pathname === '/oauth2/token')
      return asJson(
        this.authority.token(
          body.length > 0 ? new URLSearchParams(Buffer.from(body).toString()) : url.searchParams,
          request.headers.authorization,
        ),
      );
    if (!url.pathname.startsWith('/2/'))
      return { status: 404, headers: { 'content-type': 'text/html' }, body: [Buffer.from('<h1>404</h1>')] };
    return this.#route(call, url.pathname.slice('/2/'.length));
  }

  #route(call: Call, name: string): sharing.Page {
    const message: Message = { host: call.host, path: `/2/${name}`, status: 200, arg: undefined, answer: undefined };
    try {
      const answer = this.#act(call, name, message);
      message.answer = this.tamper ? this.tamper(message.path, structuredClone(answer)) : answer;
      return asJson(message.answer);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      message.status = cause.status;
      const isJson = cause.headers['content-type'] === 'application/json';
      const said: unknown = isJson ? JSON.parse(cause.body) : cause.body;
      message.answer = this.tamper && isJson ? this.tamper(message.path, said) : said;
      return {
        status: cause.status,
        headers: cause.headers,
        body: [Buffer.from(isJson ? JSON.stringify(message.answer) : cause.body)],
      };
    } finally {
      this.#onMessage(message);
    }
  }

  #act({ request, host, body, places }: Call, name: string, message: Message): unknown {
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (!route) throw badInput(name, 'Unknown API function');
    if (route.host !== host) throw badInput(name, `You're attempting to call this route on the wrong host: ${host}`);
    if (request.method !== 'POST') throw new Refusal(405, 'Method not allowed', { 'content-type': 'text/plain' });
    const { authorization } = request.headers;
    this.authority.admit(authorization, route.scope);
    if (this.account.isSuspended) throw unauthorized(tagged('user_suspended'));
    if (this.throttled > 0) {
      this.throttled--;
      throw tooMany('too_many_requests', this.retryAfterSeconds);
    }
    const at = this.scripted.findIndex((one) => one.route === name);
    const arg =
      route.host === 'content'
        ? argOfHeader(request, name)
        : argOfBody(request, { name, body, isVoid: route.isVoid === true });
    message.arg = arg;
    const [scripted] = at < 0 ? [] : this.scripted.splice(at, 1);
    if (scripted)
      throw new Refusal(scripted.status, scripted.body, { 'content-type': 'application/json', ...scripted.headers });
    try {
      return route.act({
        account: this.account,
        arg,
        body: route.host === 'content' ? body : new Uint8Array(),
        places,
        authorization,
        authority: this.authority,
      });
    } catch (cause) {
      if (cause instanceof BadArgument) throw badInput(name, cause.message);
      throw cause;
    }
  }
}

interface Call {
  request: http.IncomingMessage;
  host: Host;
  url: URL;
  body: Uint8Array;
  places: sharing.Places;
}

const asJson = (answer: unknown): sharing.Page => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: [Buffer.from(JSON.stringify(answer))],
});

function whereTo(request: http.IncomingMessage): { host: Host; url: URL; isReal: boolean } {
  const named = (name: string): Host | undefined =>
    Object.hasOwn(hosts, name) ? hosts[name as keyof typeof hosts] : undefined;
  const real = named((request.headers.host ?? '').replace(/:\d+$/, ''));
  if (real) return { host: real, url: new URL(request.url ?? '/', 'https://host.invalid'), isReal: true };
  const [, first = '', rest = '/'] = /^\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
  return { host: named(first) ?? 'www', url: new URL(rest || '/', 'https://host.invalid'), isReal: false };
}

/** Undefined when whoever sent it hung up before its end: then nothing of it was heard. */
async function bodyOf(request: http.IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      // What is larger is refused all the same; only its size is kept.
      chunks.push(size > mostRequestBytes + 1 ? Buffer.alloc(0) : chunk);
    }
  } catch {
    return undefined; // cut off
  }
  return request.complete ? Buffer.concat(chunks) : undefined;
}

/** One header line, and all of it ASCII. */
function argOfHeader(request: http.IncomingMessage, name: string): unknown {
  const text = request.headers['dropbox-api-arg'];
  if (typeof text !== 'string')
    throw badInput(name, 'Must provide HTTP header "Dropbox-API-Arg" or URL parameter "arg".');
  if (!/^[\x20-\x7e]*$/.test(text))
    throw badInput(name, 'HTTP header "Dropbox-API-Arg": could not decode input as JSON');
  const type = request.headers['content-type'];
  if (type !== 'application/octet-stream' && type !== 'text/plain; charset=dropbox-cors-hack')
    throw badInput(
      name,
      `Bad HTTP "Content-Type" header: "${type}". Expecting one of "application/octet-stream", "text/plain; charset=dropbox-cors-hack".`,
    );
  return parsed(text, name, 'HTTP header "Dropbox-API-Arg"');
}

function argOfBody(
  request: http.IncomingMessage,
  { name, body, isVoid }: { name: string; body: Uint8Array; isVoid: boolean },
): unknown {
  const type = request.headers['content-type'];
  const text = Buffer.from(body).toString();
  if (isVoid) {
    if (text !== '' && text !== 'null') throw badInput(name, 'request body: expected null');
    return null;
  }
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(type ?? ''))
    throw badInput(
      name,
      `Bad HTTP "Content-Type" header: "${type}". Expecting one of "application/json", "application/json; charset=utf-8".`,
    );
  return parsed(text, name, 'request body');
}

function parsed(text: string, name: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw badInput(name, `${where}: could not decode input as JSON`);
    throw cause;
  }
}
