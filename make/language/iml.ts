/** Make's expressions, where one of our texts goes into one (M8). Everything else is written as Make reads it. */

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
