/** What a service's answers mean, row by row (koji/errors.ts, amplitude/errors.ts), in Make's format. */
import { type ErrorRow, type ErrorTable, type Facts, fill, piecesOf, rowFor } from '../../boundary/error-table.ts';
import type { FailureKind } from '../../boundary/failure.ts';
import type { ErrorType, StatusError } from './format.ts';
import { quoted } from './iml.ts';

/** The row of a table that an answer stands for. */
export const rowOf = ({ rows, otherwise }: ErrorTable, facts: Facts): ErrorRow => rowFor(rows, facts) ?? otherwise;

/** What goes into a row's gaps: expressions without their braces, or texts. */
export type Fillings = Readonly<Record<string, string | { text: string }>>;

/** The fillings as `made` has them; texts go in as they are. Throws for a gap that nothing is given for. */
const filled = (says: string, fillings: Fillings, made: (gap: string, expression: string) => string): string =>
  fill(
    says,
    Object.fromEntries(
      Object.entries(fillings).map(([gap, filling]) => [
        gap,
        typeof filling === 'string' ? made(gap, filling) : filling.text,
      ]),
    ),
  );

/** A row's sentence as plain text with expressions in it. */
export const template = ({ says }: ErrorRow, fillings: Fillings): string =>
  filled(says, fillings, (_gap, expression) => `{{${expression}}}`);

/** A row's sentence as an expression. */
export const spoken = ({ says }: ErrorRow, fillings: Fillings): string =>
  piecesOf(filled(says, fillings, (gap) => `{${gap}}`))
    .map((piece) => ('text' in piece ? quoted(piece.text) : String(fillings[piece.gap])))
    .join(' + ');

const types: Record<FailureKind, ErrorType> = {
  connection: 'RuntimeError',
  data: 'DataError',
  wait: 'RateLimitError',
  retry: 'ConnectionError',
};

/** Make's kind of error for a row. Only a refused key is a token error, which turns the scenario off (M25). */
export const typeOf = ({ kind }: ErrorRow, status?: number): ErrorType =>
  kind === 'connection' && status === 401 ? 'InvalidAccessTokenError' : types[kind];

/** What people read, behind the status, which Make's messages begin with. */
export const message = (text: string): string => `[{{statusCode}}] ${text}`;

/** What one status means. */
export const statusError = (row: ErrorRow, status: number, fillings: Fillings): StatusError => ({
  message: message(template(row, fillings)),
  type: typeOf(row, status),
});
