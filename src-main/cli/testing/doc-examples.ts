/** Reads the examples of a documentation page. */

export interface DocExample {
  command: string;
  output: string;
}

/** The commands after `$` in the console blocks, each with the output below it. */
export const docExamples = (text: string): DocExample[] =>
  [...text.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((example) => ({
        command: example.slice(0, example.indexOf('\n')),
        output: example.slice(example.indexOf('\n') + 1),
      })),
  );

/** Splits a command at spaces outside single quotes, and takes the file after `<` as the input. */
export function parseCommandLine(command: string): { args: string[]; inputFile?: string } {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const redirect = words.indexOf('<');
  if (words[0] !== 'hoist') throw new Error(`not a command of Hoist: ${command}`);
  return redirect === -1
    ? { args: words.slice(1) }
    : { args: words.slice(1, redirect), inputFile: words[redirect + 1]! };
}

/** Matches the output literally, except that `…` matches any text. */
export const outputPattern = (output: string): RegExp =>
  new RegExp(
    `^${output
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?')}$`,
  );
