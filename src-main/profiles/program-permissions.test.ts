import { expect, test, vi } from 'vitest';
import { neverAborted } from '../platform/testing/never-aborted.ts';
import { ProgramPermissions, type ProgramPorts, type ProgramQuestion } from './program-permissions.ts';

const request = (commandLine = 'get-keys'): { commandLine: string; profile: string; file: string } => ({
  commandLine,
  profile: 'work',
  file: '~/.aws/config',
});

function setUp(hashes: string[] = []) {
  const state = { now: 1000, allowed: hashes as string[] | undefined };
  const answers: ((isAllowed: boolean) => void)[] = [];
  const confirm = vi.fn<(question: ProgramQuestion) => Promise<boolean>>(
    () => new Promise((resolve) => answers.push(resolve)),
  );
  const onAllowed = vi.fn();
  const permissions = new ProgramPermissions({
    allowed: { get: () => state.allowed, set: (value) => void (state.allowed = value) },
    confirm,
    now: () => state.now,
    onAllowed,
    attentionMs: 100,
  });
  const ask = (ports: ProgramPorts, commandLine?: string) => ports.confirmProgram!(request(commandLine), neverAborted);
  /** Answers the open question as soon as it is shown. */
  const answer = async (isAllowed: boolean): Promise<void> => {
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    answers.shift()!(isAllowed);
  };
  return { permissions, confirm, onAllowed, ask, answer, state };
}

test('the answer “Allow” is remembered for the exact command line, as a hash', async () => {
  const { permissions, confirm, onAllowed, ask, answer, state } = setUp();
  permissions.onUserAction('a');
  const ports = permissions.portOf('a', 'Photos');
  expect(ports.isProgramAllowed!('get-keys')).toBe(false);
  const allowed = ask(ports);
  await answer(true);
  expect(await allowed).toBe(true);
  expect(confirm).toHaveBeenCalledExactlyOnceWith({ ...request(), destination: 'Photos' });
  expect(onAllowed).toHaveBeenCalledTimes(1);
  // printf get-keys | sha256sum
  expect(state.allowed).toEqual(['b027b0901255944135698f043686cc3de241e5fd6b3ff1ab2aba5903b32e9181']);
  const later = setUp(state.allowed).permissions.portOf('b', 'Other');
  expect(['get-keys', 'get-keys ', 'get-keys -x', 'Get-keys'].map((line) => later.isProgramAllowed!(line))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('no question without an action of the user at this destination, and none long after it', async () => {
  const { permissions, confirm, ask, state } = setUp();
  const ports = permissions.portOf('a', 'Photos');
  permissions.onUserAction('b');
  expect(await ask(ports)).toBe(false);
  permissions.onUserAction('a');
  state.now += 101;
  expect(await ask(ports)).toBe(false);
  expect(confirm).not.toHaveBeenCalled();
});

test('after “Don’t allow”, only a new action of the user asks again', async () => {
  const { permissions, confirm, onAllowed, ask, answer } = setUp();
  const [first, second] = [permissions.portOf('a', 'Photos'), permissions.portOf('b', 'Backup')];
  // One upload may use both destinations.
  permissions.onUserAction('a');
  permissions.onUserAction('b');
  const refused = ask(first);
  await answer(false);
  expect(await refused).toBe(false);
  expect([await ask(first), await ask(second), await ask(first, 'another')]).toEqual([false, false, false]);
  expect(confirm).toHaveBeenCalledTimes(1);
  expect(onAllowed).not.toHaveBeenCalled();
  permissions.onUserAction('a');
  const retried = ask(first);
  await answer(true);
  expect(await retried).toBe(true);
});

test('a program that replaces an allowed one later waits for an action of the user', async () => {
  const { permissions, confirm, ask, answer } = setUp();
  const ports = permissions.portOf('a', 'Photos');
  permissions.onUserAction('a');
  const allowed = ask(ports);
  await answer(true);
  await allowed;
  permissions.onUserAction('a');
  expect(ports.isProgramAllowed!('get-keys')).toBe(true);
  expect(await ask(ports, 'replaced')).toBe(false);
  expect(confirm).toHaveBeenCalledTimes(1);
});

test('requests for the same program share one question, and different programs are asked about one after the other', async () => {
  const { permissions, confirm, ask, answer } = setUp();
  for (const id of ['a', 'b', 'c']) permissions.onUserAction(id);
  const [a, b, c] = ['a', 'b', 'c'].map((id) => permissions.portOf(id, id)) as [
    ProgramPorts,
    ProgramPorts,
    ProgramPorts,
  ];
  const same = [ask(a), ask(a), ask(b)];
  const other = ask(c, 'other');
  expect([permissions.isOpen('a'), permissions.isOpen('b'), permissions.isOpen('d')]).toEqual([true, true, false]);
  await expect.poll(() => confirm.mock.calls.length).toBe(1);
  await answer(true);
  expect(await Promise.all(same)).toEqual([true, true, true]);
  await expect.poll(() => confirm.mock.calls.map(([{ commandLine }]) => commandLine)).toEqual(['get-keys', 'other']);
  await answer(false);
  expect(await other).toBe(false);
  expect(permissions.isOpen('a')).toBe(false);
});

test('a closed destination stops waiting, and the answer still counts', async () => {
  const { permissions, answer } = setUp();
  const closing = new AbortController();
  const ports = permissions.portForAction('Photos');
  const waiting = ports.confirmProgram!(request(), closing.signal);
  closing.abort();
  await expect(waiting).rejects.toMatchObject({ error: { code: 'canceled' } });
  await answer(true);
  await expect.poll(() => permissions.portWithoutQuestion().isProgramAllowed!('get-keys')).toBe(true);
});

test('a test of a form asks once, and each test may ask again', async () => {
  const { permissions, confirm, ask, answer } = setUp();
  const ports = permissions.portForAction('S3');
  const refused = ask(ports);
  await answer(false);
  expect([await refused, await ask(ports)]).toEqual([false, false]);
  const again = ask(permissions.portForAction('S3'));
  await answer(false);
  expect(await again).toBe(false);
  expect(confirm).toHaveBeenCalledTimes(2);
});

test('a request that the user did not start never asks', () => {
  const { permissions } = setUp();
  expect(permissions.portWithoutQuestion()).not.toHaveProperty('confirmProgram');
});

test('without a user, nothing is allowed', async () => {
  const permissions = new ProgramPermissions({
    allowed: { get: () => undefined, set: () => undefined },
    confirm: undefined,
    now: Date.now,
    onAllowed: () => undefined,
  });
  permissions.onUserAction('a');
  expect(await permissions.portOf('a', 'Photos').confirmProgram!(request(), neverAborted)).toBe(false);
});

test('a question that fails is no answer', async () => {
  const confirm = vi.fn().mockRejectedValueOnce(new Error('interrupted')).mockResolvedValueOnce(true);
  const permissions = new ProgramPermissions({
    allowed: { get: () => undefined, set: () => undefined },
    confirm,
    now: Date.now,
    onAllowed: () => undefined,
  });
  permissions.onUserAction('a');
  const ports = permissions.portOf('a', 'Photos');
  await expect(ports.confirmProgram!(request(), neverAborted)).rejects.toThrow('interrupted');
  permissions.onUserAction('a');
  expect(await ports.confirmProgram!(request(), neverAborted)).toBe(true);
});
