import { HardDriveUpload, Monitor, SquareTerminal, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { currentProfile, usesPractice } from '../../stores/profiles.ts';
import { joinFacts } from '../../format/join.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { chooseAndSend } from '../drop/send-files.ts';
import { adoptDiscovered } from './choose-destination.ts';
import styles from './FirstRun.module.css';
import { nextStepHint, discoveredTitle, discoveredSource } from './discovered-text.ts';
import { SetUpButton } from './SetUpButton.tsx';
import { listSetupTargets } from './wizard/setup-targets.ts';

/**
 * First start: the user decides where files go and who can open the links. Discovered credentials are not used without
 * confirmation.
 */
export function FirstRun() {
  const hoist = useHoist();
  const isPractising = useProfiles(usesPractice);
  const destination = useProfiles((state) => currentProfile(state)?.name);
  return (
    <div className={styles.prompt}>
      <h2 className={styles.title}>{text('ui.first.title')}</h2>
      <p className={styles.hint}>{text('ui.first.hint')}</p>
      <ul className={styles.cards}>
        <DiscoveredCards />
        <Card icon={HardDriveUpload} title={text('ui.first.own')} detail={useOwnHint()} isFirst>
          <SetUpButton tone="primary" />
        </Card>
        {isPractising && (
          <Card icon={Monitor} title={text('ui.first.try')} detail={text('ui.first.try-hint')}>
            <Button
              label={`${text('ui.first.try-button')}: ${text('ui.first.try')}`}
              onPress={() => hoist.screen.setState({ isPractising: true })}
            >
              {text('ui.first.try-button')}
            </Button>
          </Card>
        )}
      </ul>
      {destination !== undefined && (
        <div className={styles.drop}>
          <p className={styles.hint}>{text('ui.first.drop', { destination })}</p>
          <Button
            tone="quiet"
            onPress={() => {
              void chooseAndSend(hoist);
            }}
          >
            {text('ui.empty.choose')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Some well-known service names, and the number of others. */
function useOwnHint(): string {
  const providers = useProfiles((state) => state.providers);
  const [first, second, third, ...more] = listSetupTargets(providers, []).services.map(({ name }) => name);
  if (first === undefined || second === undefined || third === undefined || more.length === 0)
    return text('ui.first.own-hint-few');
  return text('ui.first.own-hint', { first, second, third, count: more.length });
}

/** More discovered credentials would push the other choices out of view. The wizard shows all of them. */
const maxDiscovered = 3;

function DiscoveredCards() {
  const hoist = useHoist();
  const discovered = useProfiles((state) => state.discovered);
  const visible = discovered.slice(0, maxDiscovered);
  const cards = visible.map((credentials) => (
    <Card
      key={credentials.id}
      icon={SquareTerminal}
      title={discoveredTitle(credentials)}
      detail={joinFacts(
        [discoveredSource(credentials), nextStepHint(credentials)].filter((words) => words !== undefined),
      )}
    >
      <Button
        label={text('ui.discovered.use-label', { credentials: discoveredTitle(credentials) })}
        onPress={() => {
          void adoptDiscovered(hoist, credentials);
        }}
      >
        {text('ui.discovered.use')}
      </Button>
    </Card>
  ));
  if (visible.length === discovered.length) return cards;
  return [
    ...cards,
    <li key="more" className={styles.more}>
      <Button tone="quiet" onPress={() => hoist.screen.setState({ setup: { kind: 'add' } })}>
        {text('ui.discovered.more', { count: discovered.length - visible.length })}
      </Button>
    </li>,
  ];
}

function Card({
  icon: Icon,
  title,
  detail,
  isFirst,
  children,
}: {
  icon: LucideIcon;
  title: string;
  detail: string;
  isFirst?: boolean;
  children: ReactNode;
}) {
  return (
    <li className={styles.card}>
      <Icon size={18} strokeWidth={1.75} className={isFirst ? styles.accent : styles.mark} aria-hidden />
      <div className={styles.what}>
        <h3 className={styles.name} title={title}>
          {title}
        </h3>
        <p className={styles.detail}>{detail}</p>
      </div>
      <div className={styles.button}>{children}</div>
    </li>
  );
}
