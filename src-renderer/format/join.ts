/** Puts the facts of a second line beside each other, leaving out what is not known. */
export const joinFacts = (facts: (string | undefined)[]): string =>
  facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
