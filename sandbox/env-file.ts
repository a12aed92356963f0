/** The sandbox's lines in a `.env` that may hold other people's keys. */
import { parseEnv } from 'node:util';

const BEGINS = '# The sandbox’s lines begin here; it takes them out when it ends.';
const ENDS = '# The sandbox’s lines end here.';

/** The sandbox's lines in the file, what stands before and what behind them; null when it has none. */
const partsOf = (file: string): { before: string; lines: string; behind: string } | null => {
  const from = file.indexOf(`${BEGINS}\n`);
  const to = file.indexOf(ENDS, from);
  if (from === -1 || to === -1) return null;
  return {
    before: file.slice(0, from),
    lines: file.slice(from, to),
    behind: file.slice(to + ENDS.length).replace(/^\n/, ''),
  };
};

/** The file without the sandbox's lines, and everything else as it was. */
export const withoutLines = (file: string): string => {
  const parts = partsOf(file);
  return parts === null ? file : parts.before + parts.behind;
};

/** What a sandbox's lines in the file set. */
export const linesIn = (file: string): NodeJS.Dict<string> => parseEnv(partsOf(file)?.lines ?? '');

/** The file with these lines of the sandbox, or the names that somebody else's lines in it set already. */
export const withLines = (file: string, lines: Record<string, string>): { file: string } | { taken: string[] } => {
  const others = withoutLines(file);
  const set = parseEnv(others);
  const taken = Object.keys(lines).filter((name) => (set[name] ?? '') !== '');
  if (taken.length > 0) return { taken };
  const ours = Object.entries(lines).map(([name, value]) => `${name}=${value}`);
  const before = others === '' || others.endsWith('\n') ? others : `${others}\n`;
  return { file: `${before}${[BEGINS, ...ours, ENDS].join('\n')}\n` };
};
