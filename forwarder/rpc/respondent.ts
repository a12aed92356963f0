/** A Koji respondent as reverse-ETL tools let people map columns to it; other columns become metadata. */

/** The name of the only thing that rows can become here. */
export const OBJECT = 'respondent';

/** The field that tells people apart. */
export const IDENTIFIER = 'external_id';

/** Every field with its label. */
export const fields = [
  { name: IDENTIFIER, label: 'External id' },
  { name: 'email', label: 'Email' },
  { name: 'display_name', label: 'Name' },
  { name: 'mode', label: 'Mode (text or voice)' },
  { name: 'locale', label: 'Language' },
] as const;

/** Rows of one call; Koji takes one a second, so that larger batches would gain nothing. */
export const BATCH_SIZE = 100;
