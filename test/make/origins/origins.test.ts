import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockOrigins, newOrigin, OriginsError, readOrigins, saveOrigin } from '../../../make/origins/origins.ts';

const BASE_URL = 'https://eu1.make.com/api';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'origins-'));
  file = join(folder, 'origins.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const failureOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test('without the file no app is known', () => {
  expect(readOrigins(file)).toEqual({ koji: [], 'koji-amplitude': [] });
});

test.each([
  ['empty', ''],
  ['cut', '{ "koji": [], "koji-amp'],
  ['no list', '[]'],
  ['without a target', '{ "koji": [] }'],
  ['with an app that lacks its names', '{ "koji": [{ "appId": "koji-a1b2c3" }], "koji-amplitude": [] }'],
])('a file that is %s is told with its path and the way back', (_what, content) => {
  writeFileSync(file, content);
  const failure = failureOf(() => readOrigins(file));
  expect(failure).toBeInstanceOf(OriginsError);
  expect(failure).toMatchObject({
    message: `${file} does not hold what a deploy wrote: where the apps lie on Make. Restore it from git (git checkout -- ${file}) and run this again.`,
  });
});

test('what is saved is read again, and takes the place of what was known of the same app alone', () => {
  const first = newOrigin(BASE_URL, 'koji-a1b2c3');
  const elsewhere = newOrigin('https://us1.make.com/api', 'koji-a1b2c3');
  const learned = { ...first, idMapping: { ...first.idMapping, connection: [{ local: 'koji', remote: 'koji-1' }] } };
  for (const origin of [first, elsewhere, learned]) saveOrigin(file, 'koji', origin);
  expect(readOrigins(file)).toEqual({ koji: [elsewhere, learned], 'koji-amplitude': [] });
});

test('what the other app learned in between is not lost', () => {
  const koji = newOrigin(BASE_URL, 'koji-a1b2c3');
  const both = newOrigin(BASE_URL, 'koji-amplitude-a1b2c3');
  saveOrigin(file, 'koji', koji);
  saveOrigin(file, 'koji-amplitude', both);
  saveOrigin(file, 'koji', koji);
  expect(readOrigins(file)).toEqual({ koji: [koji], 'koji-amplitude': [both] });
});

test('one deploy at a time: the second is told which file to wait for or to delete', () => {
  const unlock = lockOrigins(file);
  const failure = failureOf(() => lockOrigins(file));
  expect(failure).toBeInstanceOf(OriginsError);
  expect(failure).toMatchObject({
    message: `Another deploy is running, or one was killed: ${file}.lock is there. Wait for it; if none is running, delete that file and run this again: nothing is made twice.`,
  });
  unlock();
  lockOrigins(file)();
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('the lock of another deploy is not taken away by one that gave its own back', () => {
  const unlock = lockOrigins(file);
  unlock();
  const unlockOther = lockOrigins(file);
  unlock();
  expect(existsSync(`${file}.lock`)).toBe(true);
  unlockOther();
});

test('a folder that is not there is told', () => {
  expect(() => lockOrigins(join(folder, 'nowhere', 'origins.json'))).toThrow("can't be written (ENOENT)");
});
