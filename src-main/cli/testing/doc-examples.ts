/** The examples of a page of the documentation, as a reader would type them. */

export interface DocExample {
  command: string;
  output: string;
}

/** What follows `$` in the blocks of a terminal, and the lines below it. */
export const docExamples = (text: string): DocExample[] =>
  [...text.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((one) => ({ command: one.slice(0, one.indexOf('\n')), output: one.slice(one.indexOf('\n') + 1) })),
  );

/** Words as a shell has them, without anything that a shell would fill in. */
export function parseCommandLine(command: string): { args: string[]; from?: string } {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const at = words.indexOf('<');
  if (words[0] !== 'hoist') throw new Error(`not a command of Hoist: ${command}`);
  return at === -1 ? { args: words.slice(1) } : { args: words.slice(1, at), from: words[at + 1]! };
}

/** `…` stands for anything. */
export const outputPattern = (output: string): RegExp =>
  new RegExp(
    `^${output
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*?')}$`,
  );
