/** What asking others for keys takes. */
import type { Way } from '../../network.ts';
import type { Computer, DriverPorts } from '../../provider.ts';

export interface Around {
  computer: Computer;
  /** Everything that is asked of Amazon's services goes through it; what is asked of this very machine does not. */
  way: Way;
  ports: DriverPorts;
  /** Of the bucket: where a role is asked for when its profile says nothing. */
  region: string;
  /** The destination is closed: what is under way ends. */
  signal: AbortSignal;
}
