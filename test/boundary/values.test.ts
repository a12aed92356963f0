import * as z from 'zod';
import { VendorFailure } from '../../boundary/failure.ts';
import {
  email,
  isoOf,
  momentOf,
  named,
  number,
  oneOf,
  optional,
  properties,
  readInput,
  required,
  resolved,
  shallow,
  text,
  textList,
  trimmedText,
  utcMomentOf,
  yesOrNo,
} from '../../boundary/values.ts';

/** What a field makes of a value, or the word "refused". */
const read = (schema: z.ZodType, value: unknown): unknown => {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : 'refused';
};

describe('a field that may stay empty', () => {
  const field = z.object({ note: optional(text, 'must be text') });

  test.each([
    ['not there', {}],
    ['undefined', { note: undefined }],
    ['null', { note: null }],
    ['an empty text', { note: '' }],
    ['a text of spaces', { note: ' \n\t' }],
  ])('%s is not given', (_name, given) => {
    expect(field.parse(given).note).toBeUndefined();
  });

  test('a value that fits is given as the field reads it', () => {
    expect(field.parse({ note: 7 }).note).toBe('7');
  });

  test('zero and no are values', () => {
    expect(read(optional(number, 'must be a number'), 0)).toBe(0);
    expect(read(optional(yesOrNo, 'must be yes or no'), false)).toBe(false);
  });

  test('a value that does not fit is refused in the words of the field', () => {
    expect(field.safeParse({ note: {} }).error?.issues.map(({ message }) => message)).toEqual(['must be text']);
  });
});

describe('a field that must be filled in', () => {
  const field = z.object({ note: required(text, 'must be text') });

  test.each([
    ['not there', {}, 'is empty'],
    ['null', { note: null }, 'is empty'],
    ['a text of spaces', { note: '  ' }, 'is empty'],
    ['a value that does not fit', { note: {} }, 'must be text'],
  ])('%s is refused', (_name, given, message) => {
    expect(field.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  test('a value that fits is given', () => {
    expect(field.parse({ note: 'a' })).toEqual({ note: 'a' });
  });
});

describe('what people filled in', () => {
  const failure = (schema: z.ZodObject, input: unknown): VendorFailure | undefined => {
    try {
      readInput('Koji', schema, input);
    } catch (error) {
      if (error instanceof VendorFailure) return error;
      throw error;
    }
    return undefined;
  };

  test('is given parsed, without what the step does not know', () => {
    const schema = z.object({ respondent_id: required(text, 'must be text') });
    expect(readInput('Koji', schema, { respondent_id: 7, zap_id: 1 })).toEqual({ respondent_id: '7' });
  });

  test.each([
    ['respondent_id', 'Respondent ID'],
    ['transcript_url', 'Transcript URL'],
    ['koji_api_key', 'Koji API Key'],
    ['mode', 'Mode'],
  ])('is named as in the form: %s is %s', (key, name) => {
    expect(failure(z.object({ [key]: required(text, 'must be text') }), {})?.message).toBe(
      `Nothing was sent to Koji: the field ${name} is empty.`,
    );
  });

  test('is named by its title in the form, where that is another than its key spells', () => {
    const schema = z.object({ study_link: required(text, 'must be text').meta({ title: 'Link of the Study' }) });
    expect(failure(schema, {})?.message).toBe('Nothing was sent to Koji: the field Link of the Study is empty.');
  });

  test('is for its owner to mend, and names the first field in the way', () => {
    const schema = z.object({ first: required(text, 'must be text'), second: required(text, 'must be text') });
    const { message, details } = failure(schema, { first: {}, second: {} }) ?? {};
    expect(message).toBe('Nothing was sent to Koji: the field First must be text.');
    expect(details).toEqual({ service: 'Koji', kind: 'data', code: 'invalid_input', status: 0 });
  });

  test('does not appear in the message', () => {
    const schema = z.object({
      koji_api_key: required(
        text.refine(() => false),
        'holds a space',
      ),
    });
    expect(failure(schema, { koji_api_key: 'pk_live_51c8e2' })?.message).not.toContain('pk_live_51c8e2');
  });

  test('is refused when it is no form at all', () => {
    expect(failure(z.object({}), 'text')?.message).toMatch(/^Nothing was sent to Koji: the field Input /);
  });
});

test.each([
  ['  a b ', '  a b '],
  ['', ''],
  [7, '7'],
  [1.5, '1.5'],
  [true, 'refused'],
  [null, 'refused'],
  [['a'], 'refused'],
])('text: %p is %p', (given, expected) => {
  expect(read(text, given)).toBe(expected);
});

test.each([
  ['  a b ', 'a b'],
  ['Ada@Example.COM\n', 'Ada@Example.COM'],
  [7, '7'],
  [{}, 'refused'],
])('text without the spaces around it: %p is %p', (given, expected) => {
  expect(read(trimmedText, given)).toBe(expected);
});

test.each([
  [4, 4],
  ['4', 4],
  [' 4 ', 4],
  ['+4', 4],
  ['-4', -4],
  ['3.5', 3.5],
  ['-12.75', -12.75],
  ['3,5', 'refused'],
  ['4 stars', 'refused'],
  ['', 'refused'],
  ['1e3', 'refused'],
  ['0x10', 'refused'],
  ['.5', 'refused'],
  ['Infinity', 'refused'],
  [Number.NaN, 'refused'],
  [null, 'refused'],
  [true, 'refused'],
])('number: %p is %p', (given, expected) => {
  expect(read(number, given)).toBe(expected);
});

test.each([
  [true, true],
  [false, false],
  ['true', true],
  ['Yes', true],
  [' y ', true],
  ['1', true],
  ['ON', true],
  [1, true],
  ['false', false],
  ['No', false],
  ['n', false],
  ['0', false],
  ['off', false],
  [0, false],
  ['perhaps', 'refused'],
  [2, 'refused'],
  ['', 'refused'],
  [null, 'refused'],
])('yes or no: %p is %p', (given, expected) => {
  expect(read(yesOrNo, given)).toBe(expected);
});

describe('one of the choices text and voice', () => {
  const mode = oneOf(['text', 'voice']);

  test.each([
    ['as it is', 'voice', 'voice'],
    ['in any capitals, with spaces around it', ' Voice ', 'voice'],
    ['may be left empty', ' ', undefined],
  ])('%s', (_name, given, expected) => {
    expect(read(mode, given)).toBe(expected);
  });

  test.each(['video', 'voices', 'text, voice', 1, true])('is not %j, and the choices are named', (given) => {
    expect(mode.safeParse(given).error?.issues).toMatchObject([{ message: 'must be one of text, voice' }]);
  });
});

test.each([
  ['a list', ['a', 'b'], ['a', 'b']],
  ['one text', 'a', ['a']],
  ['one text with commas', 'a, b ,c', ['a', 'b', 'c']],
  ['one text with commas, alone in a list', ['slow, buggy app'], ['slow, buggy app']],
  ['several texts, one of which holds a comma', ['a, b', 'c'], ['a, b', 'c']],
  ['spaces around, and empty ones between', [' a ', '', null, 'b'], ['a', 'b']],
  ['numbers', [1, 2], ['1', '2']],
  ['an empty list', [], []],
  ['an empty text', '', []],
  ['only commas', ',,', []],
  ['objects', [{ name: 'a' }], 'refused'],
  ['an object', { a: 1 }, 'refused'],
  ['null', null, 'refused'],
])('list of texts: %s', (_name, given, expected) => {
  expect(read(textList, given)).toEqual(expected);
});

describe('a field that holds an email', () => {
  const schema = z.object({ respondent_email: email });

  test.each([' ada@example.com ', '', undefined])('may hold %p', (given) => {
    expect(readInput('Koji', schema, { respondent_email: given }).respondent_email).toBe(given?.trim() || undefined);
  });

  test.each([
    ['an email with a name in front', 'Ada <ada@example.com>', 'must be one email address, such as ada@example.com.'],
    ['two of them', 'ada@example.com, ben@example.com', 'must be one email address, such as ada@example.com.'],
    ['a placeholder', 'null', 'holds a placeholder such as null or n/a: an earlier step had no value for it.'],
    ['a reference that was not filled', '{{1__email}}', 'is mapped to something that an earlier step did not give.'],
    ['an object', {}, 'must be text.'],
  ])('is refused when it holds %s', (_what, given, words) => {
    expect(() => readInput('Koji', schema, { respondent_email: given })).toThrow(
      `Nothing was sent to Koji: the field Respondent Email ${words}`,
    );
  });
});

describe('any value of JSON', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 'core' : { one: null, list: [nested(depth - 1)] });

  test.each([
    ['a text', 'a'],
    ['null', null],
    ['a list', [1, [2]]],
    ['an object', { a: { b: null } }],
    ['nothing in it', {}],
  ])('is taken as it is: %s', (_what, value) => {
    expect(read(shallow, value)).toEqual(value);
  });

  test('is null when it is nested in more than 32 objects and lists', () => {
    expect(read(shallow, nested(16))).toEqual(nested(16));
    expect(read(shallow, [nested(16)])).toBeNull();
  });
});

test.each([
  ['a text', ' a ', ' a '],
  ['a number', -1.5, -1.5],
  ['yes', true, true],
  ['no', false, false],
  ['a list of texts', ['a, b', 'c'], ['a, b', 'c']],
  ['a list of numbers, yes and no, as texts', [1, true], ['1', 'true']],
  ['nothing, as an empty text', null, ''],
])('a property can be %s', (_name, value, kept) => {
  expect(read(properties, { a: value })).toEqual({ kept: { a: kept }, leftOut: [] });
});

test.each([
  ['an object', { a: 1 }],
  ['a list of objects', [{ a: 1 }]],
  ['a list of lists', [['a']]],
  ['a number that may have been rounded', 2 ** 53],
  ['no number', Number.NaN],
])('a property that is %s is left out and named, and the others stay', (_name, odd) => {
  expect(read(properties, { odd, plan: 'trial' })).toEqual({ kept: { plan: 'trial' }, leftOut: ['odd'] });
});

test('a property named __proto__ is left out and named; one named as what every object has is kept', () => {
  const given = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c", "length": 3}');
  const kept = { constructor: 'b', toString: 'c', length: 3 };
  expect(read(properties, given)).toEqual({ kept, leftOut: ['__proto__'] });
});

test.each([
  ['a text', 'plan'],
  ['a list', ['plan']],
  ['a number', 4],
])('properties are not %s', (_name, odd) => {
  expect(properties.safeParse(odd).success).toBe(false);
});

describe('moments', () => {
  test.each([
    ['UTC', '2026-05-24T11:41:22Z', '2026-05-24T11:41:22.000Z'],
    ['with thousandths', '2026-05-24T11:41:22.123Z', '2026-05-24T11:41:22.123Z'],
    ['with millionths', '2026-05-24T11:41:22.123456Z', '2026-05-24T11:41:22.123Z'],
    ['with a zone', '2026-05-24T13:41:22+02:00', '2026-05-24T11:41:22.000Z'],
    ['with a zone without a colon', '2026-05-24T06:41:22-0500', '2026-05-24T11:41:22.000Z'],
    ['with a space before the zone', '2026-05-24 13:41:22 +02:00', '2026-05-24T11:41:22.000Z'],
    ['in small letters', '2026-05-24t11:41:22z', '2026-05-24T11:41:22.000Z'],
    ['without seconds', '2026-05-24 11:41Z', '2026-05-24T11:41:00.000Z'],
    ['on a leap day', '2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
    ['with spaces around it', ' 2026-05-24T11:41:22Z\n', '2026-05-24T11:41:22.000Z'],
    ['as databases print it', '2026-05-24 11:41:22+00', '2026-05-24T11:41:22.000Z'],
    ['with thousandths and hours alone for the zone', '2026-05-24 13:41:22.5+02', '2026-05-24T11:41:22.500Z'],
    ['with UTC behind it', '2026-05-24 11:41:22 UTC', '2026-05-24T11:41:22.000Z'],
    ['with GMT behind it', '2026-05-24T11:41:22GMT', '2026-05-24T11:41:22.000Z'],
    ['with a space and a zone without a colon', '2026-05-24 13:41:22 +0200', '2026-05-24T11:41:22.000Z'],
    ['as HTTP writes it', 'Thu, 26 Nov 2026 10:00:00 GMT', '2026-11-26T10:00:00.000Z'],
    ['as mail writes it', 'Thu, 26 Nov 2026 12:00:00 +0200', '2026-11-26T10:00:00.000Z'],
    ['without a day of the week', '5 Jun 2026 10:00 GMT', '2026-06-05T10:00:00.000Z'],
    ['with a comma before the thousandths', '2026-05-24T11:41:22,123Z', '2026-05-24T11:41:22.123Z'],
    ['with the name of its zone', '2026-05-24T13:41:22+02:00[Europe/Berlin]', '2026-05-24T11:41:22.000Z'],
    ['as Go writes it', '2026-05-24 13:41:22.5 +0200 CEST', '2026-05-24T11:41:22.500Z'],
    [
      'as JavaScript writes it',
      'Sun May 24 2026 13:41:22 GMT+0200 (Central European Time)',
      '2026-05-24T11:41:22.000Z',
    ],
    ['as JavaScript writes it, without the name', 'Sun May 24 2026 06:41:22 GMT-0500', '2026-05-24T11:41:22.000Z'],
    ['in seconds', 1_779_622_882, '2026-05-24T11:41:22.000Z'],
    ['in seconds with a fraction', 1_779_622_882.5, '2026-05-24T11:41:22.500Z'],
    ['in milliseconds', 1_779_622_882_123, '2026-05-24T11:41:22.123Z'],
    ['in seconds, as text', '1779622882', '2026-05-24T11:41:22.000Z'],
    ['in milliseconds, as text', '1779622882123', '2026-05-24T11:41:22.123Z'],
    ['in seconds with a fraction, as text', '1779622882.25', '2026-05-24T11:41:22.250Z'],
    ['the first that counts in milliseconds', 100_000_000_000, '1973-03-03T09:46:40.000Z'],
    ['in the future', '2126-05-24T11:41:22Z', '2126-05-24T11:41:22.000Z'],
    ['the last millisecond of the year 2199', '2199-12-31T23:59:59.999Z', '2199-12-31T23:59:59.999Z'],
  ])('%s', (_name, given, iso) => {
    expect(isoOf(given)).toBe(iso);
    expect(momentOf(given)).toBe(Date.parse(iso));
  });

  test.each(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'])(
    'in %s, as mail writes it',
    (month) => {
      const iso = isoOf(`05 ${month} 2026 10:00:00 GMT`);
      expect(new Date(iso ?? '').toUTCString()).toContain(`05 ${month} 2026 10:00:00`);
    },
  );

  test.each([
    ['words', 'last Tuesday'],
    ['a moment with words before it', 'on 2026-05-24T11:41:22Z'],
    ['a moment with words behind it', '2026-05-24T11:41:22Z or so'],
    ['a date of mail with words before it', 'at 24 May 2026 11:41:22 GMT'],
    ['a date of mail with words behind it', '24 May 2026 11:41:22 GMT or so'],
    ['a count with words before it', 'about 1779622882'],
    ['a count with words behind it', '1779622882 s'],
    ['the year 2200', '2200-01-01T00:00:00Z'],
    ['day and month that nobody can tell apart', '05/06/2026'],
    ['a moment without a zone', '2026-05-24T11:41:22'],
    ['a moment without a zone as databases print it', '2026-05-24 11:41:22.123456'],
    ['a moment without a zone and seconds', '2026-05-24 11:41'],
    ['a day, which begins at another moment in each place', '2026-05-24'],
    ['a day with a zone and no time', '2026-05-24Z'],
    ['a month in letters', 'May 24, 2026'],
    ['mail’s form without a zone', 'Thu, 26 Nov 2026 10:00:00'],
    ['mail’s form with a zone by its letters', 'Thu, 26 Nov 2026 10:00:00 EST'],
    ['JavaScript’s form without a zone', 'Thu Nov 26 2026 10:00:00'],
    ['the thirty-first of November as JavaScript writes it', 'Tue Nov 31 2026 10:00:00 GMT+0000'],
    ['a moment with half a day behind it', '2026-05-24T11:41:22Z PM'],
    ['a moment with a zone by its letters alone', '2026-05-24 11:41:22 CEST'],
    ['the thirty-first of November', 'Tue, 31 Nov 2026 10:00:00 GMT'],
    ['the year 1', '0001-01-01T00:00:00Z'],
    ['the beginning of time for computers', '1970-01-01T00:00:00.000Z'],
    ['the end of time for databases', '9999-12-31T23:59:59Z'],
    ['the end of time in milliseconds', 253_402_300_799_000],
    ['8 kB of spaces between two letters', `x${' '.repeat(8_192)}x`],
    ['a thirteenth month', '2026-13-01T10:00:00Z'],
    ['the thirtieth of February', '2026-02-30T10:00:00Z'],
    ['the twenty-ninth of February of a year without one', '2026-02-29T10:00:00Z'],
    ['the thirty-first of April', '2026-04-31T10:00:00+02:00'],
    ['an hour that no day has', '2026-05-24T25:00:00Z'],
    ['a zone that no place has', '2026-05-24T11:41:22+25:00'],
    ['an empty text', ''],
    ['a year alone', '2026'],
    ['zero', 0],
    ['a negative count', -1_779_622_882],
    ['no number', Number.NaN],
    ['endless', Number.POSITIVE_INFINITY],
    ['later than time goes', 8.64e15 + 1],
    ['null', null],
    ['nothing', undefined],
    ['yes', true],
    ['a list', ['2026-05-24']],
    ['a Date', new Date(1_779_622_882_000)],
  ])('%s is no moment', (_name, given) => {
    expect(momentOf(given)).toBeNull();
    expect(isoOf(given)).toBeNull();
  });
});

test.each([
  ['a reference of Zapier', '{{123__id}}', true],
  ['a reference amid text', 'user {{ 123__data__id }}!', true],
  ['an empty reference', '{{}}', true],
  ['single braces', '{123}', false],
  ['a reference that was cut off', '{{123', true],
  ['plain text', 'user_1', false],
])('%s is refused as unresolved: %#', (_name, value, refused) => {
  const read = () =>
    readInput('Koji', z.object({ respondent_id: resolved(optional(text, 'must be text')) }), { respondent_id: value });
  if (!refused) expect(read()).toEqual({ respondent_id: value });
  else
    expect(read).toThrow(
      'Nothing was sent to Koji: the field Respondent ID is mapped to something that an earlier step did not give.',
    );
});

describe('a field that names one thing or person', () => {
  const schema = z.object({ respondent_id: named(optional(text, 'must be text')) });
  test.each(['null', 'NULL', ' undefined ', '[object Object]', 'n/a', 'None', 'NaN', '0', '{}', '(not set)'])(
    'is refused when it holds %p, in words',
    (value) => {
      expect(() => readInput('Koji', schema, { respondent_id: value })).toThrow(
        'Nothing was sent to Koji: the field Respondent ID holds a placeholder such as null or n/a: an earlier step had no value for it.',
      );
    },
  );

  test('is refused when it is mapped to a reference that was not filled', () => {
    expect(() => readInput('Koji', schema, { respondent_id: '{{1__id}}' })).toThrow('is mapped to something');
  });

  test.each(['u\ud83d', '\udc00u', 'u\ufffd'])('is refused when it holds a broken character: %j', (value) => {
    expect(() => readInput('Koji', schema, { respondent_id: value })).toThrow('holds a broken character');
  });

  test('is refused when it holds more than any name does', () => {
    expect(readInput('Koji', schema, { respondent_id: 'u'.repeat(1_024) })).toBeDefined();
    expect(() => readInput('Koji', schema, { respondent_id: 'u'.repeat(1_025) })).toThrow(
      'Nothing was sent to Koji: the field Respondent ID holds more than 1,024 characters, so something else is mapped to it.',
    );
  });

  test.each(['nullable', 'Nan@example.com', 'user_0', '10', 'None Such', undefined])('may hold %p', (value) => {
    expect(readInput('Koji', schema, { respondent_id: value })).toEqual({ respondent_id: value });
  });

  test.each([2 ** 53, -(2 ** 53), 1e21, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is refused when it holds %p, a number that may have been rounded',
    (value) => {
      expect(() => readInput('Koji', schema, { respondent_id: value })).toThrow(
        'the field Respondent ID holds a number with too many digits to be exact; hand it on as text',
      );
    },
  );
});

test('a field that may stay empty is not refused when it does', () => {
  const schema = z.object({ respondent_id: resolved(optional(text, 'must be text')) });
  expect(readInput('Koji', schema, { respondent_id: ' ' })).toEqual({ respondent_id: undefined });
});

describe('a moment of a service that writes UTC without saying so', () => {
  test.each(['2026-05-24T11:41:22', '2026-05-24 11:41:22', '2026-05-24T11:41:22Z', '2026-05-24T13:41:22+02:00'])(
    '%s is read',
    (given) => {
      expect(utcMomentOf(given)).toBe(Date.UTC(2026, 4, 24, 11, 41, 22));
    },
  );

  test.each([null, undefined, 'soon', '2026-05-24', {}])('%j is none', (given) => {
    expect(utcMomentOf(given)).toBeNull();
  });
});
