import { text } from '../../../src-shared/text/text.ts';
import { Button } from '../../ui/Button.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { useHoist } from '../../use-hoist.ts';
import { closeSearch } from './search-focus.ts';
import styles from './SearchBar.module.css';

/** Replaces the drop bar while the user searches. */
export function SearchBar({ search }: { search: string }) {
  const { screen } = useHoist();
  const close = (): void => closeSearch(screen);
  return (
    <search className={styles.outer}>
      <div className={styles.bar}>
        <SearchField
          label={text('ui.history.search')}
          value={search}
          onChange={(value) => screen.setState({ search: value })}
          onEscape={close}
          // Moves to the row of the list that is its tab stop.
          onDown={() => document.querySelector<HTMLElement>('main li[tabindex="0"]')?.focus()}
        />
        <Button onPress={close}>{text('ui.history.close')}</Button>
      </div>
    </search>
  );
}
