/** The command as typed cannot run, and Hoist did nothing. The message is a sentence for the user. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The user answered a prompt with Ctrl+C or Ctrl+D. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
