/** What was typed cannot be done as it stands: nothing was done. Its message is a sentence for the person who typed it. */
export class UsageError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'Misunderstood';
  }
}

/** The person at the terminal ended a question with Ctrl+C or Ctrl+D. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}
