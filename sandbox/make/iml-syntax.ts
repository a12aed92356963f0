/** Reads IML, the expressions between double braces, by the grammar of M8. */
import { UnknownToRunner } from './error.ts';

type PathStep = { name: string } | { place: number };

export type Expression =
  | { kind: 'literal'; value: string | number }
  | { kind: 'path'; root: string; steps: PathStep[] }
  | { kind: 'call'; name: string; values: Expression[] }
  | { kind: 'not'; value: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression };

/** Pieces of text and expressions, in their order. */
type Template = (string | Expression)[];

/** `,` in an app, `;` in a scenario. */
export type Separator = ',' | ';';

const precedences = {
  '*': 14,
  '/': 14,
  '%': 14,
  '+': 13,
  '-': 13,
  '++': 13,
  '<': 11,
  '<=': 11,
  '>': 11,
  '>=': 11,
  '=': 10,
  '!=': 10,
  '&': 6,
  '|': 5,
} as const;
export type Operator = keyof typeof precedences;

/** Other spellings of the same operators; `===` is as loose as `=`. */
const aliases: Record<string, Operator> = { '==': '=', '===': '=', '!==': '!=', '&&': '&', '||': '|' };

const SPACE = /\s+/y;
const TEXT = /'([^']*)'|"([^"]*)"/y;
const NUMBER = /\d+(?:\.\d+)?/y;
const NAME = /[A-Za-z_$][\w$]*/y;
const QUOTED_NAME = /`([^`]+)`/y;
const STEP = /\.([A-Za-z_$][\w$]*)|\.`([^`]+)`|\[(\d*)\]/y;
const OPERATOR = /===|!==|==|!=|<=|>=|&&|\|\||\+\+|[=<>&|+\-*/%]/y;

/**
 * The parts of a text with expressions in it. Throws {@link UnknownToRunner} on braces that do not match and on
 * whatever docs/facts does not give: literals of lists and objects, `[0]`, backslashes, names with a hyphen.
 */
export const parseTemplate = (text: string, separator: Separator = ','): Template => {
  const template: Template = [];
  let at = 0;
  while (at < text.length) {
    const opening = text.indexOf('{{', at);
    const plain = text.slice(at, opening < 0 ? undefined : opening);
    if (plain.includes('}}')) throw new UnknownToRunner(`}} without {{ before it, in: ${text}`);
    if (plain !== '') template.push(plain);
    if (opening < 0) break;
    const { expression, end } = parseExpression(text, opening + 2, separator);
    template.push(expression);
    at = end;
  }
  return template;
};

const parseExpression = (
  text: string,
  start: number,
  separator: Separator,
): { expression: Expression; end: number } => {
  let at = start;

  const refuse = (why: string): never => {
    throw new UnknownToRunner(`${why}, at character ${at + 1} of: ${text}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const skipSpace = (): void => {
    take(SPACE);
  };
  const next = (literal: string): boolean => {
    if (!text.startsWith(literal, at)) return false;
    at += literal.length;
    return true;
  };

  const peekOperator = (): Operator | undefined => {
    const before = at;
    const found = take(OPERATOR)?.[0];
    at = before;
    if (found === undefined) return undefined;
    return aliases[found] ?? (isOperator(found) ? found : undefined);
  };

  const binary = (lowest: number): Expression => {
    let left = operand();
    for (;;) {
      skipSpace();
      const operator = peekOperator();
      if (operator === undefined || precedences[operator] < lowest) return left;
      take(OPERATOR);
      left = { kind: 'binary', operator, left, right: binary(precedences[operator] + 1) };
    }
  };

  const operand = (): Expression => {
    skipSpace();
    if (next('!')) return { kind: 'not', value: operand() };
    if (next('(')) {
      const inner = binary(0);
      skipSpace();
      if (!next(')')) refuse('A ) is missing');
      return inner;
    }
    const quoted = take(TEXT);
    if (quoted !== null) {
      if (quoted[0].includes('\\')) refuse('What a backslash means in a text is not known');
      return { kind: 'literal', value: quoted[1] ?? quoted[2] ?? '' };
    }
    return number() ?? path() ?? refuse(whatIsWrong(text.slice(at)));
  };

  const number = (): Expression | undefined => {
    const negative = /-\d/y.test(text.slice(at, at + 2));
    if (negative) at += 1;
    const digits = take(NUMBER)?.[0];
    if (digits === undefined) return undefined;
    if (separator === ';' && text[at] === '.') return { kind: 'path', root: digits, steps: steps() };
    if (/[\w$.`]/.test(text[at] ?? '')) refuse('A number runs on into something else');
    return { kind: 'literal', value: Number(digits) * (negative ? -1 : 1) };
  };

  const path = (): Expression | undefined => {
    const root = take(NAME)?.[0];
    if (root === undefined) {
      const quoted = take(QUOTED_NAME)?.[1];
      return quoted === undefined ? undefined : { kind: 'path', root: quoted, steps: steps() };
    }
    if (text[at] === '(') return call(root);
    return { kind: 'path', root, steps: steps() };
  };

  const steps = (): PathStep[] => {
    const found: PathStep[] = [];
    for (let step = take(STEP); step !== null; step = take(STEP)) {
      const name = step[1] ?? step[2];
      const place = step[3] === '' ? 1 : Number(step[3]);
      if (name === undefined && place === 0) refuse('Places in a list count from 1, and nothing is at [0]');
      found.push(name === undefined ? { place } : { name });
    }
    if (/^[.[`]/.test(text.slice(at))) refuse('This way into a value is not known');
    if (/^-[\w$]/.test(text.slice(at))) refuse('A hyphen here may be part of the name; use backticks or spaces');
    return found;
  };

  const call = (name: string): Expression => {
    next('(');
    const values: Expression[] = [];
    skipSpace();
    if (!next(')')) {
      do {
        skipSpace();
        // Public apps leave the last value empty: `if(a, b, )`.
        values.push(values.length > 0 && text[at] === ')' ? { kind: 'path', root: 'undefined', steps: [] } : binary(0));
        skipSpace();
      } while (next(separator));
      if (!next(')')) refuse(`Neither ${separator} nor ) follows a value given to ${name}`);
    }
    if (/^[.[`]/.test(text.slice(at))) refuse(`A way into what ${name}(…) gives is not known; use temp or get(…)`);
    return { kind: 'call', name, values };
  };

  const expression = binary(0);
  skipSpace();
  if (!next('}}')) refuse(at >= text.length ? 'A }} is missing' : whatIsWrong(text.slice(at)));
  return { expression, end: at };
};

const isOperator = (text: string): text is Operator => Object.hasOwn(precedences, text);

const whatIsWrong = (rest: string): string => {
  if (rest.startsWith('[')) return 'There are no literals of lists in IML';
  if (rest.startsWith('{')) return 'There are no literals of objects in IML';
  if (rest.startsWith('}}')) return 'A value is missing';
  if (rest === '') return 'A value and }} are missing';
  return 'This is no IML that is known';
};
