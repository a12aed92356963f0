/**
 * Evaluates IML by M8 and the notes that it goes back to ([MK]: minsu-kang/make-custom-app-skill,
 * skill/references/builtin-iml-functions.md). Faithful to those and not to Make; what they leave open is refused.
 */
import { UnknownToRunner } from './error.ts';
import { amountOf, functions, isCollection, numberOf, step, textOf } from './iml-functions.ts';
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
  space: ' ',
  tab: '\t',
  newline: '\n',
};

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

const add = (left: unknown, right: unknown): unknown => {
  if (left === undefined || left === null) return right;
  if (right === undefined || right === null) return left;
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (typeof left === 'string' || typeof right === 'string') return textOf(left) + textOf(right);
  throw new UnknownToRunner('What + makes of these is not known; one of them must be a text, or both numbers.');
};

/** What can be counted with: numbers, moments, and a text of digits where the other one is a number. */
const amount = (value: unknown, other: unknown): number => {
  const number = value instanceof Date ? value.getTime() : amountOf(value);
  if (number === undefined || (typeof value === 'string' && typeof other !== 'number')) {
    throw new UnknownToRunner(`What comparing or counting with ${JSON.stringify(value)} gives is not known.`);
  }
  return number;
};

const calculate =
  (operation: (left: number, right: number) => number) =>
  (left: unknown, right: unknown): number =>
    numberOf(operation(amount(left, right), amount(right, left)));

const compare =
  (operation: (left: number, right: number) => boolean) =>
  (left: unknown, right: unknown): boolean =>
    operation(amount(left, right), amount(right, left));

/** Loose, as in JavaScript (M8), where two moments are the same only if they are one and the same value. */
const isEqual = (left: unknown, right: unknown): boolean => {
  const isMoment = left instanceof Date || right instanceof Date;
  if (isMoment && !isEmpty(left) && !isEmpty(right))
    throw new UnknownToRunner('Whether moments are equal is not known.');
  // biome-ignore lint/suspicious/noDoubleEquals: Make compares loosely (M8).
  return left == right;
};

/**
 * What stands on either side is evaluated, of `&` and `|` as well: only `if` and `ifempty` leave a value out (M8). Both
 * give the value that decides, as in JavaScript, and `++` counts [MK].
 */
export const operators: Record<Operator, (left: unknown, right: unknown) => unknown> = {
  '+': add,
  '++': calculate((left, right) => left + right),
  '-': calculate((left, right) => left - right),
  '*': calculate((left, right) => left * right),
  '/': calculate((left, right) => left / right),
  '%': calculate((left, right) => left % right),
  '<': compare((left, right) => left < right),
  '<=': compare((left, right) => left <= right),
  '>': compare((left, right) => left > right),
  '>=': compare((left, right) => left >= right),
  '=': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '&': (left, right) => left && right,
  '|': (left, right) => left || right,
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
    case 'binary':
      return operators[expression.operator](of(expression.left), of(expression.right));
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

const entriesOf = (key: string, value: unknown): [string, unknown][] => {
  if (key === SPREAD) {
    if (!isCollection(value))
      throw new UnknownToRunner(`What ${SPREAD} makes of anything but a collection is not known.`);
    return Object.entries(value);
  }
  if (/\{\{|\}\}/.test(key)) throw new UnknownToRunner(`Of expressions in a key only ${SPREAD} is known: ${key}`);
  return value === undefined ? [] : [[key, value]];
};

/** The same all the way down. A key that comes to nothing is gone; `{{...}}` puts a collection's entries in its place. */
export const evaluateAll = (value: unknown, scope: Scope, separator: Separator = ','): unknown => {
  if (typeof value === 'string') return evaluate(value, scope, separator);
  if (Array.isArray(value)) return value.map((entry) => evaluateAll(entry, scope, separator));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => entriesOf(key, evaluateAll(inner, scope, separator))),
  );
};
