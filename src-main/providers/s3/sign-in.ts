/** Runs a sign-in with the user, and suggests accounts and roles after the sign-in. */
import { failure, type AppFailure } from '../../../src-shared/errors.ts';
import { createTransport, type Transport } from '../network/transport.ts';
import type { DriverPorts, ProviderModule, FieldContext } from '../contract/provider.ts';
import { readAwsConfig } from './aws-config.ts';
import { readSsoStart, type SsoStart } from './sign-in-settings.ts';
import { ssoSessionOfProfile } from './sign-in/profile-sso.ts';
import { signInWithSso } from './sign-in/sso-sign-in.ts';
import { hoistTokenStore, awsCacheTokenStore, serializeSsoTokens } from './sign-in/sso-tokens.ts';
import { listAccounts, listRoles, type SsoPortal } from './sign-in/sso-portal.ts';
import { ssoEndpoints } from './sign-in/sso-service.ts';

/**
 * `awsSignIn` writes the tokens to the cache of the AWS tools. `ssoSignIn` returns them, and the caller stores them.
 */
export const s3SignIn: NonNullable<ProviderModule['signIn']> = async ({ field, values, computer, signal }, ports) =>
  withTransport(ports, async (transport) => {
    const flow = values.ssoFlow === 'code' ? 'code' : 'browser';
    if (field !== 'awsSignIn') {
      const start = requireSsoStart(values);
      const endpoints = ssoEndpoints(start.region, computer.env);
      const tokens = await signInWithSso({ ...start, endpoints, flow }, { transport, signal, ports });
      return { value: serializeSsoTokens(tokens) };
    }
    const profile = (values.awsProfile ?? '').trim();
    const sections = readAwsConfig(computer);
    const chosen = sections.profile(profile);
    if (!chosen) throw failure('secret-missing', { field: 'awsProfile', params: { why: 'noProfile', profile } });
    const session = ssoSessionOfProfile(chosen, {
      context: { computer, transport, ports, region: '', signal },
      sections,
      rootProfile: profile,
    });
    if (!session) throw failure('invalid-input', { field: 'awsProfile', params: { why: 'noSession', profile } });
    const tokens = await signInWithSso(
      { startUrl: session.startUrl, region: session.region, endpoints: session.endpoints, flow },
      { transport, signal, ports },
    );
    await awsCacheTokenStore(computer, session.name).write(tokens);
    // The tokens are in the cache of the AWS tools; this value only records the sign-in.
    return { value: `~/.aws/sso ${session.name}` };
  });

/** @throws AppFailure invalid-input at `ssoSignIn` until the user has signed in */
export const suggestSsoValues = (
  field: 'ssoAccount' | 'ssoRole',
  values: FieldContext['values'],
  { computer, signal }: Pick<FieldContext, 'computer' | 'signal'>,
  ports: DriverPorts,
): Promise<string[]> =>
  withTransport(ports, async (transport) => {
    const { region } = requireSsoStart(values);
    if (!values.ssoSignIn) throw failure('invalid-input', { field: 'ssoSignIn', params: { why: 'signIn' } });
    const signInNeeded = (cause?: unknown): AppFailure =>
      failure('session-expired', { field: 'ssoSignIn', params: { why: 'sso' } }, cause);
    const portal: SsoPortal = {
      tokens: hoistTokenStore(values.ssoSignIn, 'ssoSignIn', ports),
      context: {
        transport,
        signal,
        now: () => ports.now(),
        endpoints: ssoEndpoints(region, computer.env),
        signInNeeded,
      },
    };
    if (field === 'ssoAccount') return listAccounts(portal);
    const account = /^\d{12}/.exec((values.ssoAccount ?? '').replaceAll('-', '').trim())?.[0];
    if (account === undefined) throw failure('invalid-input', { field: 'ssoAccount', params: { why: 'account' } });
    return listRoles(portal, account);
  });

function requireSsoStart(values: FieldContext['values']): SsoStart {
  const start = readSsoStart(values);
  if ('field' in start) throw failure('invalid-input', { field: start.field, params: { why: start.why } });
  return start;
}

async function withTransport<T>(ports: DriverPorts, act: (transport: Transport) => Promise<T>): Promise<T> {
  const ownTransport = ports.transport ? undefined : createTransport({ proxy: { kind: 'none' }, certificates: [] });
  try {
    return await act(ports.transport ?? ownTransport!);
  } finally {
    ownTransport?.close();
  }
}
