import { ChevronRight, SquareTerminal, X } from 'lucide-react';
import { useState } from 'react';
import {
  Autocomplete,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  SearchField,
  useFilter,
} from 'react-aria-components';
import { text } from '../../../../src-shared/text/text.ts';
import { Button } from '../../../ui/Button.tsx';
import { classNames } from '../../../ui/class-names.ts';
import { IconButton } from '../../../ui/IconButton.tsx';
import { discoveredSource } from '../discovered-text.ts';
import styles from './ChooseStep.module.css';
import { StepPage } from './StepPage.tsx';
import type { SetupTarget } from './setup-targets.ts';
import type { Wizard } from './use-wizard.ts';

/** Asks where files should go: discovered credentials by name and source, and every service. */
export function ChooseStep({ wizard }: { wizard: Wizard }) {
  const { targets, savedSetup, choose } = wizard;
  const { contains } = useFilter({ sensitivity: 'base' });
  const [search, setSearch] = useState('');
  const allTargets = [...targets.discovered, ...targets.services];
  const chooseById = (id: string | number): void => {
    const target = allTargets.find((candidate) => candidate.id === id);
    if (target) choose(target);
  };
  return (
    <StepPage
      title={text('ui.wizard.choose.title')}
      hint={text('ui.wizard.choose.hint', { other: otherService(targets.services)?.name ?? '' })}
    >
      {savedSetup && <SavedSetupCard wizard={wizard} target={savedSetup.target} />}
      <Autocomplete filter={contains} inputValue={search} onInputChange={setSearch} disableAutoFocusFirst={false}>
        <SearchField aria-label={text('ui.wizard.choose.search')} className={styles.search ?? ''} autoFocus>
          <Input className={styles.input ?? ''} placeholder={text('ui.wizard.choose.search')} />
        </SearchField>
        <ListBox
          aria-label={text('ui.wizard.choose.list')}
          className={styles.list ?? ''}
          onAction={chooseById}
          renderEmptyState={() => (
            <NothingFound search={search} other={otherService(targets.services)} choose={choose} />
          )}
        >
          {targets.discovered.length > 0 && (
            <ListBoxSection className={styles.discovered}>
              <Header className={styles.header}>{text('ui.wizard.choose.discovered')}</Header>
              {targets.discovered.map((target) => (
                <DiscoveredItem key={target.id} target={target} />
              ))}
            </ListBoxSection>
          )}
          <ListBoxSection className={styles.services}>
            <Header className={styles.header}>{text('ui.wizard.choose.services')}</Header>
            {targets.services.map((target) => (
              <ListBoxItem key={target.id} id={target.id} textValue={target.name} className={styles.service ?? ''}>
                <span className={styles.name}>{target.name}</span>
              </ListBoxItem>
            ))}
          </ListBoxSection>
        </ListBox>
      </Autocomplete>
    </StepPage>
  );
}

/** The choice for a server that is not in the list: the last service that has a preset. */
const otherService = (services: readonly SetupTarget[]): SetupTarget | undefined =>
  services.findLast(({ preset }) => preset !== undefined);

function NothingFound({
  search,
  other,
  choose,
}: {
  search: string;
  other: SetupTarget | undefined;
  choose: Wizard['choose'];
}) {
  if (!other) return <p className={styles.nothing}>{text('ui.wizard.choose.nothing-plain', { text: search })}</p>;
  return (
    <div className={styles.nothing}>
      <p>{text('ui.wizard.choose.nothing', { text: search })}</p>
      <Button tone="primary" onPress={() => choose(other)}>
        {text('ui.wizard.choose.other', { other: other.name })}
      </Button>
    </div>
  );
}

function DiscoveredItem({ target }: { target: SetupTarget }) {
  const source = target.discovered ? discoveredSource(target.discovered) : '';
  return (
    <ListBoxItem id={target.id} textValue={target.name} className={classNames(styles.service, styles.card)}>
      <SquareTerminal size={16} strokeWidth={1.75} className={styles.icon} aria-hidden />
      <span className={styles.name}>{target.name}</span>
      <span className={styles.source}>{source}</span>
      <ChevronRight size={16} className={styles.chevron} aria-hidden />
    </ListBoxItem>
  );
}

/** Offers to continue a setup that the user closed before it was finished. */
function SavedSetupCard({ wizard, target }: { wizard: Wizard; target: SetupTarget }) {
  return (
    <div className={styles.savedSetup}>
      <div className={styles.words}>
        <div className={styles.name}>{text('ui.wizard.saved', { service: target.name })}</div>
        <div className={styles.source}>{text('ui.wizard.saved-hint')}</div>
      </div>
      <Button onPress={wizard.resume}>{text('ui.wizard.saved-continue')}</Button>
      <IconButton icon={X} label={text('ui.wizard.saved-discard')} onPress={wizard.discardSaved} />
    </div>
  );
}
