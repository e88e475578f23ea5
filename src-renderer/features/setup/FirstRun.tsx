import { HardDriveUpload, Monitor, SquareTerminal, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { text } from '../../../src-shared/text/text.ts';
import { currentProfile, usesPractice } from '../../stores/profiles.ts';
import { joinFacts } from '../../format/join.ts';
import { Button } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { chooseFiles } from '../drop/send.ts';
import { adoptFound } from './choose-destination.ts';
import styles from './FirstRun.module.css';
import { foundNext, foundPlace, foundSource } from './found-text.ts';
import { SetUpButton } from './SetUpButton.tsx';
import { offersOf } from './wizard/places.ts';

/** Nothing is set up yet: where files go and who may open the links is the person's to say. Nothing found here is used unasked. */
export function FirstRun() {
  const hoist = useHoist();
  const isPractising = useProfiles(usesPractice);
  const destination = useProfiles((state) => currentProfile(state)?.name);
  return (
    <div className={styles.ask}>
      <h2 className={styles.title}>{text('ui.first.title')}</h2>
      <p className={styles.hint}>{text('ui.first.hint')}</p>
      <ul className={styles.cards}>
        <FoundCards />
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
              void chooseFiles(hoist);
            }}
          >
            {text('ui.empty.choose')}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Some names that people know, and how many more there are. */
function useOwnHint(): string {
  const providers = useProfiles((state) => state.providers);
  const [first, second, third, ...more] = offersOf(providers, []).services.map(({ name }) => name);
  if (first === undefined || second === undefined || third === undefined || more.length === 0)
    return text('ui.first.own-hint-few');
  return text('ui.first.own-hint', { first, second, third, count: more.length });
}

/** More would push everything else out of sight; the wizard has them all. */
const mostFound = 3;

function FoundCards() {
  const hoist = useHoist();
  const offers = useProfiles((state) => state.found);
  const shown = offers.slice(0, mostFound);
  const cards = shown.map((found) => (
    <Card
      key={found.id}
      icon={SquareTerminal}
      title={foundPlace(found)}
      detail={joinFacts([foundSource(found), foundNext(found)].filter((words) => words !== undefined))}
    >
      <Button
        label={text('ui.found.use-label', { place: foundPlace(found) })}
        onPress={() => {
          void adoptFound(hoist, found);
        }}
      >
        {text('ui.found.use')}
      </Button>
    </Card>
  ));
  if (shown.length === offers.length) return cards;
  return [
    ...cards,
    <li key="more" className={styles.more}>
      <Button tone="quiet" onPress={() => hoist.screen.setState({ setup: { kind: 'add' } })}>
        {text('ui.found.more', { count: offers.length - shown.length })}
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
