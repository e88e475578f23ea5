/** Leading a person through a sign-in, and what can be chosen once they are signed in. */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import { openWay, type Way } from '../network.ts';
import type { DriverPorts, ProviderModule, Question } from '../provider.ts';
import { awsSections } from './aws-files.ts';
import { ssoStartIn, type SsoStart } from './settings.ts';
import { startOf } from './sign-in/profile-session.ts';
import { signInAt } from './sign-in/sso-sign-in.ts';
import { ownPlace, sharedPlace, textOfTokens } from './sign-in/sso-tokens.ts';
import { accountsAt, rolesAt, ssoPlace, type Portal } from './sign-in/sso.ts';

/** `awsSignIn` puts what came of it where the AWS tools keep theirs; `ssoSignIn` gives it back, to be kept by whoever asked. */
export const signIn: NonNullable<ProviderModule['signIn']> = async ({ field, values, computer, signal }, ports) =>
  withWay(ports, async (way) => {
    const by = values.ssoFlow === 'code' ? 'code' : 'browser';
    if (field !== 'awsSignIn') {
      const start = startIn(values);
      return {
        value: textOfTokens(
          await signInAt({ ...start, place: ssoPlace(start.region, computer.env), by }, { way, signal, ports }),
        ),
      };
    }
    const profile = (values.awsProfile ?? '').trim();
    const sections = awsSections(computer);
    const chosen = sections.profile(profile);
    if (!chosen) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile } });
    const session = startOf(chosen, { around: { computer, way, ports, region: '', signal }, sections, outer: profile });
    if (!session) throw failure('invalid-input', { field: 'awsProfile', params: { why: 'noSession', profile } });
    const tokens = await signInAt(
      { startUrl: session.startUrl, region: session.region, place: session.place, by },
      { way, signal, ports },
    );
    await sharedPlace(computer, session.name).write(tokens);
    // The tokens are with the AWS tools; what is kept here says only that.
    return { value: `~/.aws/sso ${session.name}` };
  });

/** @throws AppFailure invalid-input at `ssoSignIn` while nobody has signed in */
export const ssoChoices = (
  field: 'ssoAccount' | 'ssoRole',
  values: Question['values'],
  { computer, signal }: Pick<Question, 'computer' | 'signal'>,
  ports: DriverPorts,
): Promise<string[]> =>
  withWay(ports, async (way) => {
    const { region } = startIn(values);
    if (!values.ssoSignIn) throw failure('invalid-input', { field: 'ssoSignIn', params: { why: 'signIn' } });
    const needed = (cause?: unknown): AppFailure =>
      failure('session-expired', { field: 'ssoSignIn', params: { why: 'sso' } }, cause);
    const portal: Portal = {
      tokens: ownPlace(values.ssoSignIn, 'ssoSignIn', ports),
      use: { way, signal, now: () => ports.now(), place: ssoPlace(region, computer.env), needed },
    };
    if (field === 'ssoAccount') return accountsAt(portal);
    const account = /^\d{12}/.exec((values.ssoAccount ?? '').replaceAll('-', '').trim())?.[0];
    if (account === undefined) throw failure('invalid-input', { field: 'ssoAccount', params: { why: 'account' } });
    return rolesAt(portal, account);
  });

function startIn(values: Question['values']): SsoStart {
  const start = ssoStartIn(values);
  if ('field' in start) throw failure('invalid-input', { field: start.field, params: { why: start.why } });
  return start;
}

async function withWay<T>(ports: DriverPorts, act: (way: Way) => Promise<T>): Promise<T> {
  const own = ports.way ? undefined : openWay({ proxy: { kind: 'none' }, certificates: [] });
  try {
    return await act(ports.way ?? own!);
  } finally {
    own?.close();
  }
}
