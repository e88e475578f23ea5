import { actOnRandomUpload, dropFiles, performUserAction, uploadActions } from './user-actions.ts';
import type { SimulatedProcess } from './process.ts';
import type { SimulatedProcesses } from './processes.ts';
import type { SimulationHarness } from './simulation-harness.ts';

const minute = 60_000;

const processEvents = ['kill', 'kill soon', 'start', 'quit', 'freeze', 'thaw'] as const;
type ProcessEvent = (typeof processEvents)[number];

/** A name that appears more often is chosen more often. */
const eventNames = [
  'drop file',
  'drop file',
  'drop file',
  'drop files',
  'drop files',
  ...uploadActions,
  'pause',
  'resume',
  'cancel',
  'retry',
  'retry',
  '12 actions at once',
  'remove leftovers',
  'refuse requests',
  'fix profile',
  'fix profile',
  'change faults',
  'switch network',
  'switch network',
  'sleep',
  'expire sessions',
  'edit file',
  'edit file',
  'kill',
  'kill soon',
  'kill soon',
  'start',
  'start',
  'quit',
  'freeze',
  'thaw',
  'switch disk full',
  'adopt orphans',
] as const;
type OtherEvent = Exclude<(typeof eventNames)[number], ProcessEvent>;

/** Makes one random event happen: an action of the user, or a change of the computer, the network or a store. */
export async function performRandomEvent(harness: SimulationHarness, processes: SimulatedProcesses): Promise<void> {
  // Undefined when no process is running.
  const process: SimulatedProcess | undefined = harness.random.pick(processes.running());
  const name = harness.random.pick(eventNames);
  harness.log.write(`${name} @${process?.number ?? '-'}`);
  harness.log.count(name);
  await (isProcessEvent(name)
    ? performProcessEvent(harness, processes, name, process)
    : performOtherEvent(harness, processes, name, process));
}

const isProcessEvent = (name: string): name is ProcessEvent => (processEvents as readonly string[]).includes(name);

async function performOtherEvent(
  harness: SimulationHarness,
  processes: SimulatedProcesses,
  name: OtherEvent,
  process: SimulatedProcess | undefined,
): Promise<void> {
  const { random, stores } = harness;
  switch (name) {
    case 'drop file':
    case 'drop files':
      if (process)
        performUserAction(harness, () =>
          dropFiles(harness, process, name === 'drop file' ? 1 : 2 + random.integerBelow(6)),
        );
      return;
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'remove':
    case 'retry':
    case 'unpublish':
    case 'send anyway':
    case 'resolve name conflict':
    case '12 actions at once':
      if (process) actOnRandomUpload(harness, process, name);
      return;
    case 'remove leftovers':
      if (process) performUserAction(harness, () => process.engine.removeLeftovers());
      return;
    case 'adopt orphans':
      if (process) performUserAction(harness, () => process.engine.adoptOrphans());
      return;
    case 'fix profile': {
      const store = random.pick(stores);
      store.rejectsWith = undefined;
      if (process) performUserAction(harness, () => process.engine.onProfileChanged(store.profileId));
      return;
    }
    case 'refuse requests':
      random.pick(stores).rejectsWith = random.pick([
        'unauthorized',
        'forbidden',
        'no-bucket',
        'session-expired',
        'quota-exceeded',
      ]);
      return;
    case 'change faults':
      harness.changeFaultRates();
      return;
    case 'expire sessions':
      random.pick(stores).expireSessions();
      return;
    case 'switch network':
      switchNetwork(harness, processes);
      return;
    case 'sleep':
      harness.time.sleep(random.pick([20_000, 8 * 60 * minute, 8 * 24 * 60 * minute]));
      return;
    case 'edit file':
      harness.files.editRandomFile();
      return;
    case 'switch disk full':
      harness.isDiskFull = !harness.isDiskFull;
      harness.wasDiskFull = true;
      return;
  }
}

function switchNetwork(harness: SimulationHarness, processes: SimulatedProcesses): void {
  harness.isOnline = !harness.isOnline;
  // Sometimes the system does not report that the network is back.
  if (harness.isOnline && harness.random.happens(0.7))
    for (const process of processes.all) process.run(() => process.onOnline());
}

async function performProcessEvent(
  { random }: SimulationHarness,
  processes: SimulatedProcesses,
  name: ProcessEvent,
  process: SimulatedProcess | undefined,
): Promise<void> {
  switch (name) {
    case 'kill':
      if (process) processes.kill(process);
      processes.start();
      return;
    case 'kill soon':
      if (process) process.portCallsLeft = 1 + random.integerBelow(40);
      return;
    case 'start':
      if (processes.all.filter((candidate) => !candidate.isDead()).length < 2) processes.start();
      return;
    case 'quit':
      if (process) await processes.quit(process);
      if (processes.running().length === 0) processes.start();
      return;
    case 'freeze':
      if (!process) return;
      processes.freeze(process);
      if (random.happens(0.7)) processes.start();
      return;
    case 'thaw': {
      const frozen = processes.all.find(({ state }) => state === 'frozen');
      if (frozen) processes.thaw(frozen);
      return;
    }
  }
}
