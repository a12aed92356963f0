import type { ErrorRow } from '../../../boundary/error-table.ts';
import { spoken, template, typeOf } from '../../../make/language/errors.ts';

const row = (says: string, kind: ErrorRow['kind'] = 'data'): ErrorRow => ({ when: {}, kind, says });
const fillings = { status: 'statusCode', said: 'body.message', here: { text: 'in this module' } };

test('a gap is filled with an expression, and a label stands there as text', () => {
  const refused = row('Refused {here} ({status}): {said}');
  expect(spoken(refused, fillings)).toBe("'Refused in this module (' + statusCode + '): ' + body.message");
  expect(template(refused, fillings)).toBe('Refused in this module ({{statusCode}}): {{body.message}}');
});

test('a gap that nothing is given for is no sentence', () => {
  const refused = row('Refused: {what}');
  const message = 'Nothing is given for the gap {what} of: Refused: {what}';
  expect(() => spoken(refused, fillings)).toThrow(message);
  expect(() => template(refused, fillings)).toThrow(message);
});

test('only a key that is refused turns the scenario off', () => {
  expect(typeOf(row('', 'connection'), 401)).toBe('InvalidAccessTokenError');
  expect(typeOf(row('', 'connection'), 403)).toBe('RuntimeError');
  expect(typeOf(row('', 'wait'), 429)).toBe('RateLimitError');
  expect(typeOf(row('', 'retry'), 503)).toBe('ConnectionError');
  expect(typeOf(row('', 'data'), 422)).toBe('DataError');
});
