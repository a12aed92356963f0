import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appOf } from '../../../make/build/apps.ts';
import { readOrigins } from '../../../make/origins/origins.ts';
import { runCommand, startCommand } from '../../support/command.ts';
import { startMakeApi, TOKEN } from './make-api.ts';

let make: Awaited<ReturnType<typeof startMakeApi>>;
let folder: string;
let file: string;
beforeEach(async () => {
  make = await startMakeApi();
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  file = join(folder, 'origins.json');
});
afterEach(async () => {
  await make.close();
  rmSync(folder, { recursive: true });
});

const environment = (variables: object = { MAKE_ORIGINS: file }) => ({
  env: { PATH: process.env.PATH, MAKE_API_URL: make.url, MAKE_API_TOKEN: TOKEN, ...variables },
});
/** The command as a person runs it. */
const start = (...words: string[]) => startCommand('make/deploy/run.ts', words, environment());
const run = (...words: string[]) => runCommand('make/deploy/run.ts', words, environment());
const runWith = (variables: object, ...words: string[]) =>
  runCommand('make/deploy/run.ts', words, environment(variables));

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await sleep(10);
};

test('both apps are put on Make, one after the other, and the second run changes nothing', async () => {
  const first = await start('--target', 'koji', '--apply').ended;
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toContain("The app's id on Make is koji-x9. Next: npm run make:blueprints -- --app koji-x9");
  await run('--target', 'koji-amplitude', '--apply');
  const known = readOrigins(file);
  expect([known.koji[0]?.appId, known['koji-amplitude'][0]?.appId]).toEqual(['koji-x9', 'koji-amplitude-x10']);
  expect((await run('--target', 'koji', '--apply')).out).toMatch(/^0 changes\./m);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('where modules and RPCs lie is noted, too, because Make’s extension takes the others for new ones', async () => {
  await run('--target', 'koji-amplitude', '--apply');
  const [origin] = readOrigins(file)['koji-amplitude'];
  expect(origin?.idMapping.module).toContainEqual({ local: 'startInterview', remote: 'startInterview' });
  const rpcs = ['listInterviews', 'listStudies', 'listCohorts', 'listAnnotationCategories'];
  expect(origin?.idMapping.rpc).toEqual(rpcs.map((id) => ({ local: id, remote: id })));
  expect(origin?.idMapping.module.map(({ local }) => local)).toEqual(
    appOf('koji-amplitude').modules.map(({ id }) => id),
  );
});

test('in another zone than the known one it makes no second app, unless it is told to', async () => {
  await run('--target', 'koji', '--apply');
  const elsewhere = await startMakeApi();
  try {
    const there = { MAKE_ORIGINS: file, MAKE_API_URL: elsewhere.url.replace('127.0.0.1', 'localhost') };
    const refused = await runWith(there, '--target', 'koji', '--apply');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('knows this app at 127.0.0.1 (koji-x9), not at localhost');
    expect(elsewhere.apps()).toEqual([]);
    expect((await runWith(there, '--target', 'koji', '--new', '--apply')).code).toBe(0);
    expect(readOrigins(file).koji).toHaveLength(2);
  } finally {
    await elsewhere.close();
  }
});

test('another app and one that is there are not asked for together', async () => {
  const { code, err } = await run('--target', 'koji', '--new', '--app', 'koji-x9', '--apply');
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('give one of the two') });
  expect(make.calls).toEqual([]);
});

test('--new makes another app beside the known one, which it leaves alone', async () => {
  await run('--target', 'koji', '--apply');
  const before = make.calls.length;
  const { code, out } = await run('--target', 'koji', '--new', '--apply');
  expect([code, make.apps()]).toEqual([0, ['koji-x9', 'koji-x10']]);
  expect(out).toContain("The app's id on Make is koji-x10.");
  expect(make.calls.slice(before).filter((call) => call.includes('/koji-x9/'))).toEqual([]);
});

test('--new takes none for its own by name and label, either', async () => {
  make.addApp('koji-a1', 'Koji');
  expect((await run('--target', 'koji', '--new', '--apply')).code).toBe(0);
  expect(make.apps()).toEqual(['koji-a1', 'koji-x10']);
});

test('--new that was cut off makes no second app: it names the one that is there, to go on with', async () => {
  make.failNext(/^POST .*\/modules$/, 403);
  expect((await run('--target', 'koji', '--new', '--apply')).code).toBe(1);
  const again = await run('--target', 'koji', '--new', '--apply');
  expect(again).toMatchObject({ code: 1, out: '' });
  expect(again.err).toMatch(/^A deploy with --new made koji-x9 and did not end: go on with it by --app koji-x9\./);
  expect((await run('--target', 'koji', '--app', 'koji-x9', '--apply')).code).toBe(0);
  expect(make.apps()).toEqual(['koji-x9']);
  expect((await run('--target', 'koji', '--new', '--apply')).code).toBe(0);
  expect(make.apps()).toEqual(['koji-x9', 'koji-x10']);
});

test('--new whose app Make may have made without an answer is not run again until somebody has looked', async () => {
  make.failNext(/^POST $/, 'broken');
  expect((await run('--target', 'koji', '--new', '--apply')).code).toBe(1);
  const again = await run('--target', 'koji', '--new', '--apply');
  expect(again).toMatchObject({ code: 1, out: '' });
  expect(again.err).toContain('may have made an app on Make');
  expect(make.apps()).toEqual(['koji-x9']);
  await run('--target', 'koji', '--app', 'koji-x9', '--apply');
  expect((await run('--target', 'koji', '--new', '--apply')).err).toBe(again.err);
  rmSync(`${file}.koji.unfinished`);
  expect((await run('--target', 'koji', '--new', '--apply')).code).toBe(0);
});

test('where two are known in a zone, one has to be named', async () => {
  await run('--target', 'koji', '--apply');
  await run('--target', 'koji', '--new', '--apply');
  const { code, err } = await run('--target', 'koji', '--apply');
  expect(code).toBe(1);
  expect(err).toBe('The app lies there as koji-x9 and as koji-x10: name one of them with --app.\n');
  expect((await run('--target', 'koji', '--app', 'koji-x9', '--apply')).out).toMatch(/^0 changes\./m);
});

test('a trial run against another address needs a file of its own for what it learns', async () => {
  const { code, err } = await runWith({}, '--target', 'koji', '--apply');
  expect(code).toBe(2);
  expect(err).toContain('MAKE_ORIGINS');
  expect(make.calls).toEqual([]);
});

test('without --apply it writes no file, not even a lock, and minds no other run', async () => {
  writeFileSync(`${file}.lock`, '');
  expect(await run('--target', 'koji')).toMatchObject({ code: 0, err: '' });
  expect(existsSync(file)).toBe(false);
  expect(make.apps()).toEqual([]);
});

test('while one run is at work a second one does nothing; ended by hand, the first leaves no lock', async () => {
  make.failNext(/^POST .*\/connections$/, 'hanging');
  const first = start('--target', 'koji', '--apply');
  await until(() => make.done.some((call) => call.endsWith('/connections') && call.startsWith('POST')));
  const asked = make.calls.length;
  const second = await run('--target', 'koji', '--apply');
  expect(second).toMatchObject({ code: 1, out: '' });
  expect(second.err).toContain(`${file}.lock is there`);
  expect(make.calls.length).toBe(asked);

  first.child.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect(await run('--target', 'koji', '--apply')).toMatchObject({ code: 0, err: '' });
  expect(make.holds('koji-x9').connection.length).toBe(1);
});

test('a run that fails says why in one line and leaves no lock', async () => {
  make.failNext(/checksum/, 403);
  const { code, err } = await start('--target', 'koji', '--apply').ended;
  expect(code).toBe(1);
  expect(err).toBe(
    'The token lacks the scopes sdk-apps:read and sdk-apps:write. (403 for GET /v2/sdk/apps/koji-x9/1/checksum)\n',
  );
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('a broken file of origins stops it before Make is called, and is left as it is', async () => {
  writeFileSync(file, '{ "koji": [');
  const { code, err } = await run('--target', 'koji', '--apply');
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^${file} does not hold what a deploy wrote.*Restore it from git.*\\n$`));
  expect(make.calls).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe('{ "koji": [');
});

test('--app that is no app’s id is refused before Make is called', async () => {
  const { code, err } = await run('--target', 'koji', '--app', 'koji/../../users');
  expect(code).toBe(2);
  expect(err).toContain('--app takes an app’s id as Make shows it in its address: small letters, digits and hyphens');
  expect(make.calls).toEqual([]);
});

test('--app names an app that is on Make already', async () => {
  make.addApp('koji-of-mine', 'Mine');
  expect(await run('--target', 'koji', '--app', 'koji-of-mine', '--apply')).toMatchObject({ code: 0, err: '' });
  expect(make.apps()).toEqual(['koji-of-mine']);
  expect(readOrigins(file).koji[0]?.appId).toBe('koji-of-mine');
});
