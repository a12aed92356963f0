/**
 * What stands where nobody is, in small letters. Make's blueprints put these between quotes and commas, so none of them holds
 * either: `isPlaceholder` reads through them.
 */
export const PLACEHOLDERS = new Set([
  // What services refuse as an id.
  'anonymous',
  'nil',
  'none',
  'null',
  'n/a',
  'na',
  'undefined',
  'unknown',
  '00000000-0000-0000-0000-000000000000',
  '{}',
  'lmy47d',
  '0',
  '-1',
  // What programs, spreadsheets and reports write instead of nothing.
  'nan',
  'true',
  'false',
  '[object object]',
  '{object}',
  '[]',
  '-',
  '--',
  'n.a.',
  '#n/a',
  '#ref!',
  '#value!',
  '#name?',
  '#error!',
  '#div/0!',
  '(none)',
  '(null)',
  '(not set)',
  '(empty)',
  'redacted',
  '[redacted]',
  '(redacted)',
  '<redacted>',
]);

/** Whether a text holds a reference that the platform could not fill, whole or cut off: `{{123__id}}`, `{{123__` (Z6). */
export const isUnresolved = (value: string): boolean => value.includes('{{');

/** What is read through: signs that nobody sees, and quotes of all scripts. */
const NO_MATTER = /[\p{Default_Ignorable_Code_Point}\p{Quotation_Mark}`]/gu;
/** What stands between several values, or between the parts of an email. */
const BETWEEN = /[\p{Cc},;@]/u;

/**
 * Whether an id or an email is one that many people would share: nothing but placeholders, whatever the capitals, between
 * quotes, with commas, with signs that nobody sees, or as an email: `"null"`, `n/a, n/a`, `null@null`. Nothing at all is
 * one, too. No list says how it is spelled: nobody is called NULL.
 */
export const isPlaceholder = (value: string): boolean =>
  isUnresolved(value) ||
  value
    .normalize('NFKC')
    .replace(NO_MATTER, '')
    .toLowerCase()
    .split(BETWEEN)
    .every((part) => part.trim() === '' || PLACEHOLDERS.has(part.trim()));

/** A reference, whole or cut off. */
const REFERENCE = /\{\{[^{}]*(?:\}\}|$)/g;

/** Whether a text that people read says nothing: placeholders and references alone. Braces among its words are its own. */
export const saysNothing = (value: string): boolean => isPlaceholder(value.replace(REFERENCE, ''));
