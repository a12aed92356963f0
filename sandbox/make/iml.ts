/** Evaluates IML by Make contract §2.1. Faithful to those notes and not to Make. */
import { UnknownToRunner } from './error.ts';
import { functions, step, textOf } from './iml-functions.ts';
import { type Expression, type Operator, parseTemplate, type Separator } from './iml-syntax.ts';

/** The variables of the place where an expression stands, by their names; another name is refused. */
export type Scope = Record<string, unknown>;

const keywords: Record<string, unknown> = {
  true: true,
  false: false,
  null: null,
  undefined,
  ignore: undefined,
  erase: null,
  emptyarray: [],
  emptystring: '',
  space: ' ',
  tab: '\t',
  newline: '\n',
};

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);

const add = (left: unknown, right: unknown): unknown => {
  if (left === undefined || left === null) return right;
  if (right === undefined || right === null) return left;
  return typeof left === 'number' && typeof right === 'number' ? left + right : textOf(left) + textOf(right);
};

const operators: Record<Exclude<Operator, '&' | '|'>, (left: unknown, right: unknown) => unknown> = {
  '+': add,
  '++': (left, right) => textOf(left) + textOf(right),
  '-': (left, right) => Number(plain(left)) - Number(plain(right)),
  '*': (left, right) => Number(left) * Number(right),
  '/': (left, right) => Number(left) / Number(right),
  '%': (left, right) => Number(left) % Number(right),
  '<': (left, right) => Number(plain(left)) < Number(plain(right)),
  '<=': (left, right) => Number(plain(left)) <= Number(plain(right)),
  '>': (left, right) => Number(plain(left)) > Number(plain(right)),
  '>=': (left, right) => Number(plain(left)) >= Number(plain(right)),
  // biome-ignore lint/suspicious/noDoubleEquals: Make compares loosely (§2.1).
  '=': (left, right) => plain(left) == plain(right),
  // biome-ignore lint/suspicious/noDoubleEquals: Make compares loosely (§2.1).
  '!=': (left, right) => plain(left) != plain(right),
};

const variable = (name: string, scope: Scope): unknown => {
  if (Object.hasOwn(scope, name)) return scope[name];
  if (Object.hasOwn(keywords, name)) return keywords[name];
  throw new UnknownToRunner(`There is no variable ${name} here; there are ${Object.keys(scope).join(', ')}.`);
};

const evaluateExpression = (expression: Expression, scope: Scope): unknown => {
  const of = (inner: Expression): unknown => evaluateExpression(inner, scope);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return expression.steps.reduce(
        (value, one) => step(value, 'name' in one ? one.name : one.place),
        variable(expression.root, scope),
      );
    case 'not':
      return !of(expression.value);
    case 'binary': {
      const { operator, left, right } = expression;
      if (operator === '&') return Boolean(of(left)) && Boolean(of(right));
      if (operator === '|') return Boolean(of(left)) || Boolean(of(right));
      return operators[operator](of(left), of(right));
    }
    case 'call': {
      const { name, values } = expression;
      const [one, two, three] = values;
      if (name === 'if' && one && two) return of(one) ? of(two) : three && of(three);
      if (name === 'ifempty' && one && two) {
        const value = of(one);
        return isEmpty(value) ? of(two) : value;
      }
      const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
      if (known === undefined) throw new UnknownToRunner(`The function ${name} is not known.`);
      return known(...values.map(of));
    }
  }
};

const parsed = new Map<string, ReturnType<typeof parseTemplate>>();
const templateOf = (text: string, separator: Separator) => {
  const known = parsed.get(separator + text) ?? parseTemplate(text, separator);
  parsed.set(separator + text, known);
  return known;
};

/** A text with expressions. One that is exactly one expression keeps its type; any other is a text. */
export const evaluate = (text: string, scope: Scope, separator: Separator = ','): unknown => {
  const template = templateOf(text, separator);
  const [only] = template;
  if (template.length === 1 && only !== undefined && typeof only !== 'string') return evaluateExpression(only, scope);
  return template
    .map((piece) => (typeof piece === 'string' ? piece : textOf(evaluateExpression(piece, scope))))
    .join('');
};

const SPREAD = '{{...}}';

/** The same all the way down. A key that comes to nothing is gone; `{{...}}` puts a collection's entries in its place. */
export const evaluateAll = (value: unknown, scope: Scope, separator: Separator = ','): unknown => {
  if (typeof value === 'string') return evaluate(value, scope, separator);
  if (Array.isArray(value)) return value.map((entry) => evaluateAll(entry, scope, separator));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const result = evaluateAll(inner, scope, separator);
    if (key === SPREAD) return Object.entries(result ?? {});
    return result === undefined ? [] : [[key, result]];
  });
  return Object.fromEntries(entries);
};
