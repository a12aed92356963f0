/** What stands where nobody is, in small letters. */
export const PLACEHOLDERS = new Set([
  // Ids that Amplitude refuses (A3, A23).
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
]);

/** Whether a text holds a reference that the platform could not fill: `{{123__id}}` (Z6). */
export const isUnresolved = (value: string): boolean => /\{\{[^{}]*\}\}/.test(value);

/** Whether an id or an email is one that many people would share. No list says how it is spelled: nobody is called NULL. */
export const isPlaceholder = (value: string): boolean =>
  PLACEHOLDERS.has(value.trim().toLowerCase()) || isUnresolved(value);
