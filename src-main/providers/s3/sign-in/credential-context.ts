/** What asking others for keys takes. */
import type { Transport } from '../../network/transport.ts';
import type { Computer, DriverPorts } from '../../contract/provider.ts';

export interface CredentialContext {
  computer: Computer;
  /** Everything that is asked of Amazon's services goes through it; what is asked of this very machine does not. */
  transport: Transport;
  ports: DriverPorts;
  /** Of the bucket: where a role is asked for when its profile says nothing. */
  region: string;
  /** The destination is closed: what is under way ends. */
  signal: AbortSignal;
}
