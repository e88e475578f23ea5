import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './Dialog.module.css';
import { IconButton } from './IconButton.tsx';

export interface DialogProps {
  title: string;
  /** Label of the close button. */
  closeLabel: string;
  onClose: () => void;
  size: 'narrow' | 'medium' | 'wide' | 'wizard';
  /** `alertdialog`: asks before an irreversible action. */
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
}

export function Dialog({ title, closeLabel, onClose, size, role = 'dialog', children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      className={styles.overlay ?? ''}
    >
      <Modal data-modal="" className={classNames(styles.modal, styles[size])}>
        <AriaDialog role={role} className={styles.dialog}>
          <header className={styles.head}>
            <Heading
              slot="title"
              level={1}
              className={classNames(styles.title, role === 'alertdialog' && styles.question)}
            >
              {title}
            </Heading>
            <IconButton icon={X} label={closeLabel} onPress={onClose} />
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
