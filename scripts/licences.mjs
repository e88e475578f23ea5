// Checks that the licences of all bundled packages allow Hoist to be shipped under the MIT licence.

/** SPDX identifiers. All are permissive; OFL-1.1 is the licence of the font. */
const allowed = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'OFL-1.1']);

/**
 * Whether Hoist may ship a package with this licence: all parts of an AND, and one part of an OR.
 * @param {unknown} expression SPDX
 */
export function isAllowedLicence(expression) {
  if (typeof expression !== 'string') return false;
  return expression
    .replaceAll(/[()]/g, '')
    .split(' AND ')
    .every((part) => part.split(' OR ').some((licence) => allowed.has(licence.trim())));
}

/**
 * One sentence for each package that may not be shipped.
 * @param {import('./bundled-packages.mjs').BundledPackage[]} packages
 * @param {(folder: string) => unknown} installedLicence the licence that the installed package names; undefined when
 * the package is only for other systems
 */
export const findLicenceProblems = (packages, installedLicence) =>
  packages.flatMap(({ folder, name, version, license }) => {
    const wrong = [license, installedLicence(folder) ?? license].filter((licence) => !isAllowedLicence(licence));
    return wrong.length === 0 ? [] : [`${name} ${version} has ${describe(wrong[0])}. ${advice}`];
  });

/** @param {unknown} licence */
const describe = (licence) => (licence === undefined ? 'no licence' : `the licence ${JSON.stringify(licence)}`);

const advice = 'Use another package, or add the licence to scripts/licences.mjs if it is permissive.';
