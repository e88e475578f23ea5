/** What a provider's test passes to the conformance suite. */
import type { ErrorCode } from '../../../../src-shared/errors.ts';
import type { FieldValues } from '../../../../src-shared/profile.ts';
import type { Verification } from '../../../../src-shared/upload.ts';
import type { Provider } from '../../contract/provider.ts';
import type { FaultProxy } from '../fault-proxy.ts';

export interface ConformanceSubject {
  provider: Provider;
  /** Valid settings and secrets. Their address is the fault proxy's address, if there is a proxy. */
  values: FieldValues;
  /** Settings that the schema accepts and the service refuses. */
  rejectedSettings: RejectedSettings[];
  /** The proxy in front of the service. A service without a proxy can only be tested at depth `live`. */
  proxy?: FaultProxy;
  /** The address of the proxy in the values, if the values use another host name than the proxy's own. */
  url?: string;
  /** The size of the largest file that is sent in one request, in bytes. Larger files are sent in parts. */
  oneRequestBytes: number;
  partBytes: number;
  /** The number of parts that are sent at once. After a crash, at most this many parts are sent a second time. */
  partsAtOnce: number;
  /** Returns the provider for another address. Without this function, the address must be in `values`. */
  atUrl?(url: string): Pick<ConformanceSubject, 'provider' | 'values'>;
  /** Which clients can open the links; the default is `this-computer`. */
  reach?: Verification;
  /**
   * Counts the objects and unfinished uploads in the tests' folder. Absent when the service cannot list them; the suite
   * then counts the objects that it stored.
   */
  leftovers?(): Promise<RemainingCounts>;
  /** Stops the service. Also empties the folder if the folder outlives the tests. */
  stop(): Promise<void>;
}

export interface RemainingCounts {
  objects: number;
  uploads: number;
}

interface RejectedSettings {
  /** Appears in the message of a failed test. */
  what: string;
  values: FieldValues;
  /** The expected error. */
  code: ErrorCode;
  field?: string;
}

/**
 * - `whole`: every test
 * - `basic`: every test except the crash tests and the long list of file names, for a service that another run tests
 *   completely
 * - `brief`: like `basic`, but also without the fault tests
 * - `live`: every test that needs no fault, for a service without a proxy
 */
export type Depth = 'whole' | 'basic' | 'brief' | 'live';
