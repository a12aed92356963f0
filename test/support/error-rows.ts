import { type ErrorRow, type Facts, rowFor } from '../../boundary/error-table.ts';

/** What the rows say that none of these answers reaches; an answer counts for the first row that fits it. */
export const unreached = (rows: readonly ErrorRow[], answers: readonly Facts[]): string[] => {
  const reached = answers.map((facts) => rowFor(rows, facts));
  return rows.filter((row) => !reached.includes(row)).map(({ says }) => says);
};
