/** Arguments that are not valid UTF-8. e2e/raw-names.spec.ts passes them to the real app. */
import { expect, test } from 'vitest';
import { bytesOf, exactArguments, textOf } from './exact-arguments.ts';

/** Arguments as Latin-1, one character per byte. `\u00ef\u00bf\u00bd` is a real replacement character in UTF-8. */
const rawArguments = ['caf\u00e9', '', 'caf\u00e8', 'plain', '\u00ef\u00bf\u00bd', 'gr\u00c3\u00bc \u00e2\u0082', ''];
const decoded = ['caf\ufffd', '', 'caf\ufffd', 'plain', '\ufffd', 'gr\u00fc \ufffd', ''];
const words = ['hoist', '--command-line', '--', ...rawArguments];

test.skipIf(process.platform !== 'linux').each([
  ['the command line', `${words.join('\0')}\0`],
  ['the title of the process', `${words.join(' ')}\0`],
])('each argument keeps its bytes and its position: %s', (_, commandLine) => {
  const args = exactArguments(decoded, () => commandLine);
  expect(args.map((argument) => bytesOf(argument).toString('latin1'))).toEqual(rawArguments);
  expect(args.map(textOf)).toEqual(decoded);
});

test.each([
  ['of another command', 'hoist\0--command-line\0--\0other\0'],
  ['that is shorter', 'hoist\0'],
  ['that is empty', ''],
  ['that is cut off', words.join('\0').slice(0, -4)],
  ['without the start of the arguments', decoded.join('\0')],
])('the arguments stay as they are with a command line %s', (_, other) => {
  expect(exactArguments(decoded, () => other)).toEqual(decoded);
  expect(decoded.map(textOf)).toEqual(decoded);
});
