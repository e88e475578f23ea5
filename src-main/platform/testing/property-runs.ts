/** How many cases a property is tried on: `usual`, or that many times HOIST_MANY for a long night. */
export const propertyRuns = (defaultRuns: number): number => defaultRuns * Number(process.env['HOIST_MANY'] ?? 1);
