import { failure } from '../../../../src-shared/errors.ts';
import type { FileRef, SourceRef } from '../../../../src-shared/upload.ts';
import type { WordSource } from './driver.ts';
import type { RandomChoices } from './random-choices.ts';
import { simulatedPartBytes } from './store.ts';

interface FileOnDisk {
  words: string[];
  /** Grows with each change; serves as the modification time. */
  version: number;
}

/** The files on the simulated disk. The content of a file is a list of words. */
export class SimulatedFiles {
  readonly #random: RandomChoices;
  readonly #nextNumber: () => number;
  readonly #files = new Map<string, FileOnDisk>();
  /** The content of every version of every file, by its reference. */
  readonly #history = new Map<string, string>();

  constructor(random: RandomChoices, nextNumber: () => number) {
    this.#random = random;
    this.#nextNumber = nextNumber;
  }

  /** A new word, so that no two parts have the same content. */
  newWord(): string {
    return `w${this.#nextNumber().toString(36)}`;
  }

  write(path: string, words: string[]): void {
    // Changes the existing object: open handles refer to the same file.
    const file = this.#files.get(path) ?? { words, version: 0 };
    this.#files.set(path, Object.assign(file, { words, version: this.#nextNumber() }));
    this.#history.set(JSON.stringify(this.refOf(path)), words.join());
  }

  refOf(path: string): FileRef {
    const file = this.#files.get(path)!;
    return {
      path,
      fingerprint: { size: file.words.length * simulatedPartBytes, mtimeMs: file.version, dev: '1', ino: '1' },
    };
  }

  /** The content that the file had when the reference was taken. */
  contentAt(ref: SourceRef): string | undefined {
    return this.#history.get(JSON.stringify(ref));
  }

  /** Deletes or changes a random file. */
  editRandomFile(): void {
    const path = this.#random.pick([...this.#files.keys()]);
    const file = path === undefined ? undefined : this.#files.get(path);
    if (path === undefined || !file) return;
    const edit = this.#random.pick(['delete', 'change first part', 'append', 'change all parts']);
    if (edit === 'delete') this.#files.delete(path);
    else if (edit === 'append') this.write(path, [...file.words, this.newWord()]);
    else
      this.write(
        path,
        file.words.map((word, index) => (edit === 'change all parts' || index === 0 ? this.newWord() : word)),
      );
  }

  open(ref: SourceRef): WordSource {
    if ('stream' in ref) throw failure('source-missing');
    const file = this.#files.get(ref.path);
    if (!file) throw failure('source-missing');
    // An open file stays readable after its name is removed, and shows every change.
    const assertUnchanged = (): void => {
      if (file.version !== ref.fingerprint.mtimeMs) throw failure('source-changed');
    };
    assertUnchanged();
    return {
      name: ref.path,
      size: ref.fingerprint.size,
      contentType: 'text/plain',
      read: async () => 0,
      close: async () => undefined,
      assertUnchanged: async () => assertUnchanged(),
      words: () => {
        if (file.words.length * simulatedPartBytes !== ref.fingerprint.size) throw failure('source-changed');
        return file.words;
      },
    };
  }

  refresh({ path }: FileRef): { source: FileRef; size: number } {
    if (!this.#files.has(path)) throw failure('source-missing');
    const source = this.refOf(path);
    return { source, size: source.fingerprint.size };
  }
}
