/**
 * Emulates Dropbox on loopback, and refuses everything that the real service refuses. The first path segment of a
 * request, or its Host header if it comes through a proxy, names the host (such as api.dropboxapi.com).
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DropboxAccount, maxRequestBytes } from './account.ts';
import { InvalidArgument } from './arguments.ts';
import { AuthorizationServer } from './oauth.ts';
import * as files from './file-routes.ts';
import { badInput, DropboxErrorResponse, tooManyRequests, unauthorized, tagged } from './error-response.ts';
import * as sharing from './sharing-routes.ts';
import * as uploads from './upload-routes.ts';

/** One call of a route. `arg` and `answer` are parsed JSON; an answer that is not JSON is a string. */
export interface RecordedCall {
  host: string;
  path: string;
  status: number;
  arg: unknown;
  answer: unknown;
}

interface Route {
  host: 'api' | 'content';
  scope?: string;
  /** The route has no argument: its body is empty or `null`. */
  isVoid?: true;
  handle(call: {
    account: DropboxAccount;
    arg: unknown;
    body: Uint8Array;
    linkHosts: sharing.LinkHosts;
    authorization: string | undefined;
    oauth: AuthorizationServer;
  }): unknown;
}

const writeScope = 'files.content.write';
const readScope = 'files.metadata.read';

const routes: Record<string, Route> = {
  'files/upload': {
    host: 'content',
    scope: writeScope,
    handle: ({ account, arg, body }) => uploads.uploadFile(account, arg, body),
  },
  'files/upload_session/start': {
    host: 'content',
    scope: writeScope,
    handle: ({ account, arg, body }) => uploads.startSession(account, arg, body),
  },
  'files/upload_session/append_v2': {
    host: 'content',
    scope: writeScope,
    handle: ({ account, arg, body }) => uploads.appendToSession(account, arg, body),
  },
  'files/upload_session/finish': {
    host: 'content',
    scope: writeScope,
    handle: ({ account, arg, body }) => uploads.finishSession(account, arg, body),
  },
  'files/upload_session/start_batch': {
    host: 'api',
    scope: writeScope,
    handle: ({ account, arg }) => uploads.startSessionBatch(account, arg),
  },
  'files/upload_session/finish_batch_v2': {
    host: 'api',
    scope: writeScope,
    handle: ({ account, arg }) => uploads.finishSessionBatch(account, arg),
  },
  'files/get_metadata': {
    host: 'api',
    scope: readScope,
    handle: ({ account, arg }) => files.getMetadata(account, arg),
  },
  'files/delete_v2': { host: 'api', scope: writeScope, handle: ({ account, arg }) => files.deleteEntry(account, arg) },
  'files/create_folder_v2': {
    host: 'api',
    scope: writeScope,
    handle: ({ account, arg }) => files.createFolder(account, arg),
  },
  'files/list_folder': { host: 'api', scope: readScope, handle: ({ account, arg }) => files.listFolder(account, arg) },
  'files/list_folder/continue': {
    host: 'api',
    scope: readScope,
    handle: ({ account, arg }) => files.continueListFolder(account, arg),
  },
  'sharing/create_shared_link_with_settings': {
    host: 'api',
    scope: 'sharing.write',
    handle: ({ account, arg, linkHosts }) => sharing.createSharedLink(account, arg, linkHosts),
  },
  'sharing/list_shared_links': {
    host: 'api',
    scope: 'sharing.read',
    handle: ({ account, arg }) => sharing.listSharedLinks(account, arg),
  },
  'sharing/modify_shared_link_settings': {
    host: 'api',
    scope: 'sharing.write',
    handle: ({ account, arg }) => sharing.modifySharedLink(account, arg),
  },
  'sharing/revoke_shared_link': {
    host: 'api',
    scope: 'sharing.write',
    handle: ({ account, arg }) => sharing.revokeSharedLink(account, arg),
  },
  'sharing/get_shared_link_metadata': {
    host: 'api',
    scope: 'sharing.read',
    handle: ({ account, arg }) => sharing.getLinkMetadata(account, arg),
  },
  'users/get_space_usage': {
    host: 'api',
    scope: 'account_info.read',
    isVoid: true,
    handle: ({ account }) => files.spaceUsage(account),
  },
  'users/get_current_account': {
    host: 'api',
    scope: 'account_info.read',
    isVoid: true,
    handle: ({ account }) => files.currentAccount(account),
  },
  'check/user': {
    host: 'api',
    scope: 'account_info.read',
    handle: ({ account, arg }) => files.checkUser(account, arg),
  },
  'auth/token/revoke': {
    host: 'api',
    isVoid: true,
    handle: ({ oauth: authority, authorization }) => authority.revoke(authorization),
  },
};

export interface DropboxServerOptions {
  /** ms since 1970 */
  now?: () => number;
  /** Called after each response of a route. */
  onMessage?(message: RecordedCall): void;
}

/** A response that a test injects, for the route with this name. */
export interface ScriptedResponse {
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
  readonly oauth: AuthorizationServer;
  readonly account: DropboxAccount;
  /** Injected responses, used once each, in order. */
  readonly scriptedResponses: ScriptedResponse[] = [];
  /** Changes the responses of all routes, so that tests can inject errors. */
  tamper: ((path: string, answer: unknown) => unknown) | undefined;
  /** The token endpoint responds after this resolves. */
  tokenGate: Promise<void> | undefined;
  /** The number of requests to answer with 429. */
  throttled = 0;
  retryAfterSeconds = 1;
  readonly url: string;
  readonly #server: http.Server;
  readonly #onMessage: NonNullable<DropboxServerOptions['onMessage']>;

  private constructor(server: http.Server, { now = Date.now, onMessage = () => undefined }: DropboxServerOptions) {
    this.#server = server;
    this.#onMessage = onMessage;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.oauth = new AuthorizationServer(now);
    this.account = new DropboxAccount(now);
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      request.on('error', () => undefined);
      void this.#serve(request, response);
    });
  }

  static async start(options: DropboxServerOptions = {}): Promise<DropboxServer> {
    const server = http.createServer({ keepAliveTimeout: 0, requestTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DropboxServer(server, options);
  }

  /** Counts only files: upload sessions are invisible and expire. */
  leftovers(): { objects: number; uploads: number } {
    return { objects: this.account.files.length, uploads: 0 };
  }

  /** Opens the authorization page as a browser does, but does not follow its redirect. */
  authorizePage(url: string): { to: string } | { shown: string } {
    return this.oauth.authorize(new URL(url).searchParams);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { host, url, isFromHeader } = resolveHost(request);
    const body = await bodyOf(request);
    if (body === undefined) return;
    if (url.pathname === '/oauth2/token') await this.tokenGate;
    const linkHosts: sharing.LinkHosts = isFromHeader
      ? { www: 'https://www.dropbox.com', content: 'https://dl.dropboxusercontent.com' }
      : {
          www: `${this.url}/www.dropbox.com`,
          content: `${this.url.replace('127.0.0.1', 'localhost')}/dl.dropboxusercontent.com`,
        };
    const page = this.#page({ request, host, url, body, linkHosts });
    response.writeHead(page.status, {
      'x-dropbox-request-id': 'test',
      'x-content-type-options': 'nosniff',
      ...page.headers,
    });
    for (const chunk of page.body)
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    response.end();
  }

  #page(call: Call): sharing.PageResponse {
    try {
      return this.#answer(call);
    } catch (cause) {
      if (!(cause instanceof DropboxErrorResponse)) throw cause;
      return { status: cause.status, headers: cause.headers, body: [Buffer.from(cause.body)] };
    }
  }

  #answer(call: Call): sharing.PageResponse {
    const { request, host, url, body, linkHosts } = call;
    if (host === 'www' && url.pathname === '/oauth2/authorize') {
      const answer = this.oauth.authorize(url.searchParams);
      return 'to' in answer
        ? { status: 302, headers: { location: answer.to }, body: [] }
        : {
            status: 200,
            headers: { 'content-type': 'text/html' },
            body: [Buffer.from(`<code>${answer.shown}</code>`)],
          };
    }
    if (host === 'www' && url.pathname.startsWith('/scl/fi/')) return sharing.linkPage(this.account, url, linkHosts);
    if (host === 'dl') return sharing.contentPage(this.account, url, request.headers.range);
    if (host === 'api' && url.pathname === '/oauth2/token')
      return jsonResponse(
        this.oauth.token(
          body.length > 0 ? new URLSearchParams(Buffer.from(body).toString()) : url.searchParams,
          request.headers.authorization,
        ),
      );
    if (!url.pathname.startsWith('/2/'))
      return { status: 404, headers: { 'content-type': 'text/html' }, body: [Buffer.from('<h1>404</h1>')] };
    return this.#route(call, url.pathname.slice('/2/'.length));
  }

  #route(call: Call, name: string): sharing.PageResponse {
    const message: RecordedCall = {
      host: call.host,
      path: `/2/${name}`,
      status: 200,
      arg: undefined,
      answer: undefined,
    };
    try {
      const answer = this.#dispatch(call, name, message);
      message.answer = this.tamper ? this.tamper(message.path, structuredClone(answer)) : answer;
      return jsonResponse(message.answer);
    } catch (cause) {
      if (!(cause instanceof DropboxErrorResponse)) throw cause;
      message.status = cause.status;
      const isJson = cause.headers['content-type'] === 'application/json';
      const errorBody: unknown = isJson ? JSON.parse(cause.body) : cause.body;
      message.answer = this.tamper && isJson ? this.tamper(message.path, errorBody) : errorBody;
      return {
        status: cause.status,
        headers: cause.headers,
        body: [Buffer.from(isJson ? JSON.stringify(message.answer) : cause.body)],
      };
    } finally {
      this.#onMessage(message);
    }
  }

  #dispatch({ request, host, body, linkHosts }: Call, name: string, message: RecordedCall): unknown {
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (!route) throw badInput(name, 'Unknown API function');
    if (route.host !== host) throw badInput(name, `You're attempting to call this route on the wrong host: ${host}`);
    if (request.method !== 'POST')
      throw new DropboxErrorResponse(405, 'Method not allowed', { 'content-type': 'text/plain' });
    const { authorization } = request.headers;
    this.oauth.checkAuthorization(authorization, route.scope);
    if (this.account.isSuspended) throw unauthorized(tagged('user_suspended'));
    if (this.throttled > 0) {
      this.throttled--;
      throw tooManyRequests('too_many_requests', this.retryAfterSeconds);
    }
    const scriptedIndex = this.scriptedResponses.findIndex((scriptedResponse) => scriptedResponse.route === name);
    const arg =
      route.host === 'content'
        ? parseHeaderArgument(request, name)
        : parseBodyArgument(request, { name, body, isVoid: route.isVoid === true });
    message.arg = arg;
    const [scripted] = scriptedIndex < 0 ? [] : this.scriptedResponses.splice(scriptedIndex, 1);
    if (scripted)
      throw new DropboxErrorResponse(scripted.status, scripted.body, {
        'content-type': 'application/json',
        ...scripted.headers,
      });
    try {
      return route.handle({
        account: this.account,
        arg,
        body: route.host === 'content' ? body : new Uint8Array(),
        linkHosts,
        authorization,
        oauth: this.oauth,
      });
    } catch (cause) {
      if (cause instanceof InvalidArgument) throw badInput(name, cause.message);
      throw cause;
    }
  }
}

interface Call {
  request: http.IncomingMessage;
  host: Host;
  url: URL;
  body: Uint8Array;
  linkHosts: sharing.LinkHosts;
}

const jsonResponse = (body: unknown): sharing.PageResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: [Buffer.from(JSON.stringify(body))],
});

/**
 * Reads the host from the Host header. On loopback, the first segment of the path stands for the host and is removed
 * from the URL; any other segment stands for `www`.
 */
function resolveHost(request: http.IncomingMessage): { host: Host; url: URL; isFromHeader: boolean } {
  const knownHost = (name: string): Host | undefined =>
    Object.hasOwn(hosts, name) ? hosts[name as keyof typeof hosts] : undefined;
  const realHost = knownHost((request.headers.host ?? '').replace(/:\d+$/, ''));
  if (realHost) return { host: realHost, url: new URL(request.url ?? '/', 'https://host.invalid'), isFromHeader: true };
  const [, first = '', rest = '/'] = /^\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
  return { host: knownHost(first) ?? 'www', url: new URL(rest || '/', 'https://host.invalid'), isFromHeader: false };
}

/** Undefined when the client disconnected before the end of the body. */
async function bodyOf(request: http.IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  // A larger body is refused, for which one byte more than the limit is enough.
  let room = maxRequestBytes + 1;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, room));
      room -= Math.min(room, chunk.length);
    }
  } catch {
    return undefined; // truncated
  }
  return request.complete ? Buffer.concat(chunks) : undefined;
}

/** Reads the argument from a header, which must be ASCII. */
function parseHeaderArgument(request: http.IncomingMessage, name: string): unknown {
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
  return parseJson(text, name, 'HTTP header "Dropbox-API-Arg"');
}

function parseBodyArgument(
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
  return parseJson(text, name, 'request body');
}

function parseJson(text: string, name: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw badInput(name, `${where}: could not decode input as JSON`);
    throw cause;
  }
}
