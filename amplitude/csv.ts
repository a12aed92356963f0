/** CSV as RFC 4180 has it, read piece by piece. */

export type CsvRow = {
  values: string[];
  /**
   * Whether it has a quote that neither opens nor closes a value nor is one of a pair, or one that is never closed, or outside
   * quotes a carriage return that ends no line.
   */
  isBroken: boolean;
  /** Whether a line end follows. */
  hasLineEnd: boolean;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Hands on each row but empty lines. Each character is looked at once, and a bad row costs no more than a good one. */
export const csvReader = (take: (row: CsvRow) => void) => {
  let values: string[] = [];
  let value = '';
  /** `closed`: behind a quote within quotes; another one makes the two stand for a quote. */
  let state: 'plain' | 'open' | 'closed' = 'plain';
  let isBroken = false;
  /** Behind a closed value. */
  let hasReturn = false;
  let rowLength = 0;

  const endValue = (): void => {
    isBroken ||= hasReturn || (state === 'plain' && value.includes('\r'));
    values.push(value);
    value = '';
    state = 'plain';
    hasReturn = false;
  };
  const endRow = (hasLineEnd: boolean): void => {
    rowLength = 0;
    if (values.length === 0 && value === '' && state === 'plain') return;
    endValue();
    take({ values, isBroken, hasLineEnd });
    values = [];
    isBroken = false;
  };
  /** Gives the length of the row that has begun and not ended, in characters. */
  const read = (text: string): number => {
    let from = 0;
    let rowFrom = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (state === 'open') {
        if (code !== QUOTE) continue;
        value += text.slice(from, at);
        from = at + 1;
        state = 'closed';
      } else if (code === COMMA) {
        value += text.slice(from, at);
        from = at + 1;
        endValue();
      } else if (code === LINE_FEED) {
        value += text.slice(from, at);
        if (state === 'plain' && value.endsWith('\r')) value = value.slice(0, -1);
        hasReturn = false;
        from = at + 1;
        rowFrom = from;
        endRow(true);
      } else if (state === 'closed' && code === CARRIAGE_RETURN && !hasReturn) {
        hasReturn = true;
        from = at + 1;
      } else if (state === 'closed') {
        // A stray quote ends nothing: the value goes on to the next quote.
        isBroken ||= hasReturn || code !== QUOTE;
        hasReturn = false;
        state = 'open';
      } else if (code === QUOTE) {
        if (value !== '' || from < at) {
          isBroken = true;
          continue;
        }
        from = at + 1;
        state = 'open';
      }
    }
    value += text.slice(from);
    rowLength += text.length - rowFrom;
    return rowLength;
  };
  const end = (): void => {
    isBroken ||= state === 'open';
    endRow(false);
  };
  return { read, end };
};
