import { parseEnv } from 'node:util';
import { linesIn, withLines, withoutLines } from '../../sandbox/env-file.ts';

const lines = { KOJI_API_URL: 'http://127.0.0.1:1/api/v1', authData_koji_api_key: 'pk_sandbox' };
const written = (file: string): string => {
  const result = withLines(file, lines);
  if ('taken' in result) throw new Error(`These are taken: ${result.taken.join(', ')}`);
  return result.file;
};

test('an empty file gets the lines', () => {
  expect(parseEnv(written(''))).toEqual(lines);
});

test('other lines stay as they are, also without a line break at the end', () => {
  const others = '# mine\nOTHER_KEY=secret';
  expect(written(others).startsWith(`${others}\n`)).toBe(true);
  expect(parseEnv(written(others))).toEqual({ OTHER_KEY: 'secret', ...lines });
});

test('a second time the lines are replaced, not doubled', () => {
  expect(written(written('OTHER_KEY=secret\n'))).toBe(written('OTHER_KEY=secret\n'));
});

test('a key that somebody has put there is not touched, and named', () => {
  expect(withLines('authData_koji_api_key=pk_live_mine\n', lines)).toEqual({ taken: ['authData_koji_api_key'] });
});

test('a name that is there without a value is nobody’s key', () => {
  expect(parseEnv(written('authData_koji_api_key=\n'))).toEqual(lines);
});

test('at the end the file is as it was', () => {
  expect(withoutLines(written('OTHER_KEY=secret\n'))).toBe('OTHER_KEY=secret\n');
  expect(withoutLines('OTHER_KEY=secret\n')).toBe('OTHER_KEY=secret\n');
});

test('what a sandbox has put there is told from what others have', () => {
  expect(linesIn(written('OTHER_KEY=secret\n'))).toEqual(lines);
  expect(linesIn('KOJI_API_URL=https://mine.example\n')).toEqual({});
});
