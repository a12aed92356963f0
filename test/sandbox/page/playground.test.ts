/** The loop to play with, through its page's own addresses; no browser is needed for that. */
import app from '../../../index.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { type KojiSandbox, startKoji } from '../../../sandbox/koji/server.ts';
import { type Playground, startPlayground } from '../../../sandbox/page/playground.ts';
import { type PageServer, servePage } from '../../../sandbox/page/server.ts';

const MINUTE = 60_000;
const BETWEEN_POLLS = 15;

let clock: VirtualClock;
let koji: KojiSandbox;
let amplitude: AmplitudeSandbox;
let playground: Playground;
let page: PageServer;

beforeEach(async () => {
  clock = new VirtualClock(Date.UTC(2026, 3, 27));
  koji = await startKoji({ clock });
  amplitude = await startAmplitude({ now: clock.now, cohorts: { jobMilliseconds: 5_000 } });
  for (const [userId, name] of [
    ['user_1', 'Ada Example'],
    ['user_2', 'Eve Example'],
  ] as const)
    koji.openLink({
      respondent: { external_id: userId, display_name: name },
      respondent_email: `${userId}@example.com`,
    });
  koji.respond(koji.interviewOf('user_1')?.interview_id ?? '');
  await clock.advance(MINUTE);
  playground = await startPlayground(app, { clock, koji, amplitude }, async (minutes) => {
    for (let left = minutes; left > 0; left -= BETWEEN_POLLS) {
      await clock.advance(Math.min(left, BETWEEN_POLLS) * MINUTE);
      await playground.poll();
    }
  });
  page = await servePage(playground, 0);
});
afterEach(async () => {
  await Promise.all([page.close(), playground.close()]);
  await Promise.all([koji.close(), amplitude.close()]);
});

const read = async (address = '/'): Promise<string> => (await fetch(`${page.url}${address}`)).text();
/** What is said of it. */
const act = async (action: string, form: Record<string, string>): Promise<string> => {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${page.url}/${action}`, { method: 'POST', body, headers: { accept: 'text/plain' } });
  return answer.text();
};
const stageOf = async (userId: string): Promise<string | undefined> =>
  new RegExp(`data-head="Who">${userId}<.*?data-head="Stage">([^<]*)</td>`).exec(await read())?.[1];
const optionsOf = (html: string, list: string): string[] =>
  [
    ...(new RegExp(`id="${list}"[^>]*>(.*?)</select>`, 's').exec(html)?.[1] ?? '').matchAll(/<option[^>]*>([^<]+)/g),
  ].map(([, words]) => words ?? '');
const interviewOf = (userId: string): string => koji.interviewOf(userId)?.interview_id ?? '';
const answered = { quality: '4', sentiment: 'negative', themes: 'pricing' };

/** Somebody enters the cohort and answers. */
const finished = async (): Promise<string> => {
  await act('person', { name: 'Ana' });
  await act('clock', { minutes: '120' });
  const interview = interviewOf('player_1');
  await act('finish', { interview, ...answered });
  return interview;
};

test('what is delivered again after its Zap was turned off and on reaches no webhook, and that is said', async () => {
  const interview = await finished();
  expect(await act('deliver', { interview, how: 'again' })).toBe(
    `${interview} was delivered once more. What became of it stands below.`,
  );
  await act('turn', { name: 'writing', on: 'no' });
  expect(await act('deliver', { interview, how: 'wrong-secret' })).toMatch(/^Nothing was delivered/);
  await act('turn', { name: 'writing', on: 'yes' });
  const before = clock.now();
  expect(await act('deliver', { interview, how: 'late' })).toMatch(/^Nothing was delivered of .* has a new one/);
  expect(clock.now()).toBe(before);
});

test('an interview of which nothing was delivered yet is not delivered late: no time goes by, and it is not listed', async () => {
  const before = clock.now();
  expect(await act('deliver', { interview: interviewOf('user_1'), how: 'late' })).toMatch(
    /^Not done: Nothing was delivered of interview int_\w+ yet\.$/,
  );
  expect(clock.now()).toBe(before);
  expect(optionsOf(await read(), 'delivered')).toEqual(['nobody yet']);
});

test('a forged delivery that the hook answered 200 is not called accepted', async () => {
  const interview = await finished();
  await act('deliver', { interview, how: 'wrong-secret' });
  expect(await read()).toMatch(
    /a forged [^<]*<\/td><td data-head="Why">answered 200, as a platform’s hook answers every delivery/,
  );
});

test('whoever was in the cohort when the Zap was turned on is said not to be started', async () => {
  await act('turn', { name: 'asking', on: 'no' });
  await act('person', { name: 'Ana' });
  expect(await stageOf('player_1')).toBe('in the cohort; the Zap is off');
  await act('clock', { minutes: '120' });
  expect(await act('turn', { name: 'asking', on: 'yes' })).toContain('is on.');
  await act('clock', { minutes: '120' });
  expect(await stageOf('player_1')).toBe(
    'in the cohort; was in the cohort when the Zap was turned on, so it is not started',
  );
});

test('somebody whom the Zap will hear of is said to be heard of, and whose run waits to wait', async () => {
  await act('person', { name: 'Ana' });
  expect(await stageOf('player_1')).toBe('in the cohort; the automation hears of it at Amplitude’s next export');
  koji.failNext(({ path }) => path.endsWith('/interviews/start'), {
    status: 429,
    headers: { 'retry-after': '7200' },
    body: {},
  });
  await act('clock', { minutes: '105' });
  expect(await stageOf('player_1')).toMatch(/^in the cohort; its run waits: .*Koji/);
});

test('of somebody whose run failed it is said that it failed', async () => {
  await act('person', { name: 'Ana' });
  koji.failNext(({ path }) => path.endsWith('/interviews/start'), { status: 402, body: { error: 'no_credits' } }, 9);
  await act('clock', { minutes: '120' });
  expect(await stageOf('player_1')).toMatch(/^in the cohort; its run failed: .*Koji/);
});

test('whoever was analyzed while the Zaps were off is said to have been', async () => {
  expect(await stageOf('user_1')).toBe('analyzed; not written: was analyzed while the automation was off');
});

test('both lists to play with have everybody, whoever is looked for', async () => {
  await finished();
  const html = await read('/?find=nobody-like-that');
  expect(optionsOf(html, 'open')).toEqual([`Eve Example, user_2 (${interviewOf('user_2')})`]);
  expect(optionsOf(html, 'delivered')).toEqual([`Ana, player_1 (${interviewOf('player_1')})`]);
});

test('the name that somebody was added by is shown, and found', async () => {
  await act('person', { name: 'Zoë <b>' });
  expect(await read('/?find=zoë')).toContain('>player_1<br><bdi>Zoë &lt;b&gt;</bdi>');
});

test('without a script the sentence and what was looked for are there after an action', async () => {
  const answer = await fetch(`${page.url}/clock`, {
    method: 'POST',
    body: new URLSearchParams({ minutes: '1' }),
    headers: { referer: `${page.url}/?find=eve` },
  });
  const html = await answer.text();
  expect(html).toContain('role="status">The clock was moved 1 minute.</p>');
  expect(html).toContain('name="find" value="eve"');
});

test.each([
  ['quality', '99'],
  ['quality', '3.5'],
  ['sentiment', 'furious'],
])('an interview can not be finished with the %s %s', async (field, value) => {
  const interview = interviewOf('user_2');
  expect(await act('finish', { interview, ...answered, [field]: value })).toBe(`Not done: ${field} can not be used.`);
  expect(koji.interviewOf('user_2')?.completed_at).toBeNull();
});

test.each([
  ['3', 'mixed', { quality_score: 3, sentiment: 'mixed' }],
  ['', '', { quality_score: null, sentiment: null }],
])('an interview is finished with what was chosen: quality “%s”, sentiment “%s”', async (quality, sentiment, then) => {
  await act('finish', { interview: interviewOf('user_2'), themes: '', quality, sentiment });
  expect(koji.interviewOf('user_2')).toMatchObject(then);
});

test('“Analyzed by Koji” counts those who entered the cohort, as the other figures do', async () => {
  expect(playground.counts()).toMatchObject({ 'Entered the cohort': 0, 'Analyzed by Koji': 0 });
  await finished();
  expect(playground.counts()).toMatchObject({ 'Entered the cohort': 1, 'Analyzed by Koji': 1 });
});

test('a poll that Amplitude refuses is neither a run that failed nor one that was tried again', async () => {
  await act('clock', { minutes: '60' });
  amplitude.failNext(({ path }) => path.includes('/cohorts'), { status: 503, body: 'Service unavailable' }, 9);
  await act('clock', { minutes: '60' });
  const counts = playground.counts();
  expect(counts['Polls that failed']).toBeGreaterThan(0);
  expect(counts).toMatchObject({ 'Runs that failed': 0, 'Tried again at once (503), then written': 0 });
});

test('the words on the page name services, Zaps and failures as people do', async () => {
  expect(await act('turn', { name: 'writing', on: 'no' })).toBe(
    'The Zap “Interview Analysis Ready → Send Interview Event” is off.',
  );
  expect(await act('fail', { service: 'koji', fault: 'throttled' })).toBe(
    'The next call to Koji gets too many requests (429).',
  );
});
