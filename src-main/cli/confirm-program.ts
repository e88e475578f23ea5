/** Asks at the terminal, or by an option, whether the program of an AWS profile may start. */
import { text } from '../../src-shared/text/text.ts';
import { describeProgram } from '../profiles/describe-program.ts';
import type { ConfirmProgram } from '../profiles/program-permissions.ts';
import type { OpenCoreOptions } from './cli-context.ts';
import { printable } from './format.ts';
import { isYes, type Prompt } from './prompt.ts';

export const confirmProgramAt =
  (prompt: Prompt): ConfirmProgram =>
  async ({ commandLine, profile, file, destination }) => {
    const question = text('cli.program.question', {
      profile: printable(profile),
      file: printable(file),
      destination: printable(destination),
      command: describeProgram(commandLine),
    });
    return isYes(await prompt.text(question));
  };

export interface ProgramOption {
  allowProgram?: boolean;
}

/** `--allow-program`: the user agrees before the command runs. */
export const allowProgram = ({ allowProgram: allow }: ProgramOption): OpenCoreOptions =>
  allow ? { confirmProgram: async () => true } : {};
