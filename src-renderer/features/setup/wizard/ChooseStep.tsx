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
import { foundSource } from '../found-text.ts';
import styles from './ChooseStep.module.css';
import { StepPage } from './StepPage.tsx';
import type { Place } from './places.ts';
import type { Wizard } from './use-wizard.ts';

/** Where files go: what this computer already has, by name and source, and every service there is. */
export function ChooseStep({ wizard }: { wizard: Wizard }) {
  const { offers, begun, choose } = wizard;
  const { contains } = useFilter({ sensitivity: 'base' });
  const [search, setSearch] = useState('');
  const places = [...offers.found, ...offers.services];
  const run = (id: string | number): void => {
    const place = places.find((one) => one.id === id);
    if (place) choose(place);
  };
  return (
    <StepPage
      title={text('ui.wizard.choose.title')}
      hint={text('ui.wizard.choose.hint', { other: otherService(offers.services)?.name ?? '' })}
    >
      {begun && <Begun wizard={wizard} place={begun.place} />}
      <Autocomplete filter={contains} inputValue={search} onInputChange={setSearch} disableAutoFocusFirst={false}>
        <SearchField aria-label={text('ui.wizard.choose.search')} className={styles.search ?? ''} autoFocus>
          <Input className={styles.input ?? ''} placeholder={text('ui.wizard.choose.search')} />
        </SearchField>
        <ListBox
          aria-label={text('ui.wizard.choose.list')}
          className={styles.list ?? ''}
          onAction={run}
          renderEmptyState={() => <p className={styles.nothing}>{nothingWords(search, offers.services)}</p>}
        >
          {offers.found.length > 0 && (
            <ListBoxSection className={styles.found}>
              <Header className={styles.header}>{text('ui.wizard.choose.found')}</Header>
              {offers.found.map((place) => (
                <FoundItem key={place.id} place={place} />
              ))}
            </ListBoxSection>
          )}
          <ListBoxSection className={styles.services}>
            <Header className={styles.header}>{text('ui.wizard.choose.services')}</Header>
            {offers.services.map((place) => (
              <ListBoxItem key={place.id} id={place.id} textValue={place.name} className={styles.service ?? ''}>
                <span className={styles.name}>{place.name}</span>
              </ListBoxItem>
            ))}
          </ListBoxSection>
        </ListBox>
      </Autocomplete>
    </StepPage>
  );
}

/** The last service of a provider is the one for servers of one's own. */
const otherService = (services: readonly Place[]): Place | undefined =>
  services.findLast(({ preset }) => preset !== undefined);

function nothingWords(search: string, services: readonly Place[]): string {
  const other = otherService(services);
  return other
    ? text('ui.wizard.choose.nothing', { text: search, other: other.name })
    : text('ui.wizard.choose.nothing-plain', { text: search });
}

function FoundItem({ place }: { place: Place }) {
  const source = place.found ? foundSource(place.found) : '';
  return (
    <ListBoxItem id={place.id} textValue={place.name} className={classNames(styles.service, styles.card)}>
      <SquareTerminal size={16} strokeWidth={1.75} className={styles.icon} aria-hidden />
      <span className={styles.name}>{place.name}</span>
      <span className={styles.source}>{source}</span>
      <ChevronRight size={16} className={styles.chevron} aria-hidden />
    </ListBoxItem>
  );
}

function Begun({ wizard, place }: { wizard: Wizard; place: Place }) {
  return (
    <div className={styles.begun}>
      <div className={styles.words}>
        <div className={styles.name}>{text('ui.wizard.begun', { place: place.name })}</div>
        <div className={styles.source}>{text('ui.wizard.begun-hint')}</div>
      </div>
      <Button onPress={wizard.goOn}>{text('ui.wizard.begun-go')}</Button>
      <IconButton icon={X} label={text('ui.wizard.begun-forget')} onPress={wizard.forget} />
    </div>
  );
}
