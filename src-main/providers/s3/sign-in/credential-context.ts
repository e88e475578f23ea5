/** The dependencies of the credential sources. */
import type { Transport } from '../../network/transport.ts';
import type { Computer } from '../../../platform/computer.ts';
import type { DriverPorts } from '../../contract/provider.ts';

export interface CredentialContext {
  computer: Computer;
  /** For requests to Amazon's services. Requests to the services of this machine do not use it. */
  transport: Transport;
  ports: DriverPorts;
  /** The bucket's region. Roles are requested in this region if the profile names none. */
  region: string;
  /** Session tokens that the store refused. They are not read from the cache on disk again. */
  rejectedTokens?: ReadonlySet<string>;
  /** Aborts when the destination is closed. */
  signal: AbortSignal;
}
