/**
 * Each error of the services and files that supply credentials, and what the user sees: the error code, the field, the
 * button and when Hoist retries. Cases with the same cause have the same number.
 */
import {
  errorCase,
  errorResponse,
  namedError,
  countFrom,
  profileValues,
  storeError,
  testErrorCases,
} from './testing/error-cases.ts';

testErrorCases(
  [
    errorCase(
      61,
      'missing credentials',
      namedError('CredentialsProviderError', 'Could not load credentials from any providers'),
      ['secret-missing', 'credentials', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      62,
      'a profile that does not exist',
      namedError(
        'CredentialsProviderError',
        'Could not resolve credentials using profile: [work] in configuration/credentials file(s).',
      ),
      ['secret-missing', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues, text: /“work”/ },
    ),
    errorCase(
      63,
      'a missing MFA code',
      namedError(
        'CredentialsProviderError',
        'Profile work requires multi-factor authentication, but no MFA code callback was provided.',
      ),
      ['secret-missing', 'awsProfile', 'retry', 'never'],
      { values: profileValues, text: /code/ },
    ),
    errorCase(
      63,
      'a wrong MFA code',
      errorResponse('AccessDenied', 403, 'MultiFactorAuthentication failed with invalid MFA one time pass code.'),
      ['unauthorized', 'awsProfile', 'retry', 'never'],
      { values: profileValues, text: /code/ },
    ),
    errorCase(
      64,
      'a missing sign-in at IAM Identity Center',
      namedError(
        'CredentialsProviderError',
        "The SSO session token associated with profile=work was not found or is invalid. To refresh this SSO session run 'aws sso login'",
      ),
      ['session-expired', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues, text: /Sign in again/ },
    ),
    errorCase(
      64,
      'an expired SSO token',
      namedError(
        'TokenProviderError',
        "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.",
      ),
      ['session-expired', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      65,
      ...storeError('UnauthorizedException', 401, 'Session token not found or invalid'),
      ['session-expired', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      65,
      ...storeError('ForbiddenException', 403, 'No access'),
      ['forbidden', 'awsProfile', 'fix-key', 'never'],
      {
        values: profileValues,
        text: /no longer have access/,
      },
    ),
    errorCase(65, ...storeError('ResourceNotFoundException', 404), ['forbidden', 'awsProfile', 'fix-key', 'never'], {
      values: profileValues,
    }),
    ...[
      'InvalidGrantException',
      'ExpiredTokenException',
      'InvalidClientException',
      'UnauthorizedClientException',
      'AuthorizationPendingException',
    ].map((name) =>
      errorCase(66, ...storeError(name, 400), ['session-expired', 'awsProfile', 'fix-key', 'never'], {
        values: profileValues,
      }),
    ),
    errorCase(66, ...storeError('SlowDownException', 400), ['rate-limited', undefined, 'retry', 'backoff'], {
      values: profileValues,
    }),
    errorCase(
      67,
      'AccessDenied on AssumeRole',
      errorResponse(
        'AccessDenied',
        403,
        'User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/r',
      ),
      ['forbidden', 'awsProfile', 'fix-key', 'never'],
      { values: profileValues, text: /trusts/ },
    ),
    ...['ValidationError', 'MalformedPolicyDocument', 'PackedPolicyTooLarge'].map((name) =>
      errorCase(67, ...storeError(name, 400), ['rejected', 'awsProfile', 'fix', 'never'], {
        values: profileValues,
        text: /duration/,
      }),
    ),
    errorCase(67, ...storeError('RegionDisabledException', 403), ['wrong-region', 'region', 'fix', 'never'], {
      values: profileValues,
    }),
    errorCase(67, ...storeError('IDPCommunicationError', 400), ['unavailable', undefined, 'retry', 'backoff'], {
      values: profileValues,
    }),
    errorCase(67, ...storeError('InvalidIdentityToken', 400), ['unauthorized', 'awsProfile', 'fix-key', 'never'], {
      values: profileValues,
    }),
    errorCase(67, ...storeError('InvalidClientTokenId', 403), ['unauthorized', 'awsProfile', 'fix-key', 'never'], {
      values: profileValues,
    }),
    ...[
      'Profile work credential_process returned invalid JSON.',
      'Profile work credential_process did not return Version 1.',
      'Profile work credential_process exited with 1',
    ].map((message) =>
      errorCase(
        68,
        message,
        namedError('CredentialsProviderError', message),
        ['secret-missing', 'awsProfile', 'fix-key', 'never'],
        {
          values: profileValues,
          text: /terminal/,
        },
      ),
    ),
    errorCase(
      69,
      'a computer that is not an EC2 instance',
      namedError('CredentialsProviderError', 'Unable to connect to instance metadata service'),
      ['secret-missing', 'credentials', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      69,
      'a timeout of the instance metadata service',
      namedError('TimeoutError', 'TimeoutError from instance metadata service'),
      ['secret-missing', 'credentials', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      69,
      'an instance that supports only version 1 of the metadata service',
      namedError('InstanceMetadataV1FallbackError', 'AWS EC2 Metadata v1 fallback has been blocked: instance metadata'),
      ['secret-missing', 'credentials', 'fix-key', 'never'],
      { values: profileValues },
    ),
    errorCase(
      70,
      'settings that conflict',
      namedError('EndpointError', 'S3 Accelerate cannot be used in this region'),
      ['invalid-input', 'endpoint', 'fix', 'never'],
    ),
    errorCase(71, 'a missing region', namedError('Error', 'Region is missing'), [
      'invalid-input',
      'region',
      'fix',
      'never',
    ]),
    errorCase(
      71,
      'an invalid region',
      namedError('Error', 'Region not accepted: region="a b" is not a valid hostname component.'),
      ['invalid-input', 'region', 'fix', 'never'],
    ),
  ],
  countFrom(61, 71),
);
