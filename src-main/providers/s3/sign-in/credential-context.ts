/** The dependencies of the credential sources. */
import type { Transport } from '../../network/transport.ts';
import type { Computer } from '../../../platform/computer.ts';
import type { DriverPorts } from '../../contract/provider.ts';

export interface CredentialContext {
  computer: Computer;
  /** For all requests to Amazon's services. Requests to this machine's own services do not use it. */
  transport: Transport;
  ports: DriverPorts;
  /** The bucket's region; roles are requested there when the profile names no region. */
  region: string;
  /** Aborts when the destination is closed. */
  signal: AbortSignal;
}
