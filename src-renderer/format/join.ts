/** Joins facts with a separator, omitting missing and empty ones. */
export const joinFacts = (facts: (string | undefined)[]): string =>
  facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');
