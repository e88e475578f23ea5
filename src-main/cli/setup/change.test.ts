/** Commands that change or remove a destination. */
import { expect, test } from 'vitest';
import { openShellForEachTest, outputLines } from '../testing/setup-fixture.ts';

const setup = openShellForEachTest();

test('a reserved name is refused as reserved', async () => {
  await setup.add('a', ['--no-test']);
  for (const name of ['practice', 'Environment']) {
    const ran = await setup.hoist(['setup', 'duplicate', 'a', '--name', name]);
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(`“${name}”: this name is reserved for a built-in destination.`);
  }
});

test('a destination can be set as default, renamed, moved and duplicated', async () => {
  for (const name of ['a', 'b', 'c']) await setup.add(name, ['--no-test']);
  expect(await setup.defaultDestinationName()).toBe('a');
  expect(await setup.hoist(['setup', 'use', 'C'])).toMatchObject({ code: 0, out: 'c\n' });
  expect(await setup.defaultDestinationName()).toBe('c');
  expect(await setup.hoist(['setup', 'rename', 'b', 'New name'])).toMatchObject({ code: 0, out: 'New name\n' });
  expect(await setup.hoist(['setup', 'rename', 'a', 'new NAME'])).toMatchObject({ code: 2, out: '' });
  expect(outputLines((await setup.hoist(['setup', 'move', 'c', '--before', 'a'])).out)).toEqual(['c', 'a', 'New name']);
  expect(outputLines((await setup.hoist(['setup', 'move', 'c', '--after', 'New name'])).out)).toEqual([
    'a',
    'New name',
    'c',
  ]);
  for (const invalid of [
    ['c'],
    ['c', '--before', 'a', '--after', 'a'],
    ['c', '--before', 'unknown'],
    ['practice', '--before', 'a'],
  ])
    expect(await setup.hoist(['setup', 'move', ...invalid])).toMatchObject({ code: 2, out: '' });
  expect(await setup.hoist(['setup', 'duplicate', 'a', '--name', 'copy'])).toMatchObject({ code: 0, out: 'copy\n' });
  expect(await setup.hoist(['setup', 'test', 'copy'])).toMatchObject({ code: 0 });
  expect(await setup.destinationNames()).toEqual(['a', 'copy', 'New name', 'c']);
  expect(await setup.defaultDestinationName()).toBe('c');
});

test('a destination is removed after a confirmation, and its links stay in the history', async () => {
  await setup.add('Work');
  await setup.hoist(['upload', setup.shell.file('a.txt')]);
  expect(await setup.hoist(['setup', 'remove', 'Work'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/1 link stays.*\nAdd --yes/) as unknown,
  });
  expect(await setup.hoist(['setup', 'remove', 'Work'], { answers: ['n'] })).toMatchObject({ code: 2, out: '' });
  expect(await setup.destinationNames()).toEqual(['Work']);
  expect(await setup.hoist(['setup', 'remove', 'Work'], { answers: ['yes'] })).toMatchObject({
    code: 0,
    out: 'Work\n',
  });
  expect(await setup.destinationNames()).toEqual(['Practice']);
  expect(outputLines((await setup.hoist(['history'])).out)).toHaveLength(1);
});

test('an edit that leaves out a required setting says how to give it to this command', async () => {
  await setup.add('Work', ['--no-test']);
  const ran = await setup.hoist(['setup', 'edit', 'Work', '--no-test', '--set', 'bucket=']);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain('Add --set bucket=…');
});
