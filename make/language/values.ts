/** How values from outside are read in Make's expressions: the twin of boundary/values.ts and of the wire schemas. */
import { qualityScale } from '../../koji/contract.ts';
import { asText, call, choose, matches, quoted, replaceAll } from './iml.ts';

/** For fields that must hold something; spaces alone would stand for everything, or for one and the same thing. */
export const NOT_BLANK = { pattern: '[^ \\t\\r\\n]' };

/** What counts as space around a text. */
export const SPACES = ' \t\n\r\u00a0';

/**
 * A text or a number as text; anything else, and nothing, is an empty text. Without this, every object would be the same
 * `{object}`, and people known by such an id one person.
 */
export const wireText = (path: string): string =>
  replaceAll(choose(call('isArray', path), quoted(''), asText(path)), '^([{]object[}]|true|false)$', '');

/** The same, or null where it is empty. */
export const wireTextOrNull = (path: string): string => call('ifempty', wireText(path), 'null');

/** A backslash, in a pattern that holds none: from [ to ^ there are four characters, and it is not one of the other three. */
const BACKSLASH = '(?![[^]|])[[-^]';
/** The inside of a text in JSON, as a pattern. */
export const INSIDE = `(?:[^"[-^]|[[^]|]|${BACKSLASH}.)*`;

const LEAP_YEAR = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const LONG = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])';
const SHORT = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)';
const FEBRUARY = '02-(?:0[1-9]|1[0-9]|2[0-8])';
const DAY = `(?:[0-9]{4}-(?:${LONG}|${SHORT}|${FEBRUARY})|${LEAP_YEAR}-02-29)`;
const TIME = '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?';
const ZONE = '(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])';
/** Only days of the calendar and times of the day: of any other, Make would make an error or another moment. */
const ISO = `${DAY}(?:[Tt ]${TIME} ?${ZONE}?)?`;
const COUNT = '[0-9]{9,14}([.][0-9]+)?';

/** With the zone that is meant where a service names none: without one Make takes the scenario's. */
const inUtc = (iso: string): string =>
  choose(
    matches(iso, DAY),
    `${iso} + ${quoted('T00:00:00Z')}`,
    choose(matches(iso, `.*${ZONE}`), replaceAll(iso, ' (?=[Z+-])', ''), `${iso} + ${quoted('Z')}`),
  );

/**
 * A moment as a service may write it, or null: ISO 8601 (without a zone it is UTC), or a count of seconds or
 * milliseconds since 1970.
 */
export const momentOrNull = (path: string): string => {
  const text = call('trim', wireText(path));
  // Seconds have 10 digits until the year 2286, milliseconds 12 and more since 1973.
  const format = choose(`${call('length', replaceAll(text, '[.].*$', ''))} > 11`, quoted('x'), quoted('X'));
  return choose(
    matches(text, ISO),
    call('parseDate', inUtc(call('upper', text))),
    choose(matches(text, COUNT), call('parseDate', text, format), 'null'),
  );
};

/** A score from 1 to 5, or null: a text counts as the number it spells, and what lies outside is no score. */
export const qualityScoreOrNull = (path: string): string => {
  const text = call('trim', wireText(path));
  const score = call('parseNumber', replaceAll(text, '^[+]', ''), quoted('.'));
  const inRange = `(${score} >= ${qualityScale.lowest}) & (${score} <= ${qualityScale.highest})`;
  return choose(matches(text, '[+]?[0-9]+([.][0-9]+)?'), choose(inRange, score, 'null'), 'null');
};
