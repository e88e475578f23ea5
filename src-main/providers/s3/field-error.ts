/** Problems of single fields while the settings are parsed. */

export type FieldKey =
  | 'credentials'
  | 'awsProfile'
  | 'ssoStartUrl'
  | 'ssoRegion'
  | 'ssoSignIn'
  | 'ssoAccount'
  | 'ssoRole'
  | 'accessKeyId'
  | 'secretAccessKey'
  | 'sessionToken'
  | 'bucket'
  | 'region'
  | 'endpoint'
  | 'awsEndpoint'
  | 'linkKind'
  | 'linkDays'
  | 'publicBaseUrl'
  | 'prefix'
  | 'headers'
  | 'acl'
  | 'storageClass'
  | 'encryption'
  | 'kmsKey'
  | 'cacheControl';

/** A problem with one field. It never holds the value, because that may be a secret. */
export class FieldError extends Error {
  readonly field: FieldKey;
  readonly why: string;
  /** Names for the sentence, for example of headers. */
  readonly mentioned: string;
  constructor(field: FieldKey, reason: string, mentioned = '') {
    super(`unusable ${field}`);
    this.field = field;
    this.why = reason;
    this.mentioned = mentioned;
  }
}

export type ReportProblem = (problem: FieldError) => void;

/** Reports a problem instead of throwing it, so that the other fields are still checked. */
export function tryOrReport<T>(report: ReportProblem, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof FieldError)) throw cause;
    report(cause);
    return undefined;
  }
}
