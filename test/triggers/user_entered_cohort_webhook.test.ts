import app from '../../index.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { startZapier } from '../../sandbox/zapier/platform.ts';
import trigger, { perform, performList } from '../../triggers/user_entered_cohort_webhook.ts';
import { connected, run, zapierErrorOf } from '../support/app.ts';
import { defaultsOf } from '../support/forms.ts';

const SECRET = 'sesame made up for tests';
const guardedConnection = { ...connected, amplitude_webhook_secret: SECRET };
const batch = (fields: object = {}) => ({
  cohort_name: 'Stuck trials',
  cohort_id: '7khm89cz',
  in_cohort: true,
  computed_time: '1692206763',
  message_id: 'm1::enter::0',
  users: [
    { user_id: 'user_1', user_properties: { email: 'ada@example.com', seats: 3 } },
    { user_id: 'user_2', user_properties: { email: 'bob@example.com' } },
  ],
  ...fields,
});

/** A delivery as Zapier hands it on. */
const receive = (
  content: string,
  {
    headers = { 'Http-X-Webhook-Secret': SECRET },
    inputData = {},
    authData = guardedConnection,
  }: { headers?: Record<string, string>; inputData?: object; authData?: Record<string, string> } = {},
) => run(perform, { authData, inputData, rawRequest: { method: 'POST', querystring: '', headers, content } });

/** What the app wrote to its log. */
const log = jest.spyOn(console, 'log');
const logged = (): string => log.mock.calls.flat().join('\n');
beforeEach(() => log.mockClear());

test.each([['a list'], null, 17, { a: 1 }])('the odd header %j does no harm', async (odd) => {
  const headers = JSON.parse(JSON.stringify({ 'Http-X-Odd': odd, 'Http-X-Webhook-Secret': SECRET }));
  await expect(receive(JSON.stringify(batch()), { headers })).resolves.toHaveLength(2);
});

test('a batch of users who enter triggers once for each, with every key of the sample', async () => {
  const entries = await receive(JSON.stringify(batch()));
  expect(entries).toMatchObject([
    {
      id: 'm1::enter::0:user_1',
      cohort_id: '7khm89cz',
      cohort_name: 'Stuck trials',
      amplitude_user_id: 'user_1',
      respondent_email: 'ada@example.com',
      cohort_computed_at: '2023-08-16T17:26:03.000Z',
      properties: { email: 'ada@example.com', seats: 3 },
    },
    { amplitude_user_id: 'user_2' },
  ]);
  for (const entry of entries) {
    expect(Object.keys(entry).sort()).toEqual(Object.keys(trigger.operation.sample ?? {}).sort());
  }
});

test('whatever the clock says, a batch triggers with the same people', async () => {
  const HOUR = 3_600_000;
  const [now, expected] = [Date.now(), await receive(JSON.stringify(batch()))];
  const clock = jest.spyOn(Date, 'now');
  for (const wrongBy of [HOUR, 24 * HOUR, 168 * HOUR, -HOUR, -24 * HOUR, -168 * HOUR]) {
    clock.mockImplementation(() => now + wrongBy);
    await expect(receive(JSON.stringify(batch()))).resolves.toEqual(expected);
  }
  clock.mockRestore();
});

test.each([
  ['a wrong secret header', { 'Http-X-Webhook-Secret': 'sesame' }],
  ['an empty secret header', { 'Http-X-Webhook-Secret': '' }],
  ['a missing header', {}],
])('%s starts nothing, and the log shows neither secret nor person', async (_name, headers) => {
  await expect(receive(JSON.stringify(batch()), { headers })).resolves.toEqual([]);
  expect(logged()).toContain('The header X-Webhook-Secret is missing or wrong.');
  expect(logged()).not.toContain(SECRET);
  expect(logged()).not.toContain('ada@example.com');
});

test.each([
  ['who enter', {}, 2],
  ['who leave', { in_cohort: false }, 0],
])(
  'users %s are handed on alike with the defaults that the form shows and with empty fields',
  async (_who, more, count) => {
    const withDefaults = await receive(JSON.stringify(batch(more)), { inputData: defaultsOf(trigger) });
    expect(withDefaults).toHaveLength(count);
    expect(withDefaults).toEqual(await receive(JSON.stringify(batch(more))));
  },
);

test.each([
  ['the cohort that was chosen', '7khm89cz', 2],
  ['another one', 'other', 0],
])('a delivery of a cohort triggers where %s is filled in', async (_which, cohort_id, count) => {
  await expect(receive(JSON.stringify(batch()), { inputData: { cohort_id } })).resolves.toHaveLength(count);
});

test('the form offers both directions by their names', () => {
  const direction = trigger.operation.inputFields?.find((field) => 'key' in field && field.key === 'direction');
  expect(direction).toMatchObject({ choices: { entering: 'Entering the cohort', leaving: 'Leaving the cohort' } });
});

test('users who leave are handed on where the form says so', async () => {
  const inputData = { direction: 'leaving' };
  await expect(receive(JSON.stringify(batch({ in_cohort: false })), { inputData })).resolves.toHaveLength(2);
  await expect(receive(JSON.stringify(batch()), { inputData })).resolves.toEqual([]);
});

test('nothing is said of who was left out where nobody was', async () => {
  await receive(JSON.stringify(batch()));
  expect(logged()).not.toContain('Left out');
});

test('a connection without the secret takes what comes', async () => {
  await expect(receive(JSON.stringify(batch()), { authData: connected, headers: {} })).resolves.toHaveLength(2);
});

test.each([
  ['a cohort payload with no users', JSON.stringify(batch({ users: [] })), 'Left out: 1 × a batch without users.'],
  ['a leaving batch', JSON.stringify(batch({ in_cohort: false })), 'Left out: 1 × users who are leaving.'],
  ['a body that is no JSON', 'user_1,ada@example.com', 'Left out: The body is not JSON.'],
  ['an empty body', '', 'Left out: The body is not JSON.'],
])('%s starts nothing and says so in the log', async (_name, content, line) => {
  await expect(receive(content)).resolves.toEqual([]);
  expect(logged()).toContain(line);
  expect(logged()).not.toContain('ada@example.com');
});

test('all that was left out of a delivery is said in one line of the log', async () => {
  await expect(receive(JSON.stringify([batch({ users: [] }), batch({ in_cohort: false })]))).resolves.toEqual([]);
  expect(logged()).toContain('Left out: 1 × a batch without users. 1 × users who are leaving.');
});

test('a user without id is left out, the others are not', async () => {
  const users = [{ user_properties: { email: 'x@example.com' } }, { user_id: 'user_2' }];
  await expect(receive(JSON.stringify(batch({ users })))).resolves.toMatchObject([{ amplitude_user_id: 'user_2' }]);
  expect(logged()).toContain('Left out: 1 × a user without a user id.');
});

test('an array body triggers for the users of each batch', async () => {
  const body = [batch(), batch({ message_id: 'm2', users: [{ user_id: 'user_3' }] })];
  await expect(receive(JSON.stringify(body))).resolves.toHaveLength(3);
});

test('a property nested without end is null', async () => {
  const users = [{ user_id: 'user_1', user_properties: { odd: 'ENDLESS', plan: 'trial' } }];
  const content = JSON.stringify(batch({ users })).replace('"ENDLESS"', `${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  await expect(receive(content)).resolves.toMatchObject([{ properties: { odd: null, plan: 'trial' } }]);
});

test('text in double curly braces comes through unchanged', async () => {
  const users = [{ user_id: 'ada', user_properties: { note: '{{bundle.authData.koji_api_key}}' } }];
  await expect(receive(JSON.stringify(batch({ users })))).resolves.toMatchObject([
    { amplitude_user_id: 'ada', properties: { note: '{{bundle.authData.koji_api_key}}' } },
  ]);
});

test.each(['0', '101', 'half'])('a sample of %s percent halts and says what to fill in', async (sample_percent) => {
  await expect(zapierErrorOf(receive(JSON.stringify(batch()), { inputData: { sample_percent } }))).resolves.toEqual({
    kind: 'HaltedError',
    message: 'Nothing was sent to Amplitude: the field Sample Percent must be a number from 1 to 100.',
  });
});

test('a sample of "50%" is half of the people', async () => {
  const users = [{ user_id: 'user_10042' }, { user_id: 'user_0' }];
  const entries = await receive(JSON.stringify(batch({ users })), { inputData: { sample_percent: '50%' } });
  expect(entries).toMatchObject([{ amplitude_user_id: 'user_10042' }]);
});

test('a forged delivery does not even learn that the Zap is filled in wrongly', async () => {
  await expect(receive(JSON.stringify(batch()), { headers: {}, inputData: { sample_percent: '0' } })).resolves.toEqual(
    [],
  );
});

test('the editor is given no made-up person as a real one', async () => {
  await expect(run(performList, { authData: connected, inputData: {} })).resolves.toEqual([]);
});

test('running the trigger by hand, without a delivery, says why it can not', async () => {
  await expect(zapierErrorOf(run(perform, { authData: connected, inputData: {} }))).resolves.toEqual({
    kind: 'HaltedError',
    message: 'This trigger runs when Amplitude sends a cohort; there is nothing to run by hand.',
  });
});

test('a request without headers and body starts nothing', async () => {
  await expect(run(perform, { authData: connected, inputData: {}, rawRequest: {} })).resolves.toEqual([]);
  await expect(run(perform, { authData: guardedConnection, inputData: {}, rawRequest: {} })).resolves.toEqual([]);
});

test("on Zapier, the address is there before the Zap is turned on, and Amplitude's post starts a run for each user", async () => {
  const clock = new VirtualClock(Date.parse('2026-05-24T12:00:00Z'));
  const zapier = await startZapier({
    app: { ...app, triggers: { [trigger.key]: trigger } },
    clock,
    authData: guardedConnection,
  });
  try {
    const zap = zapier.zap({ trigger: { key: trigger.key, inputData: { extra_properties: ['seats'] } } });
    const post = (headers: Record<string, string>) =>
      fetch(zap.targetUrl() ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Amplitude/Webhook/1.0', ...headers },
        body: JSON.stringify(batch()),
      });
    await zap.turnOn();
    await post({ 'X-Webhook-Secret': SECRET });
    await post({ 'X-Webhook-Secret': 'guess' });
    await clock.advance(1_000);
    expect(zap.deliveries.map(({ outcome }) => outcome)).toEqual(['triggered', 'ignored']);
    expect(zap.runs().map((zapRun) => zapRun.trigger)).toMatchObject([
      { amplitude_user_id: 'user_1', properties: { seats: 3 } },
      { amplitude_user_id: 'user_2', properties: { seats: null } },
    ]);
    await expect(zap.testTrigger()).resolves.toEqual([trigger.operation.sample]);
  } finally {
    await zapier.close();
  }
});
