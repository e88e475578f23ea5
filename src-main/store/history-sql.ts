/** The statement of a history search. */

/** instr finds substrings and, unlike LIKE, has no special characters. */
const wordFound = '(instr(search, ?) > 0 OR profile_id IN (SELECT id FROM profiles WHERE instr(search, ?) > 0))';

/**
 * Selects the newest matching uploads. Searches the index, which contains all that a search needs, and then reads only
 * the records of the result.
 *
 * Parameters: the `seq` that the results are below, each word twice, and the maximum number of results.
 */
export const historySql = (columns: string, words: number): string =>
  `SELECT ${columns} FROM uploads WHERE seq IN (
     SELECT seq FROM uploads${words > 0 ? ' INDEXED BY uploads_by_search' : ''}
     WHERE ${['seq < ?', ...Array.from({ length: words }, () => wordFound)].join(' AND ')}
     ORDER BY seq DESC LIMIT ?)
   ORDER BY seq DESC`;
