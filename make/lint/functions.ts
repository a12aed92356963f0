/** The functions that our expressions use, each in the documents of Make's that list it. */
export const functionsByDocument: Record<string, string[]> = {
  'https://help.make.com/general-functions': ['get', 'if', 'ifempty', 'omit'],
  'https://help.make.com/math-functions': ['parseNumber'],
  'https://help.make.com/text-and-binary-functions': [
    'base64',
    'capitalize',
    'contains',
    'encodeURL',
    'indexOf',
    'length',
    'lower',
    'replace',
    'sha256',
    'split',
    'substring',
    'toString',
    'trim',
    'upper',
  ],
  'https://help.make.com/date-and-time-functions': ['formatDate', 'parseDate'],
  'https://help.make.com/array-functions': [
    'add',
    'contains',
    'distinct',
    'first',
    'join',
    'length',
    'map',
    'reverse',
    'toArray',
    'toCollection',
  ],
};

/** The names of the functions that an expression calls; what stands in quotation marks is text. */
export const functionsIn = (expression: string): string[] =>
  [...expression.replace(/'[^']*'|"[^"]*"/g, "''").matchAll(/([A-Za-z]\w*)\(/g)].map(([, name = '']) => name);
