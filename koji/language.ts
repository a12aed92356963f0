/** Languages of interviews: codes of BCP 47 (https://www.rfc-editor.org/info/bcp47). */
import { trimmedText } from '../boundary/values.ts';

/** Common ones, with their names. Which ones Koji speaks, it decides. */
export const commonLanguages = {
  en: 'English',
  ar: 'Arabic',
  'zh-CN': 'Chinese (simplified)',
  da: 'Danish',
  nl: 'Dutch',
  fi: 'Finnish',
  fr: 'French',
  de: 'German',
  hi: 'Hindi',
  it: 'Italian',
  ja: 'Japanese',
  ko: 'Korean',
  nb: 'Norwegian',
  pl: 'Polish',
  'pt-BR': 'Portuguese (Brazil)',
  'pt-PT': 'Portuguese (Portugal)',
  es: 'Spanish',
  sv: 'Swedish',
  tr: 'Turkish',
  uk: 'Ukrainian',
} as const;

/** A language in any capitals, with or without a script and a region; `_` is read as `-`, because programs write it so. */
export const LANGUAGE_PATTERN = '^[a-z]{2,3}([-_][a-z]{4})?([-_]([a-z]{2}|[0-9]{3}))?$';
const LANGUAGE = new RegExp(LANGUAGE_PATTERN, 'i');

/** What people read of a field that holds none. */
export const NO_LANGUAGE = 'must be a language code such as en or pt-BR';

/** A language's code, spelled as BCP 47 recommends: `EN` is `en`, `de_de` is `de-DE`. */
export const languageCode = trimmedText
  .refine((code) => LANGUAGE.test(code))
  .transform((code) => new Intl.Locale(code.replaceAll('_', '-')).baseName);
