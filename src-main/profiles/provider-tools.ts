/** Calls the providers' code with the ports of this process. */
import type { ProfileId } from '../../src-shared/upload.ts';
import { testDestination } from '../providers/destination/test-destination.ts';
import { connectDestination, validateValues } from '../providers/destination/connect.ts';
import type { DriverPorts } from '../providers/contract/provider.ts';
import { fieldProblems } from '../providers/destination/field-problems.ts';
import { signInToProvider } from '../providers/destination/sign-in.ts';
import { suggestValues } from '../providers/destination/suggest.ts';
import type { ProviderTools } from './compose-profiles.ts';
import type { CodePromptTracker } from './code-prompt-tracker.ts';
import type { ProgramPermissions } from './program-permissions.ts';

export type SharedDriverPorts = Pick<DriverPorts, 'now' | 'randomBytes' | 'network'>;

/** @param sharingProcesses the number of Hoist processes that upload to this destination now, this one included */
export function providerTools(
  driverPorts: SharedDriverPorts,
  { codePrompts, programs }: { codePrompts: CodePromptTracker; programs: ProgramPermissions },
  sharingProcesses: (id: ProfileId) => number,
): ProviderTools {
  return {
    check: validateValues,
    problems: fieldProblems,
    test: (provider, values, { onProgress, saveRenewed }) =>
      testDestination(
        provider,
        values,
        {
          ...driverPorts,
          ...codePrompts.port(provider.name),
          ...programs.portForAction(provider.name),
          saveRenewed,
        },
        { onResults: onProgress },
      ),
    suggest: (provider, question, { saveRenewed }) =>
      suggestValues(provider, question, {
        ...driverPorts,
        ...codePrompts.port(provider.name),
        // A form loads suggestions by itself.
        ...programs.portWithoutQuestion(),
        saveRenewed,
      }),
    signIn: (provider, question, callbacks) => signInToProvider(provider, question, driverPorts, callbacks),
    connect: (provider, values, { id, name, saveRenewed }) =>
      connectDestination(
        provider,
        values,
        {
          ...driverPorts,
          ...codePrompts.port(name, id),
          ...programs.portOf(id, name),
          saveRenewed,
          sharingProcesses: () => sharingProcesses(id),
        },
        { destination: name },
      ),
  };
}
