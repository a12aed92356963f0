import { sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import app from '../../index.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import type { Call } from '../../sandbox/server.ts';
import { startZapier, type ZapierSandbox } from '../../sandbox/zapier/platform.ts';
import cohortList from '../../triggers/cohort_list.ts';
import userEnteredCohort from '../../triggers/user_entered_cohort.ts';
import { cohortPerform } from '../../zapier/cohort-poll.ts';

const { apiKey, secretKey } = sandboxProject;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const COHORT = 'stuck';

let clock: VirtualClock;
/** The time as the app sees it. */
let appClock: () => number;
let amplitude: AmplitudeSandbox;
let zapier: ZapierSandbox;

/** The app with the trigger, whose waiting moves the sandbox's clock. */
const appOn = (time: VirtualClock) => ({
  ...app,
  triggers: {
    [cohortList.key]: cohortList,
    [userEnteredCohort.key]: {
      ...userEnteredCohort,
      operation: {
        ...userEnteredCohort.operation,
        perform: cohortPerform({ now: () => appClock(), sleep: (milliseconds) => time.advance(milliseconds) }),
      },
    },
  },
});

const startAll = async (authData: Record<string, string> = {}, jobMilliseconds = 45_000) => {
  clock = new VirtualClock(Date.UTC(2026, 4, 1));
  appClock = clock.now;
  amplitude = await startAmplitude({ now: clock.now, cohorts: { jobMilliseconds, mostDirectMembers: 3 } });
  zapier = await startZapier({
    app: appOn(clock),
    clock,
    authData: { koji_api_key: 'k', amplitude_api_key: apiKey, amplitude_secret_key: secretKey, ...authData },
    environment: { AMPLITUDE_REST_URL: amplitude.url, AMPLITUDE_INGESTION_URL: amplitude.url },
  });
};

beforeEach(() => startAll());
afterEach(() => Promise.all([zapier.close(), amplitude.close()]));

const member = (name: string) => ({ userId: name, properties: { email: `${name}@example.com`, plan: 'trial' } });
const compute = (...names: (string | null)[]) => computeCohort(COHORT, ...names);
const computeCohort = (id: string, ...names: (string | null)[]) =>
  amplitude.putCohort(apiKey, {
    id,
    name: 'Stuck in onboarding',
    members: names.map((name) => (name === null ? { userId: null } : member(name))),
  });

const zapWith = (inputData: Record<string, unknown> = {}) =>
  zapier.zap({ trigger: { key: 'user_entered_cohort', inputData: { cohort_id: COHORT, ...inputData } } });
type Zap = ReturnType<typeof zapWith>;

const PREPARING =
  'Amplitude is still preparing this cohort (30 to 60 seconds). Turn the Zap on again in a minute; nobody was started.';

/** On, the second time it is tried. */
const turnedOn = async (inputData: Record<string, unknown> = {}): Promise<Zap> => {
  const zap = zapWith(inputData);
  await expect(zap.turnOn()).rejects.toThrow(PREPARING);
  await clock.advance(MINUTE);
  await zap.turnOn();
  return zap;
};

/** Polls every 15 minutes for so long. */
const pollFor = async (zap: Zap, milliseconds: number) => {
  const end = clock.now() + milliseconds;
  while (clock.now() < end) {
    await clock.advance(15 * MINUTE);
    const { failure } = await zap.poll();
    if (failure !== null) throw new Error(failure.message);
  }
};

const isExport = ({ path }: Pick<Call, 'path'>) => /^\/api\/5\/cohorts\/request\/[^/]+$/.test(path);
const isStatus = ({ path }: Pick<Call, 'path'>) => path.startsWith('/api/5/cohorts/request-status/');
const isFile = ({ path }: Pick<Call, 'path'>) => path.endsWith('/file');
const isUsage = ({ path }: Pick<Call, 'path'>) => path === '/api/3/cohorts/usage';
const exports = () =>
  amplitude.calls.filter(({ call, answer }) => isExport(call) && typeof answer === 'object' && answer.status === 202);
const startedBy = (zap: Zap) => zap.runs().map(({ trigger }) => trigger?.amplitude_user_id);
const logged = () => zapier.logs.filter(({ type }) => type === 'console').map(({ message }) => message);

describe('turning the Zap on', () => {
  test('before the export is ready says so, starts nobody, and works a minute later with the same export', async () => {
    compute('ada', 'bob');
    const zap = await turnedOn();
    await zap.poll();
    expect(zap.isOn()).toBe(true);
    expect(zap.runs()).toEqual([]);
    expect(exports()).toHaveLength(1);
  });

  test('after Amplitude refused the export asks for one at once, because none is under way', async () => {
    compute('ada');
    amplitude.failNext(isExport, { status: 429, body: {} });
    const zap = zapWith();
    await expect(zap.turnOn()).rejects.toThrow('Amplitude');
    await clock.advance(MINUTE);
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
  });

  test('after an export that failed asks for another a minute later', async () => {
    compute('ada');
    const zap = zapWith();
    amplitude.failNext(isStatus, { status: 200, body: { async_status: 'JOB FAILED' } });
    await expect(zap.turnOn()).rejects.toThrow('could not export');
    await clock.advance(MINUTE);
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
    expect(exports()).toHaveLength(2);
  });

  test('starts nobody, however long the first export takes', async () => {
    await Promise.all([zapier.close(), amplitude.close()]);
    await startAll({}, 20 * MINUTE);
    compute('ada', 'bob');
    const zap = zapWith();
    for (let minute = 0; minute < 15; minute += 1) {
      await expect(zap.turnOn()).rejects.toThrow(PREPARING);
      await clock.advance(MINUTE);
    }
    await clock.advance(5 * MINUTE);
    await zap.turnOn();
    await pollFor(zap, 4 * HOUR);
    expect(zap.runs()).toEqual([]);
    expect(exports()).toHaveLength(1);
  });

  test('with a file that is days old asks for a new one, so that nobody who entered since is started', async () => {
    compute('ada');
    const zap = await turnedOn();
    await zap.turnOff();
    await clock.advance(48 * HOUR);
    compute('ada', 'bob');
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
    await clock.advance(MINUTE);
    await zap.turnOn();
    await pollFor(zap, 4 * HOUR);
    expect(zap.runs()).toEqual([]);
  });

  test('gives ids alone', async () => {
    compute('ada');
    await turnedOn();
    await expect(
      zapier.invoke('triggers.user_entered_cohort.operation.perform', {
        inputData: { cohort_id: COHORT },
        meta: { isPopulatingDedupe: true },
      }),
    ).resolves.toEqual([{ id: 'stuck:ada' }]);
  });
});

describe('a person who enters', () => {
  test('is started once, with the email and whatever else was chosen', async () => {
    compute('ada');
    const zap = await turnedOn({ extra_properties: ['plan', 'seats'] });
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await pollFor(zap, 6 * HOUR);
    expect(zap.runs().map(({ trigger }) => trigger)).toEqual([
      {
        id: 'stuck:bob',
        cohort_id: 'stuck',
        cohort_name: 'Stuck in onboarding',
        amplitude_user_id: 'bob',
        respondent_email: 'bob@example.com',
        cohort_computed_at: new Date(Date.UTC(2026, 4, 1, 3, 1, 10)).toISOString(),
        properties: { plan: 'trial', seats: null },
      },
    ]);
    expect(exports()).toHaveLength(2);
  });

  test('is not started again after leaving and coming back', async () => {
    compute('ada');
    const zap = await turnedOn();
    for (const people of [['ada', 'bob'], ['ada'], ['ada', 'bob']]) {
      compute(...people);
      await pollFor(zap, 4 * HOUR);
    }
    expect(startedBy(zap)).toEqual(['bob']);
  });

  test('without a user id is left out and counted in the log', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob', null, null);
    await pollFor(zap, HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
    expect(logged()).toContain('Members left out, because they have no user id: 2.');
  });

  test('outside the sample is never started, and the others are the same ones in every run', async () => {
    const people = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    compute('ada');
    const zap = await turnedOn({ sample_percent: '50%' });
    await clock.advance(3 * HOUR);
    compute('ada', ...people);
    await pollFor(zap, HOUR);
    const sampled = startedBy(zap);
    expect(sampled.length).toBeGreaterThan(10);
    expect(sampled.length).toBeLessThan(30);
    const second = await turnedOnAgainWith(people, { sample_percent: 50 });
    expect(second.sort()).toEqual(sampled.filter((id) => id !== 'ada').sort());
  });

  const turnedOnAgainWith = async (people: string[], inputData: Record<string, unknown>) => {
    compute('carol');
    await clock.advance(4 * HOUR);
    const zap = zapWith({ ...inputData, email_property: 'mail' });
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
    await clock.advance(MINUTE);
    await zap.turnOn();
    await clock.advance(3 * HOUR);
    compute('carol', ...people);
    await pollFor(zap, HOUR);
    return startedBy(zap);
  };
});

test('with a clock that is set a day ahead, and right again, between polls, everybody is started once', async () => {
  const everybody = [];
  compute('ada');
  const zap = await turnedOn();
  for (const [round, wrongBy] of [0, DAY, 0, -DAY, 0].entries()) {
    appClock = () => clock.now() + wrongBy;
    everybody.push(`entered_${round}`);
    compute('ada', ...everybody);
    await pollFor(zap, 4 * HOUR);
  }
  expect(startedBy(zap).toSorted()).toEqual(everybody);
});

describe('exports', () => {
  test('come at most every 3 hours, however often the cohort is computed', async () => {
    compute('ada');
    const zap = await turnedOn();
    for (let hour = 0; hour < 12; hour += 1) {
      compute('ada', `new-${hour}`);
      await pollFor(zap, HOUR);
    }
    expect(exports().length).toBeLessThanOrEqual(5);
    expect(startedBy(zap)).toHaveLength(new Set(startedBy(zap)).size);
  });

  test('of a cohort that stays as it was are not asked for', async () => {
    compute('ada');
    const zap = await turnedOn();
    // Two would have been due.
    await pollFor(zap, 7 * HOUR);
    expect(exports()).toHaveLength(1);
  });

  test('are never asked for a second time while one is pending, not by two Zaps either', async () => {
    compute('ada');
    const zaps = [zapWith(), zapWith()];
    const outcomes = await Promise.allSettled(zaps.map((zap) => zap.turnOn()));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await clock.advance(MINUTE);
    for (const zap of zaps) await zap.turnOn();
    expect(exports()).toHaveLength(1);
  });

  test('go on though the list of cohorts lacked the cohort once', async () => {
    compute('ada');
    const zap = await turnedOn();
    amplitude.failNext(({ path }) => path === '/api/3/cohorts', { status: 200, body: { cohorts: [] } });
    expect((await zap.poll()).failure).toBeNull();
  });

  test('of one Zap are read by another on the same cohort, however much later it polls', async () => {
    compute('ada');
    const first = await turnedOn();
    const second = zapWith();
    await second.turnOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await pollFor(first, 2 * HOUR);
    await second.poll();
    expect([first, second].map(startedBy)).toEqual([['bob'], ['bob']]);
    expect(exports()).toHaveLength(2);
  });

  test('are shared by Zaps that want the same properties, in whatever order they name them', async () => {
    compute('ada');
    await turnedOn({ extra_properties: ['plan', 'seats'] });
    await zapWith({ extra_properties: ['seats', 'plan'] }).turnOn();
    expect(exports()).toHaveLength(1);
  });

  test.each([
    ['of another cohort', { cohort_id: 'other' }],
    ['with another property', { extra_properties: ['plan'] }],
  ])('%s are asked for one by one', async (_name, inputData) => {
    compute('ada');
    computeCohort('other', 'bob');
    await turnedOn();
    await turnedOn(inputData);
    expect(exports()).toHaveLength(2);
  });

  test('that fail are an error, cost the next one only when it is due, and lose nobody', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    amplitude.failNext(isStatus, { status: 200, body: { async_status: 'JOB FAILED' } });
    expect((await zap.poll()).failure).toMatchObject({ message: expect.stringContaining('could not export') });
    expect((await zap.poll()).failure).toBeNull();
    expect(exports()).toHaveLength(2);
    await pollFor(zap, 4 * HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
    expect(exports()).toHaveLength(3);
  });

  test.each([
    ['a web page', '<html>Not here</html>'],
    ['JSON of its own', '{"error":"Not Found"}'],
  ])('that a host on the way answers for with %s are gone on with at the next poll', async (_name, body) => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    amplitude.failNext(isStatus, { status: 404, body });
    expect((await zap.poll()).failure).toMatchObject({ message: expect.stringContaining('Something on the way') });
    await clock.advance(15 * MINUTE);
    await zap.poll();
    expect(startedBy(zap)).toEqual(['bob']);
    expect(exports()).toHaveLength(2);
  });

  test('that hang are given up, and lose nobody', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    let hangs = true;
    amplitude.failNext(
      (call) => hangs && isStatus(call),
      { status: 202, body: { async_status: 'JOB INPROGRESS' } },
      Number.POSITIVE_INFINITY,
    );
    await pollFor(zap, 2 * HOUR);
    hangs = false;
    expect(exports()).toHaveLength(2);
    await pollFor(zap, 3 * HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
  });

  test('that are over the quota of the month wait for the next one, and lose nobody', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    const resets_at = new Date(clock.now() + 10 * HOUR).toISOString();
    amplitude.failNext(isUsage, { status: 200, body: { rest_download: { limit: 500, usage: 500, resets_at } } }, 3);
    for (let count = 0; count < 3; count += 1) expect((await zap.poll()).failure).toBeNull();
    expect(exports()).toHaveLength(1);
    expect(logged().join()).toContain(`gives none until ${resets_at}`);
    await pollFor(zap, HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
  });

  test('over the quota while the Zap is turned on say until when', async () => {
    compute('ada');
    amplitude.failNext(isUsage, { status: 200, body: { limit: 500, count: 500 } });
    await expect(zapWith().turnOn()).rejects.toMatchObject({
      failure: { kind: 'throttled', message: expect.stringContaining('gives none until next month') },
    });
  });

  test('over the quota while the step is tested say until when, and show nobody', async () => {
    compute('ada');
    amplitude.failNext(isUsage, { status: 200, body: { limit: 500, count: 500 } });
    await expect(zapWith().testTrigger()).rejects.toThrow('gives none until next month');
  });

  test('ask for each property once', async () => {
    compute('ada');
    await turnedOn({ extra_properties: ['plan', 'email', 'plan'] });
    expect(exports().map(({ call }) => call.query.getAll('propKeys'))).toEqual([['email', 'plan']]);
  });

  test('that Amplitude refuses as too many are waited for', async () => {
    compute('ada');
    amplitude.failNext(isExport, { status: 429, body: { error: { metadata: { details: 'Exceeded limit' } } } });
    await expect(zapWith().turnOn()).rejects.toMatchObject({
      failure: { kind: 'throttled', message: expect.stringContaining('starts no cohort export now (429)') },
    });
  });
});

describe('the log says', () => {
  test('what became of each poll', async () => {
    compute('ada');
    const zap = await turnedOn();
    await zap.poll();
    expect(logged()).toContain('People of the sample in the export: 1.');
    await clock.advance(HOUR);
    await zap.poll();
    expect(logged().at(-1)).toBe('Nothing to do: no new export is due.');
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await zap.poll();
    expect(logged().at(-1)).toBe('Amplitude is preparing the export; the next poll goes on with it.');
  });

  test('nothing of members, rows and columns that a file lacks, where it lacks none', async () => {
    compute('ada');
    await turnedOn();
    expect(logged().join()).not.toMatch(/left out|no column/);
  });
});

describe('the file', () => {
  const newFile = async (answer: Parameters<AmplitudeSandbox['failNext']>[1]) => {
    compute('ada');
    const zap = await turnedOn({ extra_properties: ['note'] });
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await zap.poll();
    await clock.advance(MINUTE);
    amplitude.failNext(isFile, answer);
    return zap;
  };

  test('whose emails are no addresses starts the people without one, and counts them in the log', async () => {
    const emails = ['none', 'redacted@', '', 'ada@example.com'];
    const rows = emails.map((email, person) => `"${person}","user-${person}","${email}"\n`);
    const zap = await newFile({ status: 200, body: `"amplitude_id","user_id","email"\n${rows.join('')}` });
    await zap.poll();
    expect(zap.runs().map(({ trigger }) => trigger?.respondent_email ?? null)).toEqual(
      expect.arrayContaining([null, 'ada@example.com']),
    );
    expect(logged()).toContain('Emails left out, because they are no address: 2.');
    expect(logged().join()).not.toContain('redacted@');
  });

  test('with one bad row starts the others, and names the row by its number in the log', async () => {
    const rows = Array.from({ length: 120 }, (_, person) => `"${person}","user-${person}","a@example.com"\n`);
    const body = `"amplitude_id","user_id","email"\n"9","bad","a@example.com","more"\n${rows.join('')}`;
    const zap = await newFile({ status: 200, body });
    expect((await zap.poll()).failure).toBeNull();
    expect(logged()).toContain(
      'Rows of the file left out, because they have more or fewer values than its header, or a stray quote: 1 (2).',
    );
    expect(startedBy(zap)).not.toContain('bad');
  });

  test.each([
    ['nothing of a cohort without members turns the Zap on', [], ''],
    ['nothing of a cohort with members was cut, and turns no Zap on', ['ada'], ''],
    ['a header of a cohort without members turns the Zap on', [], '"amplitude_id","user_id","email"\n'],
    ['a header of a cohort with members was cut as well', ['ada'], '"amplitude_id","user_id","email"\n'],
  ])('that holds %s', async (_name, members, body) => {
    compute(...members);
    const zap = zapWith();
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
    await clock.advance(MINUTE);
    amplitude.failNext(isFile, { status: 200, body });
    await (members.length === 0 ? zap.turnOn() : expect(zap.turnOn()).rejects.toThrow('arrived incomplete'));
  });

  test('that holds nobody yet turns the Zap on, also where somebody has entered since it was asked for', async () => {
    compute();
    const zap = zapWith();
    await expect(zap.turnOn()).rejects.toThrow(PREPARING);
    await clock.advance(MINUTE);
    compute('ada');
    await zap.turnOn();
  });

  test.each([
    [20, '20 (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21).'],
    [21, '21 (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21 and 1 more).'],
  ])('with %i bad rows names the first 20', async (count, named) => {
    const rows = Array.from({ length: 2_200 }, (_, person) => `"${person}","user-${person}"\n`);
    const body = `"amplitude_id","user_id"\n${'"9","bad","more"\n'.repeat(count)}${rows.join('')}`;
    await (await newFile({ status: 200, body })).poll();
    expect(logged()).toContain(
      `Rows of the file left out, because they have more or fewer values than its header, or a stray quote: ${named}`,
    );
  });

  const rowsOf = (people: number) =>
    `"amplitude_id","user_id","note"\n${Array.from({ length: people }, (_, person) => `"1","user-${person}",""\n`).join('')}`;

  test('of more people than one Zap can keep track of starts nobody, though the list named fewer', async () => {
    const zap = await newFile({ status: 200, body: rowsOf(60_001) });
    const message = expect.stringContaining('has more people than the 60,000 that one Zap can keep track of');
    expect((await zap.poll()).failure).toMatchObject({ kind: 'halted', message });
  });

  test('that makes more than 20 MB with what Zapier is told of each person starts nobody', async () => {
    const zap = await newFile({ status: 200, body: rowsOf(60_000) });
    amplitude.putCohort(apiKey, { id: COHORT, name: 'Everybody '.repeat(20), members: [] });
    const message = expect.stringContaining('more than Zapier takes at once (20 MB)');
    expect((await zap.poll()).failure).toMatchObject({ kind: 'halted', message });
  });

  test('whose people no poll could hand on turns no Zap on', async () => {
    await newFile({ status: 200, body: rowsOf(60_000) });
    amplitude.putCohort(apiKey, { id: COHORT, name: 'Everybody '.repeat(20), members: [] });
    const inputData = { cohort_id: COHORT, extra_properties: ['note'] };
    const meta = { isPopulatingDedupe: true };
    const turningOn = zapier.invoke('triggers.user_entered_cohort.operation.perform', { inputData, meta });
    await expect(turningOn).rejects.toThrow('more than Zapier takes at once (20 MB)');
  });

  test('of few people who bring more than 20 MB starts nobody, and says to choose less of them', async () => {
    const note = 'x'.repeat(20_000);
    const rows = Array.from({ length: 1_000 }, (_, person) => `"${person}","user-${person}","${note}"\n`);
    const zap = await newFile({ status: 200, body: `"amplitude_id","user_id","note"\n${rows.join('')}` });
    const message = expect.stringContaining('more than Zapier takes at once (20 MB). Choose fewer Extra Properties');
    expect((await zap.poll()).failure).toMatchObject({ kind: 'halted', message });
  });

  test('of as many people as one Zap can keep track of turns it on', async () => {
    await newFile({ status: 200, body: rowsOf(60_000) });
    const inputData = { cohort_id: COHORT, extra_properties: ['note'] };
    const meta = { isPopulatingDedupe: true };
    await expect(
      zapier.invoke('triggers.user_entered_cohort.operation.perform', { inputData, meta }),
    ).resolves.toHaveLength(60_000);
  });

  test.each([
    ['is empty', ''],
    ['has a row cut short', '"amplitude_id","user_id","email"\n"1","ada","ada@example.com"\n"2","bo'],
    ['has a last row without all columns', '"amplitude_id","user_id","email"\n"1","ada"'],
    ['has no user ids', '"amplitude_id","email"\n"1","ada@example.com"\n'],
  ])('that %s starts nobody, and is read again at the next poll', async (_name, body) => {
    const zap = await newFile({ status: 200, body });
    expect((await zap.poll()).failure).toMatchObject({ message: expect.stringContaining('incomplete') });
    expect(zap.runs()).toEqual([]);
    await zap.poll();
    expect(startedBy(zap)).toEqual(['bob']);
  });

  test('with a byte-order mark, quotes, line breaks and commas in fields is read as it is meant', async () => {
    const body =
      '\uFEFF"amplitude_id","user_id","gp:email","Note"\r\n"1","bob, jr","bob@example.com","says ""hi"",\nleaves"\r\n';
    const zap = await newFile({ status: 200, body });
    await zap.poll();
    expect(zap.runs().map(({ trigger }) => trigger)).toEqual([
      expect.objectContaining({
        amplitude_user_id: 'bob, jr',
        respondent_email: 'bob@example.com',
        properties: { note: 'says "hi",\nleaves' },
      }),
    ]);
  });

  test('without an email column starts people by their ids, and says so in the log', async () => {
    const zap = await newFile({ status: 200, body: '"amplitude_id","user_id"\n"2","bob"\n' });
    await zap.poll();
    expect(zap.runs().map(({ trigger }) => trigger)).toEqual([
      expect.objectContaining({ amplitude_user_id: 'bob', respondent_email: null, properties: { note: null } }),
    ]);
    expect(logged()).toContain('The export has no column for email, note.');
  });

  test('that has expired costs another export, and loses nobody', async () => {
    const zap = await newFile({ status: 404, body: { error: { metadata: { details: 'File not found' } } } });
    expect((await zap.poll()).failure).toMatchObject({ message: expect.stringContaining('could not export') });
    await pollFor(zap, 4 * HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
    expect(exports()).toHaveLength(3);
  });

  test('at another host is fetched without the keys, and from a new address each time', async () => {
    compute('ada', 'bob', 'carol', 'dan');
    const zap = await turnedOn();
    await zap.poll();
    expect(amplitude.files.calls.map(({ answer }) => answer)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(amplitude.files.calls.some(({ call }) => 'authorization' in call.headers)).toBe(false);
    expect(new Set(amplitude.files.calls.map(({ call }) => call.path)).size).toBe(2);
  });

  test('whose answer got lost is handed on again for half an hour', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await zap.poll();
    await clock.advance(MINUTE);
    const perform = () =>
      zapier.invoke('triggers.user_entered_cohort.operation.perform', {
        inputData: { cohort_id: COHORT, email_property: 'email', sample_percent: 100, export_every_hours: 3 },
      });
    expect(await perform()).toHaveLength(2);
    await clock.advance(29 * MINUTE);
    expect(await perform()).toHaveLength(2);
    await clock.advance(2 * MINUTE);
    expect(await perform()).toEqual([]);
  });
});

describe("Zapier's cache", () => {
  test('that was wiped costs one export and no person', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    await zap.poll();
    zapier.cache.wipe();
    await pollFor(zap, HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
    expect(exports()).toHaveLength(3);
  });

  test.each(['refusing', 'rateLimited', 'hanging'] as const)(
    'that is %s starts no export, holds no poll up, and loses nobody',
    async (mood) => {
      compute('ada');
      const zap = await turnedOn();
      await clock.advance(3 * HOUR);
      compute('ada', 'bob');
      zapier.cache.setMood(mood);
      const began = performance.now();
      expect((await zap.poll()).failure).toBeNull();
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(exports()).toHaveLength(1);
      zapier.cache.setMood('normal');
      await pollFor(zap, HOUR);
      expect(startedBy(zap)).toEqual(['bob']);
    },
  );

  test('that begins to hang when an export was asked for is not asked again after it was given up', async () => {
    await Promise.all([zapier.close(), amplitude.close()]);
    await startAll({}, 5_000);
    compute('ada');
    amplitude.interfere((call) => {
      if (isExport(call)) zapier.cache.setMood('hanging');
      return undefined;
    });
    await zapWith().turnOn();
    // What was known, twice, the claim and the export; not that it was read.
    expect(zapier.cache.counts).toEqual({ get: 2, set: 2, delete: 0 });
  });

  test('lets two cohorts be asked for at once', async () => {
    compute('ada');
    computeCohort('other', 'ada');
    const zaps = [await turnedOn(), await turnedOn({ cohort_id: 'other' })];
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    computeCohort('other', 'ada', 'bob');
    await Promise.all(zaps.map((zap) => zap.poll()));
    expect(exports()).toHaveLength(4);
  });

  test('that does not answer keeps the Zap from being turned on, in words', async () => {
    compute('ada');
    zapier.cache.setMood('refusing');
    await expect(zapWith().turnOn()).rejects.toMatchObject({
      failure: {
        kind: 'errored',
        code: 'no_members_yet',
        message:
          'Nobody was started: the memory of the export does not answer, so none is started. Try again in a minute.',
      },
    });
    expect(exports()).toHaveLength(0);
  });
});

describe('what can’t work is refused before any export', () => {
  test.each([
    [
      'percentage 0',
      { sample_percent: '0' },
      'Nothing was sent to Amplitude: the field Sample Percent must be a number from 1 to 100.',
    ],
    ['percentage 101', { sample_percent: 101 }, 'Sample Percent must be a number from 1 to 100'],
    [
      'an export every 0 hours',
      { export_every_hours: 0 },
      'Export Every (Hours) must be a number of hours from 1 to 168',
    ],
    [
      'a cohort that was not filled in',
      { cohort_id: '{{123__id}}' },
      'Cohort is mapped to something that an earlier step did not give',
    ],
    ['a cohort that is not there', { cohort_id: 'gone' }, 'does not list this cohort'],
  ])('%s', async (_name, inputData, message) => {
    compute('ada');
    await expect(
      zapier.invoke('triggers.user_entered_cohort.operation.perform', {
        inputData: { cohort_id: COHORT, ...inputData },
      }),
    ).rejects.toThrow(message);
    expect(exports()).toEqual([]);
  });

  const listed = (cohort: object) =>
    amplitude.failNext(({ path }) => path === '/api/3/cohorts', {
      status: 200,
      body: { cohorts: [{ id: COHORT, name: 'Everybody', lastComputed: 1779600000, ...cohort }] },
    });

  test.each([
    ['of 60,000 people', { size: 60_000 }, 100],
    ['of 2,000,000 people, of whom 60,000 are the sample', { size: 2_000_000 }, 3],
    ['of unknown size', {}, 100],
  ])('but not a cohort %s', async (_name, cohort, sample_percent) => {
    compute('ada');
    listed(cohort);
    const inputData = { cohort_id: COHORT, sample_percent };
    await expect(zapier.invoke('triggers.user_entered_cohort.operation.perform', { inputData })).resolves.toEqual([]);
    expect(exports()).toHaveLength(1);
  });

  test('a cohort with a long name, in words that say what to do all the same', async () => {
    listed({ size: 200_000, name: 'Everybody '.repeat(50) });
    await expect(zapWith().turnOn()).rejects.toThrow('Set Sample Percent to 30 or less, or choose a narrower cohort.');
  });

  test.each([
    ['turned on', (zap: Zap) => zap.turnOn()],
    ['tested', (zap: Zap) => zap.testTrigger()],
  ])(
    'a cohort that is not there when the Zap is %s: a person looks on, so it is settled at once',
    async (_when, act) => {
      await expect(act(zapWith({ cohort_id: 'gone' }))).rejects.toThrow('does not list this cohort (any more)');
    },
  );

  test.each([
    [200_000, 100, 'has 200,000 people; one Zap can keep track of 60,000. Set Sample Percent to 30 or less'],
    [2_000_001, 1, 'Amplitude exports 2,000,000 at most'],
  ])('a cohort of %i people at %i percent', async (size, sample_percent, message) => {
    listed({ size });
    await expect(
      zapier.invoke('triggers.user_entered_cohort.operation.perform', {
        inputData: { cohort_id: COHORT, sample_percent },
      }),
    ).rejects.toThrow(message);
    expect(exports()).toEqual([]);
  });

  test('a cohort that was deleted between two polls', async () => {
    compute('ada');
    const zap = await turnedOn();
    amplitude.putCohort(apiKey, { id: COHORT, name: 'Stuck in onboarding', members: [], archived: true });
    const failure = async () => (await zap.poll()).failure;
    const now = { message: expect.stringContaining('does not list this cohort now') };
    const gone = { kind: 'halted', message: expect.stringContaining('does not list this cohort (any more)') };
    expect(await failure()).toMatchObject(now);
    await clock.advance(15 * MINUTE);
    expect(await failure()).toMatchObject(gone);
    await clock.advance(15 * MINUTE);
    expect(await failure()).toMatchObject(gone);
  });

  test('a cohort that the list lacks at one poll and has at the next', async () => {
    compute('ada');
    const zap = await turnedOn();
    await clock.advance(3 * HOUR);
    compute('ada', 'bob');
    const isList = ({ path }: Pick<Call, 'path'>) => path === '/api/3/cohorts';
    amplitude.failNext(isList, { status: 200, body: { cohorts: [] } }, 2);
    const { failure } = await zap.poll();
    expect(failure?.message).toContain('does not list this cohort now');
    expect(failure?.kind).not.toBe('halted');
    await pollFor(zap, HOUR);
    expect(startedBy(zap)).toEqual(['bob']);
  });

  test.each([
    ['an hour later', (zap: Zap) => zap, 61 * MINUTE],
    ['for another Zap', (_zap: Zap, other: Zap) => other, MINUTE],
  ])(
    'a cohort that the list lacks is not called gone %s, as that is a first look as well',
    async (_name, next, later) => {
      compute('ada');
      const zaps: [Zap, Zap] = [await turnedOn(), zapWith()];
      await zaps[1].turnOn();
      amplitude.putCohort(apiKey, { id: COHORT, name: 'Stuck in onboarding', members: [], archived: true });
      await zaps[0].poll();
      await clock.advance(later);
      expect((await next(...zaps).poll()).failure?.message).toContain('does not list this cohort now');
    },
  );

  test('a cohort that the list lacks again after it was found is not called gone at first', async () => {
    compute('ada');
    const zap = await turnedOn();
    const isList = ({ path }: Pick<Call, 'path'>) => path === '/api/3/cohorts';
    const missed = async () => {
      amplitude.failNext(isList, { status: 200, body: { cohorts: [] } }, 2);
      return (await zap.poll()).failure?.message;
    };
    expect(await missed()).toContain('does not list this cohort now');
    await clock.advance(MINUTE);
    expect((await zap.poll()).failure).toBeNull();
    await clock.advance(MINUTE);
    expect(await missed()).toContain('does not list this cohort now');
    expect(await missed()).toContain('was deleted');
  });

  test('a cohort is never called gone while the cache can’t say', async () => {
    compute('ada');
    const zap = await turnedOn();
    amplitude.putCohort(apiKey, { id: COHORT, name: 'Stuck in onboarding', members: [], archived: true });
    zapier.cache.setMood('refusing');
    for (let count = 0; count < 3; count += 1) {
      expect((await zap.poll()).failure?.message).toContain('does not list this cohort now');
    }
  });

  test('a connection without the secret key, in the dropdown as well', async () => {
    await Promise.all([zapier.close(), amplitude.close()]);
    await startAll({ amplitude_secret_key: '' });
    compute('ada');
    await expect(zapWith().turnOn()).rejects.toThrow('the connection has no Amplitude Secret Key');
    await expect(
      zapier.invoke('triggers.cohort_list.operation.perform', { meta: { isFillingDynamicDropdown: true } }),
    ).rejects.toThrow('the connection has no Amplitude Secret Key');
  });
});

describe('the editor', () => {
  test('shows the sample while the export runs, which the test has started, and real people after that', async () => {
    compute('ada', 'bob', 'carol', 'dan');
    const zap = zapWith();
    expect(await zap.testTrigger()).toEqual([{ ...sampleCohortEntry, properties: {} }]);
    await clock.advance(MINUTE);
    expect((await zap.testTrigger()).map(({ amplitude_user_id }) => amplitude_user_id)).toEqual([
      'ada',
      'bob',
      'carol',
    ]);
    const meta = { isLoadingSample: true };
    const inputData = { cohort_id: COHORT };
    await expect(
      zapier.invoke('triggers.user_entered_cohort.operation.perform', { inputData, meta }),
    ).resolves.toHaveLength(3);
    await zap.turnOn();
    expect(exports()).toHaveLength(1);
  });

  test('shows the Extra Properties in that sample as well, to be mapped before the export is there', async () => {
    compute('ada');
    const [shown] = await zapWith({ extra_properties: ['plan', 'Seats bought'] }).testTrigger();
    expect(shown).toMatchObject({ properties: { plan: 'made-up plan', 'Seats bought': 'made-up Seats bought' } });
  });

  test('lists cohorts with their size and the time of their computation, page by page', async () => {
    compute('ada', 'bob');
    const page = (number: number) =>
      zapier.invoke('triggers.cohort_list.operation.perform', { meta: { page: number } });
    expect(await page(0)).toEqual([
      { id: 'stuck', name: 'Stuck in onboarding (2 people, computed 1 May 2026, 00:00 UTC)' },
    ]);
    expect(await page(1)).toEqual([]);
  });
});
