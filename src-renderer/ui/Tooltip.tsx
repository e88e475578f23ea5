import type { ReactNode } from 'react';
import { Tooltip as AriaTooltip } from 'react-aria-components';
import styles from './Tooltip.module.css';

export function Tooltip({ children }: { children: ReactNode }) {
  return (
    <AriaTooltip offset={6} className={styles.tooltip}>
      {children}
    </AriaTooltip>
  );
}
