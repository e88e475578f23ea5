/** Joins the facts of a second line, leaving out unknown ones. */
export const joinFacts = (facts: (string | undefined)[]): string =>
  facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
