/** Number of cases for a property test: `defaultRuns`, multiplied by HOIST_MANY for a long run. */
export const propertyRuns = (defaultRuns: number): number => defaultRuns * Number(process.env['HOIST_MANY'] ?? 1);
