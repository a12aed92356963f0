import { readFileSync } from 'node:fs';
import { fetchSend } from '../../../boundary/fetch.ts';
import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { readCharts } from '../../../sandbox/charts/charts.ts';
import { chartsDocument } from '../../../sandbox/charts/document.ts';
import { draw } from '../../../sandbox/charts/draw.ts';
import { chartsPage } from '../../../sandbox/charts/page.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { lastInterviewNegative } from '../../../sandbox/story/cohorts.ts';
import { at, days, productEvents } from '../../../sandbox/story/product.ts';

const { apiKey, secretKey } = sandboxProject;
let clock: VirtualClock;
let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  clock = new VirtualClock(at(days.last));
  amplitude = await startAmplitude({ now: clock.now });
});
afterEach(() => amplitude.close());

const receive = (userId: string, eventType: string, day: number, eventProperties = {}, userProperties = {}): void =>
  amplitude.receive(apiKey, [
    {
      userId,
      deviceId: null,
      eventType,
      time: at(day, 12),
      insertId: null,
      eventProperties,
      userProperties,
      skipsUserPropertiesSync: false,
    },
  ]);

/** Somebody signs up, goes so many steps on, has an interview and perhaps comes back in its last week. */
const person = (userId: string, steps: number, theme_top_1: string, sentiment: string, comesBack: boolean): void => {
  const way = [productEvents.signedUp, productEvents.created, productEvents.invited, productEvents.upgraded];
  for (const [place, name] of way.slice(0, steps).entries())
    receive(userId, name, 42 + place, {}, { pricing_page: 'control' });
  receive(userId, 'koji.interview_completed', 56, { theme_top_1, sentiment }, { last_interview_sentiment: sentiment });
  if (comesBack) receive(userId, productEvents.opened, 56 + 22);
};

const read = async () => {
  amplitude.computeCohort(apiKey, lastInterviewNegative);
  const authorization = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`;
  const charts = await readCharts({ send: fetchSend(authorization, [amplitude.url]), host: amplitude.url }, (time) =>
    clock.advance(time),
  );
  return { charts, sentences: charts.map(({ reading }) => reading.sentence), page: await chartsPage(charts) };
};

test('a theme that is lost at a step, and a sentiment whose people leave, are named with their numbers', async () => {
  for (const number of [1, 2, 3]) person(`smooth-${number}`, 4, 'fast setup', 'positive', true);
  for (const number of [1, 2]) person(`stuck-${number}`, 1, 'onboarding friction', 'negative', false);
  const { charts, sentences } = await read();
  expect(sentences).toEqual([
    'Who speaks of “onboarding friction” first is lost between Signed Up and Created Project: 0 % of 2 get there, of everybody interviewed 60 % of 5.',
    'Who was unhappy leaves: in week 3 after it, 0 % of the 2 people whose interview was negative came back, and 100 % of the 3 people whose interview was positive.',
    'The cohort to save grew to 2 on 2026-04-27; 2 people are in it now.',
    'Upgrades: 3 in control and 0 in treatment; no annotation says what changed.',
  ]);
  expect(charts[0]?.reading.columns).toEqual(['step', 'everybody interviewed', 'fast setup', 'onboarding friction']);
  expect(charts[0]?.reading.rows[3]).toEqual(['Upgraded', '3 (60 %)', '3 (100 %)', '0 (0 %)']);
});

test('without a single negative interview the charts say so, and are drawn', async () => {
  person('user-1', 4, 'fast setup', 'positive', true);
  const { sentences, page } = await read();
  expect(sentences).toEqual([
    'Of 1 person interviewed, 100 % upgraded; no theme stands out at any step.',
    'No interview was negative; in week 3 100 % of the 1 person whose interview was positive came back.',
    'Nobody is in the cohort: no interview was negative.',
    'Upgrades: 1 in control and 0 in treatment; no annotation says what changed.',
  ]);
  expect(page.match(/<svg /g)).toHaveLength(4);
});

test('before anybody was interviewed they say that, and are drawn', async () => {
  const { sentences, page } = await read();
  expect(sentences).toEqual([
    'Nobody of these sign-ups has been interviewed yet.',
    'Nobody has been interviewed yet.',
    'Nobody is in the cohort: no interview was negative.',
    'Upgrades: 0 in control and 0 in treatment; no annotation says what changed.',
  ]);
  expect(page.match(/<svg /g)).toHaveLength(4);
});

test('one person at a step is too few to name their theme', async () => {
  person('user-1', 1, 'onboarding friction', 'negative', false);
  person('user-2', 4, 'fast setup', 'positive', true);
  expect((await read()).sentences[0]).toBe('Of 2 people interviewed, 50 % upgraded; no theme stands out at any step.');
});

test('a theme in Arabic stands in sentence, drawing and table as it was said', async () => {
  for (const user of ['user-1', 'user-3']) person(user, 1, 'ارتباك الأسعار', 'negative', false);
  person('user-2', 4, 'fast setup', 'positive', true);
  const { charts, sentences, page } = await read();
  expect(sentences[0]).toContain('“ارتباك الأسعار”');
  expect(draw(charts[0]?.reading.drawing ?? {}, 'the funnel')).toContain('ارتباك الأسعار');
  expect(page).toContain('<th scope="col">ارتباك الأسعار</th>');
});

test('a theme or an annotation with a script in it is text everywhere', async () => {
  person('user-1', 1, '<script>alert(1)</script>', 'negative', false);
  person('user-2', 4, '"><img src=x onerror=alert(1)>', 'positive', true);
  await fetch(`${amplitude.url}/api/3/annotations`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}` },
    body: JSON.stringify({ label: '<script>alert(2)</script>', start: new Date(at(days.pricingPage)).toISOString() }),
  });
  const { sentences, page } = await read();
  expect(sentences[3]).toMatch(
    /^After “<script>alert\(2\)<\/script>” .* upgraded in 3 weeks, before it .* in 6 weeks\.$/,
  );
  expect(page).not.toMatch(/<script|<img/i);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain('&lt;script&gt;alert(2)&lt;/script&gt;');
  expect(page).toContain("default-src 'none'");
});

test('Amplitude’s budget is kept: what is refused is asked again five minutes later', async () => {
  person('user-1', 4, 'fast setup', 'positive', true);
  const before = clock.now();
  await read();
  const answers = amplitude.calls.map(({ answer }) => (typeof answer === 'object' ? answer.status : answer));
  expect(answers.filter((status) => status === 429)).toHaveLength(1);
  expect(clock.now() - before).toBe(5 * 60_000);
});

test('a query that Amplitude refuses for another reason is no chart', async () => {
  amplitude.failNext(({ path }) => path === '/api/2/retention', { status: 400, body: 'no such query' });
  await expect(read()).rejects.toThrow('Amplitude answered 400 to a chart’s query: no such query');
});

test('docs/charts.md has the queries that are asked (npm run charts:docs)', () => {
  expect(readFileSync('docs/charts.md', 'utf8')).toBe(chartsDocument());
});
