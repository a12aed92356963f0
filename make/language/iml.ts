/** Make's expression language, in pieces (M8). What these functions give is the text of an expression. */

/** The functions of Make's that this app uses; another name does not compile (M9). */
type FunctionName =
  | 'base64'
  | 'contains'
  | 'createJSON'
  | 'encodeURL'
  | 'first'
  | 'formatDate'
  | 'get'
  | 'if'
  | 'ifempty'
  | 'indexOf'
  | 'isArray'
  | 'join'
  | 'keys'
  | 'length'
  | 'lower'
  | 'map'
  | 'merge'
  | 'add'
  | 'omit'
  | 'parseDate'
  | 'parseJSON'
  | 'parseNumber'
  | 'replace'
  | 'sha256'
  | 'slice'
  | 'split'
  | 'substring'
  | 'toArray'
  | 'toCollection'
  | 'toString'
  | 'trim'
  | 'upper';

/** A call of one of Make's functions. */
export const call = (name: FunctionName, ...values: (string | number)[]): string => `${name}(${values.join(', ')})`;

/**
 * A text as Make's expressions write it: in whichever quotes it does not hold, because what Make makes of a backslash is
 * not known (M29). Throws for a text that can't be written.
 */
export const quoted = (text: string): string => {
  const mark = text.includes("'") ? '"' : "'";
  if (text.includes(mark) || text.includes('\\') || text.includes('}}') || text.includes('{{')) {
    throw new Error(`Make's expressions can't hold this text: ${text}`);
  }
  return `${mark}${text}${mark}`;
};

/** An expression where Make expects a value. A value that is one expression keeps its type. */
export const value = <Expression extends string>(expression: Expression): `{{${Expression}}}` => `{{${expression}}}`;

/** One or the other. */
export const choose = (condition: string, then: string | number, otherwise: string | number): string =>
  call('if', condition, then, otherwise);

/** The first that is not empty; Make takes null, nothing and an empty text for empty. */
export const firstOf = (...expressions: [string, ...string[]]): string =>
  expressions.reduceRight((otherwise, expression) => call('ifempty', expression, otherwise));

/** At least one of them. */
export const some = (...conditions: string[]): string => conditions.map((one) => `(${one})`).join(' | ');

/** Whatever it is, as text; nothing is an empty text. */
export const asText = (expression: string): string => call('toString', call('ifempty', expression, quoted('')));

/** The text with everything replaced that a regular expression finds. */
export const replaceAll = (expression: string, pattern: string, replacement: string): string =>
  call('replace', expression, quoted(`/${pattern}/g`), quoted(replacement));

/**
 * Whether the whole text is what a regular expression describes; an empty text never is. Make has no such function, so
 * it is taken away and nothing must be left.
 */
export const matches = (expression: string, pattern: string): string =>
  `(${expression} != '') & (${replaceAll(expression, `^(${pattern})$`, '')} = '')`;
