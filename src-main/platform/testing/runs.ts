/** How many cases a property is tried on: `usual`, or that many times HOIST_MANY for a long night. */
export const runs = (usual: number): number => usual * Number(process.env['HOIST_MANY'] ?? 1);
