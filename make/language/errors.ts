/** What a service's answers mean, row by row (koji/errors.ts, amplitude/errors.ts), in Make's format. */
import {
  type ErrorRow,
  type ErrorTable,
  type Facts,
  fill,
  type Gaps,
  piecesOf,
  rowFor,
  withPause,
} from '../../boundary/error-table.ts';
import type { FailureKind } from '../../boundary/failure.ts';
import type { ErrorType, ResponseDirective, StatusError } from './format.ts';
import { quoted } from './iml.ts';

/** The row of a table that an answer stands for. */
export const rowOf = ({ rows, otherwise }: ErrorTable, facts: Facts): ErrorRow => rowFor(rows, facts) ?? otherwise;

/** An expression within plain text; what is but a text needs no braces. */
const inText = (filling: string): string => /^'([^'{}\\]*)'$/.exec(filling)?.[1] ?? `{{${filling}}}`;

/** A row's sentence as plain text with expressions in it; what goes into its gaps are expressions without their braces. */
const template = (row: ErrorRow, fillings: Gaps): string =>
  fill(withPause(row), Object.fromEntries(Object.entries(fillings).map(([gap, filling]) => [gap, inText(filling)])));

/** A sentence as an expression, texts side by side as one. Throws for a gap that nothing is given for. */
export const sentence = (says: string, fillings: Gaps): string =>
  piecesOf(says)
    .map((piece) => {
      if ('text' in piece) return quoted(piece.text);
      const filling = fillings[piece.gap];
      if (filling === undefined) throw new Error(`Nothing is given for the gap {${piece.gap}} of: ${says}`);
      return filling;
    })
    .join(' + ')
    .replaceAll("' + '", '');

/** A row's sentence. */
export const spoken = (row: ErrorRow, fillings: Gaps): string => sentence(withPause(row), fillings);

const types: Record<FailureKind, ErrorType> = {
  connection: 'RuntimeError',
  data: 'DataError',
  wait: 'RateLimitError',
  retry: 'ConnectionError',
};

/** Make's kind of error for a row. Only a refused key is a token error, which turns the scenario off (M25). */
export const typeOf = ({ kind }: ErrorRow, status?: number): ErrorType =>
  kind === 'connection' && status === 401 ? 'InvalidAccessTokenError' : types[kind];

/** A service's own words at a path, in quotation marks: ours stay apart from them, whatever they end with. */
export const words = (path: string): string => `'“' + ${path} + '”'`;

/** Whether nothing stands there, a collection or a list: it begins so, however Make writes one as text. */
export const isNoText = (path: string): string => `contains('{[', substring(toString(ifempty(${path}, '{')), 0, 1))`;

type Valid = NonNullable<ResponseDirective['valid']>;

/** Whether the body is no web page. */
export const IS_DATA = isNoText('body');

/** What people read, behind the status, which Make's messages begin with. */
export const message = (text: string): string => `[{{statusCode}}] ${text}`;

/** What each of some statuses means. */
export const forEach = (
  statuses: readonly number[],
  meaning: (status: number) => StatusError,
): { [status: `${number}`]: StatusError } => Object.fromEntries(statuses.map((status) => [status, meaning(status)]));

/** A row's sentence where a condition holds, else nothing. */
export const saidWhere = (condition: string, row: ErrorRow, fillings: Gaps): string =>
  `{{if(${condition}, ${spoken(row, fillings)}, '')}}`;

/** What an answer must be that is no error: what a redirect means where the condition does not hold, and any other. */
export const validWhere = (condition: string, redirect: ErrorRow, otherwise: ErrorRow, fillings: Gaps): Valid => ({
  condition: `{{${condition}}}`,
  message: message(
    saidWhere('statusCode >= 300', redirect, fillings) + saidWhere('statusCode < 300', otherwise, fillings),
  ),
  type: `{{if(statusCode >= 300, '${typeOf(redirect)}', '${typeOf(otherwise)}')}}`,
});

/** What one status means. */
export const statusError = (row: ErrorRow, status: number, fillings: Gaps): StatusError => ({
  message: message(template(row, fillings)),
  type: typeOf(row, status),
});
