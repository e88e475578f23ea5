/** Routes that receive bytes: in one request, or in a session. */
import { randomUUID } from 'node:crypto';
import {
  fileMetadata,
  maxFileBytes,
  maxRequestBytes,
  WriteError,
  type DropboxAccount,
  type UploadSession,
} from './account.ts';
import {
  InvalidArgument,
  parseCommit,
  commitShape,
  cursorShape,
  optionalBoolean,
  hashField,
  parseArgument,
  toTagged,
  type Argument,
} from './arguments.ts';
import { dropboxContentHash } from './content-hash.ts';
import { taggedStruct, routeError, tagged, type Tagged } from './error-response.ts';

const blockBytes = 4 * 1024 * 1024;

export function uploadFile(account: DropboxAccount, arg: unknown, body: Uint8Array): Argument {
  const argument = parseArgument(arg, { ...commitShape, content_hash: hashField });
  checkBody(argument, body);
  try {
    return fileMetadata(account.commit(parseCommit(argument), [body]));
  } catch (cause) {
    if (!(cause instanceof WriteError)) throw cause;
    // The value is a struct, so its fields are next to the tag. Dropbox keeps the bytes as an upload session.
    const id = newSession(account, {
      kind: 'sequential',
      chunks: [{ offset: 0, bytes: body }],
      isClosed: true,
      at: account.now(),
    });
    throw routeError(taggedStruct('path', { reason: cause.error, upload_session_id: id }));
  }
}

function checkBody(argument: Argument, body: Uint8Array): void {
  if (body.length > maxRequestBytes) throw routeError(tagged('payload_too_large'));
  if (typeof argument.content_hash === 'string' && argument.content_hash !== dropboxContentHash([body]))
    throw routeError(tagged('content_hash_mismatch'));
}

function newSession(account: DropboxAccount, session: UploadSession): string {
  const id = `pid_upload_session:${randomUUID()}`;
  account.sessions.set(id, session);
  return id;
}

export function startSession(account: DropboxAccount, arg: unknown, body: Uint8Array): Argument {
  const argument = parseArgument(arg, {
    close: optionalBoolean,
    session_type: { type: 'union', optional: true },
    content_hash: hashField,
  });
  const kind = toTagged(argument.session_type, 'sequential')['.tag'];
  if (kind !== 'sequential' && kind !== 'concurrent') throw new InvalidArgument(`session_type: unknown tag '${kind}'`);
  if (kind === 'concurrent' && body.length > 0) throw routeError(tagged('concurrent_session_data_not_allowed'));
  if (kind === 'concurrent' && argument.close === true)
    throw routeError(tagged('concurrent_session_close_not_allowed'));
  checkBody(argument, body);
  return {
    session_id: newSession(account, {
      kind,
      chunks: body.length > 0 ? [{ offset: 0, bytes: body }] : [],
      isClosed: argument.close === true,
      at: account.now(),
    }),
  };
}

export function startSessionBatch(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, {
    num_sessions: { type: 'count' },
    session_type: { type: 'union', optional: true },
  });
  const count = argument.num_sessions as number;
  if (count < 1 || count > 1000) throw new InvalidArgument(`num_sessions: ${count} is not within range [1, 1000]`);
  const kind = toTagged(argument.session_type, 'sequential')['.tag'] === 'concurrent' ? 'concurrent' : 'sequential';
  return {
    session_ids: Array.from({ length: count }, () =>
      newSession(account, { kind, chunks: [], isClosed: false, at: account.now() }),
    ),
  };
}

export function appendToSession(account: DropboxAccount, arg: unknown, body: Uint8Array): null {
  const argument = parseArgument(arg, { cursor: { type: 'object' }, close: optionalBoolean, content_hash: hashField });
  const cursor = parseArgument(argument.cursor, cursorShape);
  const problem = appendError(account, { cursor, body, isLast: argument.close === true });
  if (problem) throw routeError(problem);
  checkBody(argument, body);
  const session = account.session(String(cursor.session_id))!;
  putChunk(session, cursor.offset as number, body);
  if (argument.close === true) session.isClosed = true;
  return null;
}

interface AppendRequest {
  cursor: Argument;
  body: Uint8Array;
  isLast: boolean;
}

function appendError(account: DropboxAccount, { cursor, body, isLast }: AppendRequest): Tagged | undefined {
  const session = account.session(String(cursor.session_id));
  const offset = cursor.offset as number;
  if (!session) return tagged('not_found');
  if (session.isClosed && session.kind === 'concurrent') return tagged('closed');
  if (session.kind === 'sequential' && offset !== sessionEnd(session))
    return taggedStruct('incorrect_offset', { correct_offset: sessionEnd(session) });
  if (session.isClosed) return tagged('closed');
  if (body.length > maxRequestBytes) return tagged('payload_too_large');
  if (offset + body.length > maxFileBytes) return tagged('too_large');
  if (session.kind === 'sequential') return undefined;
  if (offset % blockBytes !== 0) return tagged('concurrent_session_invalid_offset');
  return body.length % blockBytes !== 0 && !isLast ? tagged('concurrent_session_invalid_data_size') : undefined;
}

/** Adds a chunk, which replaces an earlier one at the same offset. An empty chunk changes nothing. */
function putChunk(session: UploadSession, offset: number, bytes: Uint8Array): void {
  session.chunks = [
    ...session.chunks.filter((chunk) => chunk.offset !== offset || bytes.length === 0),
    ...(bytes.length > 0 ? [{ offset, bytes }] : []),
  ].sort((a, b) => a.offset - b.offset);
}

const sessionEnd = (session: UploadSession): number =>
  session.chunks.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes.length), 0);

export function finishSession(account: DropboxAccount, arg: unknown, body: Uint8Array): Argument {
  const argument = parseArgument(arg, {
    cursor: { type: 'object' },
    commit: { type: 'object' },
    content_hash: hashField,
  });
  const cursor = parseArgument(argument.cursor, cursorShape);
  const commit = parseCommit(parseArgument(argument.commit, commitShape));
  const session = account.session(String(cursor.session_id));
  const problem = finishError(session, cursor.offset as number, body);
  if (problem) throw routeError(problem);
  checkBody(argument, body);
  if (body.length > 0) putChunk(session!, cursor.offset as number, body);
  try {
    return commitSession(account, String(cursor.session_id), commit);
  } catch (cause) {
    if (!(cause instanceof WriteError)) throw cause;
    // The value of `path` is a union. This route has a separate tag for too many writes at once.
    throw routeError(
      cause.error['.tag'] === 'too_many_write_operations'
        ? tagged('too_many_write_operations')
        : tagged('path', cause.error),
    );
  }
}

function commitSession(account: DropboxAccount, id: string, commit: ReturnType<typeof parseCommit>): Argument {
  const file = account.commit(
    commit,
    account.sessions.get(id)!.chunks.map(({ bytes }) => bytes),
  );
  account.sessions.delete(id);
  return fileMetadata(file);
}

function finishError(session: UploadSession | undefined, offset: number, body: Uint8Array): Tagged | undefined {
  const lookup = (inside: Tagged): Tagged => tagged('lookup_failed', inside);
  if (!session) return lookup(tagged('not_found'));
  if (session.kind === 'concurrent') {
    if (body.length > 0) return tagged('concurrent_session_data_not_allowed');
    if (!session.isClosed) return tagged('concurrent_session_not_closed');
    if (!isComplete(session)) return tagged('concurrent_session_missing_data');
  }
  if (offset !== sessionEnd(session))
    return lookup(taggedStruct('incorrect_offset', { correct_offset: sessionEnd(session) }));
  if (session.isClosed && body.length > 0) return lookup(tagged('closed'));
  return body.length > maxRequestBytes ? tagged('payload_too_large') : undefined;
}

/** Whether the chunks have no gap between them. */
function isComplete(session: UploadSession): boolean {
  let end = 0;
  for (const { offset, bytes } of session.chunks) {
    if (offset > end) return false;
    end = offset + bytes.length;
  }
  return true;
}

/** Completes immediately, with one result per entry. The sessions must be closed. */
export function finishSessionBatch(account: DropboxAccount, arg: unknown): Argument {
  const argument = parseArgument(arg, { entries: { type: 'list' } });
  const entries = (argument.entries as unknown[]).map((entry) => {
    const parsed = parseArgument(entry, {
      cursor: { type: 'object' },
      commit: { type: 'object' },
      content_hash: hashField,
    });
    return {
      cursor: parseArgument(parsed.cursor, cursorShape),
      commit: parseCommit(parseArgument(parsed.commit, commitShape)),
    };
  });
  if (entries.length > 1000) throw new InvalidArgument('entries: too many');
  return { entries: entries.map(({ cursor, commit }) => finishEntry(account, cursor, commit)) };
}

function finishEntry(account: DropboxAccount, cursor: Argument, commit: ReturnType<typeof parseCommit>): Tagged {
  const session = account.session(String(cursor.session_id));
  const problem =
    finishError(session, cursor.offset as number, new Uint8Array()) ??
    (session!.isClosed ? undefined : tagged('lookup_failed', tagged('not_closed')));
  if (problem) return { '.tag': 'failure', failure: problem };
  try {
    return { '.tag': 'success', ...commitSession(account, String(cursor.session_id), commit) };
  } catch (cause) {
    if (!(cause instanceof WriteError)) throw cause;
    return { '.tag': 'failure', failure: tagged('path', cause.error) };
  }
}
