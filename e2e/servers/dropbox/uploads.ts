/** Routes that take bytes: in one request, or in a session of many. */
import { randomUUID } from 'node:crypto';
import {
  fileMetadata,
  mostFileBytes,
  mostRequestBytes,
  WriteRefused,
  type Account,
  type UploadSession,
} from './account.ts';
import {
  BadArgument,
  commitOf,
  commitShape,
  cursorShape,
  flag,
  hashField,
  read,
  unionOf,
  type Argument,
} from './args.ts';
import { contentHash } from './hash.ts';
import { flat, refused, tagged, type Tagged } from './refusal.ts';

const block = 4 * 1024 * 1024;

export function upload(account: Account, arg: unknown, body: Uint8Array): Argument {
  const given = read(arg, { ...commitShape, content_hash: hashField });
  checkBody(given, body);
  try {
    return fileMetadata(account.commit(commitOf(given), [body]));
  } catch (cause) {
    if (!(cause instanceof WriteRefused)) throw cause;
    // A struct, so its fields stand beside the tag; the bytes are kept as a session of their own.
    const id = newSession(account, {
      kind: 'sequential',
      pieces: [{ offset: 0, bytes: body }],
      isClosed: true,
      at: account.now(),
    });
    throw refused(flat('path', { reason: cause.error, upload_session_id: id }));
  }
}

function checkBody(given: Argument, body: Uint8Array): void {
  if (body.length > mostRequestBytes) throw refused(tagged('payload_too_large'));
  if (typeof given.content_hash === 'string' && given.content_hash !== contentHash([body]))
    throw refused(tagged('content_hash_mismatch'));
}

function newSession(account: Account, session: UploadSession): string {
  const id = `pid_upload_session:${randomUUID()}`;
  account.sessions.set(id, session);
  return id;
}

export function start(account: Account, arg: unknown, body: Uint8Array): Argument {
  const given = read(arg, { close: flag, session_type: { type: 'union', optional: true }, content_hash: hashField });
  const kind = unionOf(given.session_type, 'sequential')['.tag'];
  if (kind !== 'sequential' && kind !== 'concurrent') throw new BadArgument(`session_type: unknown tag '${kind}'`);
  if (kind === 'concurrent' && body.length > 0) throw refused(tagged('concurrent_session_data_not_allowed'));
  if (kind === 'concurrent' && given.close === true) throw refused(tagged('concurrent_session_close_not_allowed'));
  checkBody(given, body);
  return {
    session_id: newSession(account, {
      kind,
      pieces: body.length > 0 ? [{ offset: 0, bytes: body }] : [],
      isClosed: given.close === true,
      at: account.now(),
    }),
  };
}

export function startBatch(account: Account, arg: unknown): Argument {
  const given = read(arg, { num_sessions: { type: 'count' }, session_type: { type: 'union', optional: true } });
  const count = given.num_sessions as number;
  if (count < 1 || count > 1000) throw new BadArgument(`num_sessions: ${count} is not within range [1, 1000]`);
  const kind = unionOf(given.session_type, 'sequential')['.tag'] === 'concurrent' ? 'concurrent' : 'sequential';
  return {
    session_ids: Array.from({ length: count }, () =>
      newSession(account, { kind, pieces: [], isClosed: false, at: account.now() }),
    ),
  };
}

export function append(account: Account, arg: unknown, body: Uint8Array): null {
  const given = read(arg, { cursor: { type: 'object' }, close: flag, content_hash: hashField });
  const cursor = read(given.cursor, cursorShape);
  const problem = problemOf(account, { cursor, body, isLast: given.close === true });
  if (problem) throw refused(problem);
  checkBody(given, body);
  const session = account.session(String(cursor.session_id))!;
  put(session, cursor.offset as number, body);
  if (given.close === true) session.isClosed = true;
  return null;
}

interface Addition {
  cursor: Argument;
  body: Uint8Array;
  isLast: boolean;
}

function problemOf(account: Account, { cursor, body, isLast }: Addition): Tagged | undefined {
  const session = account.session(String(cursor.session_id));
  const offset = cursor.offset as number;
  if (!session) return tagged('not_found');
  if (session.isClosed && session.kind === 'concurrent') return tagged('closed');
  if (session.kind === 'sequential' && offset !== endOf(session))
    return flat('incorrect_offset', { correct_offset: endOf(session) });
  if (session.isClosed) return tagged('closed');
  if (body.length > mostRequestBytes) return tagged('payload_too_large');
  if (offset + body.length > mostFileBytes) return tagged('too_large');
  if (session.kind === 'sequential') return undefined;
  if (offset % block !== 0) return tagged('concurrent_session_invalid_offset');
  return body.length % block !== 0 && !isLast ? tagged('concurrent_session_invalid_data_size') : undefined;
}

function put(session: UploadSession, offset: number, bytes: Uint8Array): void {
  session.pieces = [
    ...session.pieces.filter((piece) => piece.offset !== offset || bytes.length === 0),
    ...(bytes.length > 0 ? [{ offset, bytes }] : []),
  ].sort((a, b) => a.offset - b.offset);
}

const endOf = (session: UploadSession): number =>
  session.pieces.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes.length), 0);

export function finish(account: Account, arg: unknown, body: Uint8Array): Argument {
  const given = read(arg, { cursor: { type: 'object' }, commit: { type: 'object' }, content_hash: hashField });
  const cursor = read(given.cursor, cursorShape);
  const commit = commitOf(read(given.commit, commitShape));
  const session = account.session(String(cursor.session_id));
  const problem = unready(session, cursor.offset as number, body);
  if (problem) throw refused(problem);
  checkBody(given, body);
  if (body.length > 0) put(session!, cursor.offset as number, body);
  try {
    return commitSession(account, String(cursor.session_id), commit);
  } catch (cause) {
    if (!(cause instanceof WriteRefused)) throw cause;
    // A union in a union; and the same thing has a tag of its own here when another write is at work.
    throw refused(
      cause.error['.tag'] === 'too_many_write_operations'
        ? tagged('too_many_write_operations')
        : tagged('path', cause.error),
    );
  }
}

function commitSession(account: Account, id: string, commit: ReturnType<typeof commitOf>): Argument {
  const file = account.commit(
    commit,
    account.sessions.get(id)!.pieces.map((piece) => piece.bytes),
  );
  account.sessions.delete(id);
  return fileMetadata(file);
}

function unready(session: UploadSession | undefined, offset: number, body: Uint8Array): Tagged | undefined {
  const lookup = (inside: Tagged): Tagged => tagged('lookup_failed', inside);
  if (!session) return lookup(tagged('not_found'));
  if (session.kind === 'concurrent') {
    if (body.length > 0) return tagged('concurrent_session_data_not_allowed');
    if (!session.isClosed) return tagged('concurrent_session_not_closed');
    if (!isWhole(session)) return tagged('concurrent_session_missing_data');
  }
  if (offset !== endOf(session)) return lookup(flat('incorrect_offset', { correct_offset: endOf(session) }));
  if (session.isClosed && body.length > 0) return lookup(tagged('closed'));
  return body.length > mostRequestBytes ? tagged('payload_too_large') : undefined;
}

function isWhole(session: UploadSession): boolean {
  let end = 0;
  for (const { offset, bytes } of session.pieces) {
    if (offset > end) return false;
    end = offset + bytes.length;
  }
  return true;
}

/** Answers at once, with one outcome an entry. Sessions have to be closed. */
export function finishBatch(account: Account, arg: unknown): Argument {
  const given = read(arg, { entries: { type: 'list' } });
  const entries = (given.entries as unknown[]).map((entry) => {
    const one = read(entry, { cursor: { type: 'object' }, commit: { type: 'object' }, content_hash: hashField });
    return { cursor: read(one.cursor, cursorShape), commit: commitOf(read(one.commit, commitShape)) };
  });
  if (entries.length > 1000) throw new BadArgument('entries: too many');
  return { entries: entries.map(({ cursor, commit }) => finishOne(account, cursor, commit)) };
}

function finishOne(account: Account, cursor: Argument, commit: ReturnType<typeof commitOf>): Tagged {
  const session = account.session(String(cursor.session_id));
  const problem =
    unready(session, cursor.offset as number, new Uint8Array()) ??
    (session!.isClosed ? undefined : tagged('lookup_failed', tagged('not_closed')));
  if (problem) return { '.tag': 'failure', failure: problem };
  try {
    return { '.tag': 'success', ...commitSession(account, String(cursor.session_id), commit) };
  } catch (cause) {
    if (!(cause instanceof WriteRefused)) throw cause;
    return { '.tag': 'failure', failure: tagged('path', cause.error) };
  }
}
