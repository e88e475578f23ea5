import { text } from '../../../src-shared/text/text.ts';
import { Button, type ButtonProps } from '../../ui/Button.tsx';
import { useHoist, useProfiles } from '../../use-hoist.ts';
import { setUpLabel } from './set-up-label.ts';

/** Opens the setup wizard for a new destination. */
export function SetUpButton({ tone, ref }: Pick<ButtonProps, 'tone' | 'ref'>) {
  const { screen } = useHoist();
  const label = useProfiles(setUpLabel);
  return (
    <Button tone={tone} ref={ref} onPress={() => screen.setState({ settings: false, setup: { kind: 'add' } })}>
      {text(label)}
    </Button>
  );
}
