/**
 * The sentences of errors on the command line. Only for errors whose general sentence names a label, a button or
 * another place of the window. Each key is the key of that sentence with `cli.` in front.
 */
export const shellErrorTexts = {
  'cli.error.invalid-input.remedy': 'Correct this setting, then try again.',
  'cli.error.invalid-input.login.what':
    'The address of a proxy can’t contain its user name and password; set them separately.',
  'cli.error.invalid-input.publicAddress.what':
    'This address opens files, but doesn’t name the bucket; use the S3 endpoint, and this as the public address.',

  'cli.error.unreachable.vhost.remedy': 'Turn on path-style addresses; if that doesn’t help, check the endpoint.',
  'cli.error.unreachable.proxy.remedy': 'Check the address of the proxy, or choose another proxy setting.',
  'cli.error.unreachable.notProxy.remedy':
    'Check the address and the port of the proxy, or choose another proxy setting.',
  'cli.error.unreachable.pac.remedy': 'Check its address.',
  'cli.error.unreachable.askProxy.remedy': 'Enter the address of the proxy.',
  'cli.error.tls-untrusted.self-signed.remedy':
    'If it’s your server, add its certificate; otherwise check the address.',
  'cli.error.tls-untrusted.issuer.remedy': 'Add your organization’s CA certificate, or check the address.',
  'cli.error.tls-untrusted.vhost.remedy': 'Turn on path-style addresses, or use a bucket without dots in its name.',

  'cli.error.unauthorized.proxy.remedy': 'Check the user name and the password, then try again.',
  'cli.error.unauthorized.proxyLogin.remedy': 'Set both, then try again.',
  'cli.error.secret-missing.recipients.remedy': 'Enter the keys again, or add --keep-secrets.',
  'cli.error.secret-missing.mfa.remedy': 'Run the command at a terminal, and enter the code.',
  'cli.error.secret-missing.program.remedy': 'Answer the question at a terminal, or add --allow-program.',
  'cli.error.secret-missing.variables.remedy': 'Set them, then try again.',
  'cli.error.session-expired.sso.remedy': 'Sign in again, then try again.',
  'cli.error.forbidden.ssoAccount.remedy': 'Use an account that you have access to.',
  'cli.error.forbidden.ssoRole.remedy': 'Use a role that you have, or ask your AWS administrator.',

  'cli.error.name-taken.remedy':
    'Add --if-exists replace to replace it, or --name to upload this file under a new name.',
  'cli.error.quota-exceeded.practice.remedy': 'Empty Practice in the window of Hoist, or use another destination.',
  'cli.error.too-large.space.remedy': 'Empty Practice in the window of Hoist, or use another destination.',

  'cli.error.rejected.remedy': 'Check the settings of this destination.',
  'cli.error.rejected.proxy.remedy': 'Ask the administrator of the proxy, or choose another proxy setting.',
  'cli.error.rejected.vhost.remedy': 'Turn off path-style addresses.',
  'cli.error.rejected.altered.remedy': 'Choose another proxy setting, or ask the administrator of the proxy.',
  'cli.error.rejected.cacheControl.remedy': 'Change or remove the Cache-Control header, then try again.',
  'cli.error.bug.remedy': 'Try again; if it happens again, report it with the code in parentheses.',

  'cli.dropbox.error.tls-untrusted.issuer.remedy':
    'If your organization inspects encrypted traffic, add its certificate; otherwise use another network.',
  'cli.dropbox.error.unauthorized.proxy.remedy': 'Check the user name and the password, then try again.',
  'cli.dropbox.error.name-taken.remedy':
    'Add --if-exists replace to replace it, or --name to upload this file under a new name.',
  'cli.dropbox.error.rejected.remedy': 'Check the settings of this destination.',
} as const;
