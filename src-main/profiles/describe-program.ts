/** The words of the question whether a program may start. */
import { shownCommand } from '../platform/shown-command.ts';
import { text } from '../../src-shared/text/text.ts';

export const describeProgram = (commandLine: string): string =>
  shownCommand(commandLine, (count) => text('program.omitted', { count }));
