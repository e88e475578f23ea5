import { expect, test } from 'vitest';
import { shownCommand } from './shown-command.ts';

const shown = (commandLine: string): string => shownCommand(commandLine, (count) => `<${count}>`);

test('shows a usual command line unchanged', () => {
  const commandLine = `"/opt/our tools/get keys" --für 'a b' $HOME \\ ; | 漢字 🚀`;
  expect(shown(commandLine)).toBe(commandLine);
});

test('escapes characters that are invisible, that change the order of the text or that look like a space', () => {
  expect(shown('a\nb\tc\u0000d\u001B[2K\u202Ee\u200Bf\u00A0g\u3164h\uD800i\u2028')).toBe(
    String.raw`a\u{a}b\u{9}c\u{0}d\u{1b}[2K\u{202e}e\u{200b}f\u{a0}g\u{3164}h\u{d800}i\u{2028}`,
  );
});

test('cuts the middle of a very long command line, and says how much is missing', () => {
  expect(shown('x'.repeat(600))).toBe('x'.repeat(600));
  expect(shown(`start ${'\n'.repeat(5000)} end`)).toMatch(/^start (\\u\{a\}){294} <4410> (\\u\{a\}){296} end$/);
});
