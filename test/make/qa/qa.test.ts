import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appOf } from '../../../make/build/apps.ts';
import { points } from '../../../make/qa/points.ts';
import { MADE_BY_QA, trials } from '../../../make/qa/trials.ts';
import { runCommand, startCommand } from '../../support/command.ts';
import { type Otherwise, originAt, startMake } from './stand-in.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qa-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The command as a person types it, on this Make. */
const commandOn = (
  make: Awaited<ReturnType<typeof startMake>>,
  changed: { [name: string]: string } = {},
): Parameters<typeof runCommand> => {
  const file = join(folder, 'origins.json');
  writeFileSync(file, JSON.stringify({ koji: [], 'koji-amplitude': [originAt(make.url)] }));
  const env = {
    PATH: process.env.PATH,
    MAKE_API_URL: make.url,
    MAKE_ORIGINS: file,
    MAKE_API_TOKEN: 'made-up-token',
    ...make.keys,
    ...changed,
  };
  return ['make/qa/run.ts', ['--team', '12', '--patience', '2'], { env }];
};

/** One run against a Make that may be otherwise than we think. */
const run = async (otherwise: Otherwise = {}, changed: { [name: string]: string } = {}) => {
  const make = await startMake(otherwise);
  try {
    make.keep('Somebody’s own webhook');
    const { code, out, err } = await runCommand(...commandOn(make, changed));
    const verdictOf = (start: string) =>
      out
        .split('\n')
        .find((line) => line.startsWith(`| ${start}`))
        ?.split(' | ')
        .slice(1)
        .join(' | ');
    return { code, out, err, verdictOf, left: make.names(), events: make.events() };
  } finally {
    await make.close();
  }
};

test('every open point of the maintainer’s page is one of the command’s, and the other way round', () => {
  const page = readFileSync('docs/make/maintainer.md', 'utf8');
  const [, table = ''] = page.split('## To be checked on Make');
  const [rows = ''] = table.split('### ');
  const open = [...rows.matchAll(/^\| (.*?) \| /gm)].map(([, first]) => first).slice(1);
  expect(points.map((point) => point.open)).toEqual(open);
});

const keys = { koji: 'k', amplitude: 'a', amplitudeSecret: 's', region: 'us' } as const;

test('every module of every group is run, both webhooks, and all four blueprints', () => {
  const all = JSON.stringify(trials('koji-amplitude-a1b2c3', keys, new Date(0)));
  for (const { id } of appOf('koji-amplitude').modules) expect(all).toContain(`:${id}"`);
  for (const { id } of appOf('koji-amplitude').webhooks) expect(all).toContain(`"webhook":"${id}"`);
});

test('every point that an API can show is shown by a scenario', () => {
  const shown = trials('koji-amplitude-a1b2c3', keys, new Date(0)).flatMap(({ shows }) => Object.keys(shows));
  for (const { key, untried } of points) expect([key, shown.includes(key)]).toEqual([key, untried === undefined]);
});

describe('on a Make that is as we think', () => {
  let went: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    went = await run();
  });

  test('says of every point that it is confirmed, or why no API shows it, and leaves nothing but what others made', () => {
    const { code, out, err, left, events } = went;
    expect({ code, err, wrong: out.match(/^.*\| wrong \|.*$/gm) }).toEqual({ code: 0, err: '', wrong: null });
    expect(out.match(/\| not tried \|/g)).toHaveLength(points.filter(({ untried }) => untried !== undefined).length);
    expect(out.match(/\| confirmed \|/g)?.length).toBeGreaterThan(25);
    expect(left).toEqual(['Somebody’s own webhook']);
    expect(events.map(({ eventType }) => eventType)).toEqual(['koji.interview_completed', 'koji.interview_completed']);
  });

  test('opens every dropdown, and says how many choices it has', () => {
    for (const { label } of appOf('koji-amplitude').rpcs)
      expect(went.verdictOf(`Dropdown: ${label} |`)).toMatch(/^confirmed \| \d+ choices/);
  });

  test('no key stands in what it says', () => {
    for (const key of ['pk_live', 'sandbox-key', 'sandbox-secret']) expect(went.out).not.toContain(key);
  });
});

test('a dropdown for which Make takes no connection is not tried, with Make’s words, and nothing is wrong', async () => {
  const { code, verdictOf } = await run({ opensWithoutConnection: true });
  expect(code).toBe(0);
  expect(verdictOf('Dropdown: List cohorts')).toMatch(/^not tried \| .*Make says: The connection is missing\./);
});

test('a dropdown that can’t be filled is wrong, with our own words', async () => {
  const { code, verdictOf } = await run({ breaksDropdowns: true });
  expect(code).toBe(1);
  expect(verdictOf('Dropdown: List cohorts')).toMatch(/^wrong \| \[500\] Amplitude has a problem right now/);
});

describe('of deviations that touch different points', () => {
  let deviating: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    deviating = await run({
      refusesIgnoreOnTrigger: true,
      ignoresVerification: true,
      joinsPeople: true,
      refusesUnknownIds: true,
    });
  });

  test.each<[string, string, RegExp]>([
    [
      'takes no Ignore on a trigger',
      'a trigger takes the error handler Ignore',
      /^wrong \| status: "REFUSED".* error: Make refused this\. Make says: Ignore is not allowed on a trigger\./,
    ],
    [
      'passes over verification',
      'a webhook whose `verification` refuses',
      /^wrong \| deliveries\.0: \{"status":200,"runs":0\}/,
    ],
    [
      'takes a delivery’s people for one execution',
      'the people of one cohort delivery',
      /^wrong \| deliveries\.2\.runs: 1/,
    ],
    [
      'is asked by a Koji that refuses an unknown ID',
      "Koji has no interview of an ID that is not in the key's project: 404",
      /^wrong \| error\.message: "\[403\] Koji refused this/,
    ],
  ])('when Make %s, the point is wrong, with what was seen', (_what, point, seen) => {
    const { code, verdictOf, left } = deviating;
    expect(code).toBe(1);
    expect(verdictOf(point)).toMatch(seen);
    expect(left).toEqual(['Somebody’s own webhook']);
  });
});

test.each<[string, Otherwise, string, RegExp]>([
  [
    'turns a scenario off for a wrong key',
    { turnsOff: true },
    'a wrong key (`InvalidAccessTokenError`) goes to Break',
    /^wrong \| isOn: false, kept\.length: 1/,
  ],
  [
    'shows filters no kind of error',
    { hidesErrorTypes: true },
    'a filter on an ordinary module of an error route',
    /^wrong \| isOn: true, kept\.length: 1/,
  ],
])('when Make %s, the point is wrong, with what was seen', async (_what, otherwise, point, seen) => {
  const { code, verdictOf, left } = await run(otherwise);
  expect(code).toBe(1);
  expect(verdictOf(point)).toMatch(seen);
  expect(left).toEqual(['Somebody’s own webhook']);
});

test('a key that Amplitude does not know ends it before any scenario, in Make’s words, with nothing left', async () => {
  const { code, err, left } = await run({}, { AMPLITUDE_API_KEY: 'another' });
  expect(code).toBe(2);
  expect(err).toMatch(/^Make refused this\. Make says: /);
  expect(left).toEqual(['Somebody’s own webhook']);
});

test('an app that was never deployed is said before Make is called', async () => {
  const make = await startMake();
  const said = await startCommand(...commandOn(make, { MAKE_ORIGINS: join(folder, 'none.json') })).ended;
  await make.close();
  expect(said).toEqual({
    code: 2,
    out: '',
    err: 'The app koji-amplitude was not deployed there: run npm run make:deploy first, with the same --zone.\n',
  });
});

test('where the app lies there twice, one has to be named', async () => {
  const make = await startMake();
  const file = join(folder, 'two.json');
  const first = originAt(make.url);
  writeFileSync(
    file,
    JSON.stringify({ koji: [], 'koji-amplitude': [first, { ...first, appId: 'koji-amplitude-b2' }] }),
  );
  const said = await startCommand(...commandOn(make, { MAKE_ORIGINS: file })).ended;
  await make.close();
  expect(said).toEqual({
    code: 2,
    out: '',
    err: 'The app lies there as koji-amplitude-a1b2c3 and as koji-amplitude-b2: name one of them with --app.\n',
  });
});

test('killed in the middle, it leaves what it made, and the next run clears that away', async () => {
  const otherwise: Otherwise = { hangs: true };
  const make = await startMake(otherwise);
  const first = startCommand(...commandOn(make));
  await make.running;
  first.child.kill('SIGKILL');
  await first.ended;
  expect(make.names().filter((name) => name.includes(MADE_BY_QA))).toHaveLength(4);
  delete otherwise.hangs;
  const { code } = await startCommand(...commandOn(make)).ended;
  expect({ code, left: make.names() }).toEqual({ code: 0, left: [] });
  await make.close();
});
