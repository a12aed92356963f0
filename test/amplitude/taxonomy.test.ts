import { eventPropertyTypes, userPropertyTypes } from '../../amplitude/interview-event.ts';
import { registeredSchema, registerInput, registerInterviewEvent, sampleRegistered } from '../../amplitude/taxonomy.ts';
import { outputFields } from '../../boundary/output-fields.ts';
import type { Reply } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { brokenConnection } from '../support/amplitude.ts';
import { expectToBeReadInFull, failureOf, thrownBy } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';
import { decide } from './filled-in.ts';

const EVENT = 'koji.interview_completed';
const eventNames = ['theme_top_1', 'theme_top_2', 'sentiment', 'quality_score', 'transcript_url'];
const userNames = ['last_interview_at', 'last_interview_sentiment', 'last_interview_themes', 'last_interview_quality'];
const everything = ['Koji', EVENT, ...eventNames, ...userNames];

const success = reply(200, { success: true });
const listed = (...data: object[]) => reply(200, { success: true, data });
const refusal = (status: number, message: string) => reply(status, { success: false, errors: [{ message }] });
const noLists = [listed(), listed(), listed(), listed()];
const fullLists = [
  listed({ id: 1, name: 'Koji' }),
  listed({ event_type: EVENT, category: { name: 'Koji' } }),
  listed(...eventNames.map((event_property) => ({ event_property, event_type: EVENT }))),
  listed(...userNames.map((user_property) => ({ user_property: `gp:${user_property}` }))),
];

const register = (answers: (Reply | Error)[], eventType = EVENT) => {
  const { send, requests } = network(...answers);
  return { requests, running: registerInterviewEvent({ send, host: 'https://amplitude.com' }, eventType) };
};

/** Path and form of each request that creates something. */
const creations = (requests: ReturnType<typeof network>['requests']) =>
  requests
    .filter(({ method }) => method === 'POST')
    .map(({ url, body }) => [url.split('/taxonomy/')[1], Object.fromEntries(new URLSearchParams(body))]);

describe('a plan that has nothing of it', () => {
  test('is read first, then gets category, event and every property with its type', async () => {
    const { running, requests } = register([...noLists, ...everything.map(() => success)]);
    await expect(running).resolves.toEqual({ id: EVENT, created: everything, already_there: [] });
    expect(requests.slice(0, 4).map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://amplitude.com/api/2/taxonomy/category',
      'GET https://amplitude.com/api/2/taxonomy/event',
      `GET https://amplitude.com/api/2/taxonomy/event-property?event_type=${EVENT}`,
      'GET https://amplitude.com/api/2/taxonomy/user-property',
    ]);
    const moods = 'positive, neutral, negative, mixed';
    expect(creations(requests)).toEqual([
      ['category', { category_name: 'Koji' }],
      ['event', { event_type: EVENT, category: 'Koji', description: 'An interview that Koji held and analyzed.' }],
      ['event-property', { event_property: 'theme_top_1', event_type: EVENT, type: 'string' }],
      ['event-property', { event_property: 'theme_top_2', event_type: EVENT, type: 'string' }],
      ['event-property', { event_property: 'sentiment', event_type: EVENT, type: 'enum', enum_values: moods }],
      ['event-property', { event_property: 'quality_score', event_type: EVENT, type: 'number' }],
      ['event-property', { event_property: 'transcript_url', event_type: EVENT, type: 'string' }],
      ['user-property', { user_property: 'last_interview_at', type: 'string' }],
      ['user-property', { user_property: 'last_interview_sentiment', type: 'enum', enum_values: moods }],
      ['user-property', { user_property: 'last_interview_themes', type: 'string', is_array_type: 'true' }],
      ['user-property', { user_property: 'last_interview_quality', type: 'number' }],
    ]);
    expect(requests[4]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('is asked about an event of another name by an encoded address', async () => {
    const name = 'Interview & {{more}}';
    const { running, requests } = register([...noLists, ...everything.map(() => success)], name);
    await expect(running).resolves.toMatchObject({ id: name });
    expect(requests[2]?.url).toContain('event_type=Interview%20%26%20%7B%7Bmore%7D%7D');
    expect(creations(requests)[2]).toEqual([
      'event-property',
      { event_property: 'theme_top_1', event_type: name, type: 'string' },
    ]);
  });
});

describe('a plan that has some of it', () => {
  test('is left as it is when it has everything', async () => {
    const { running, requests } = register(fullLists);
    await expect(running).resolves.toEqual({ id: EVENT, created: [], already_there: everything });
    expect(creations(requests)).toEqual([]);
  });

  test('gets only what is missing; a property of another event does not count', async () => {
    const [categories, events, , users] = fullLists;
    const ofOthers = listed({ event_property: 'theme_top_1', event_type: 'other' }, { event_property: 'sentiment' });
    const { running } = register([
      categories ?? success,
      events ?? success,
      ofOthers,
      users ?? success,
      ...eventNames.map(() => success),
    ]);
    await expect(running).resolves.toEqual({
      id: EVENT,
      created: eventNames,
      already_there: ['Koji', EVENT, ...userNames],
    });
  });

  test('gets everything where there are only things of others', async () => {
    const { running } = register([
      listed({ id: 1, name: 'Other' }),
      listed({ event_type: 'other' }),
      listed(
        { event_property: 'other', event_type: EVENT },
        ...eventNames.map((event_property) => ({ event_property, event_type: 'other' })),
      ),
      listed(...userNames.map((name) => ({ user_property: name.replace('_', '_gp:') }))),
      ...everything.map(() => success),
    ]);
    await expect(running).resolves.toEqual({ id: EVENT, created: everything, already_there: [] });
  });

  test('takes "already exists" for there only with a 409', async () => {
    const { running } = register([...noLists, refusal(400, 'The category already exists.')]);
    expect((await failureOf(running)).details).toMatchObject({ kind: 'data', status: 400 });
  });

  test('counts a 409 that says "already exists" as there', async () => {
    const exists = refusal(409, 'Attempted to add an event property, "sentiment", that already exists.');
    const { running } = register([...noLists, ...everything.map((name) => (name === 'sentiment' ? exists : success))]);
    await expect(running).resolves.toMatchObject({ already_there: ['sentiment'] });
  });

  test('has entries without a name, which are overlooked', async () => {
    const { running } = register([
      listed({ id: 1 }, { name: 'Koji' }),
      listed({}),
      listed({}),
      listed({ user_property: null }),
      ...everything.slice(1).map(() => success),
    ]);
    await expect(running).resolves.toMatchObject({ already_there: ['Koji'] });
  });
});

describe('what Amplitude refuses', () => {
  test('a plan without taxonomy halts with friendly words', async () => {
    const { running } = register([
      reply(403, { error: { http_code: 403, metadata: { details: 'Taxonomy is not available on your plan' } } }),
    ]);
    const failure = await failureOf(running);
    expect(failure.details).toMatchObject({ kind: 'data', code: 'no_taxonomy', status: 403 });
    expect(failure.message).toContain('Sending interviews works without it.');
    expectToBeReadInFull(failure.message);
  });

  test.each([409, 400, 200])('a %d that is not "already exists" halts and quotes Amplitude', async (status) => {
    const { running } = register([...noLists, success, refusal(status, 'The schema is not initialized.')]);
    const failure = await failureOf(running);
    expect(failure.details).toMatchObject({ kind: 'data', code: 'refused', status });
    expect(failure.message).toBe(
      `Amplitude refused ${EVENT} for the tracking plan. Amplitude says: “The schema is not initialized.”`,
    );
  });

  test('a list that it does not show halts and quotes Amplitude', async () => {
    const failure = await failureOf(register([refusal(400, 'Not found')]).running);
    expect(failure.message).toBe('Amplitude refused to show its tracking plan. Amplitude says: “Not found”');
    const several = reply(400, { success: false, errors: [{ message: 'Not found.' }, { message: 'Try again.' }] });
    expect((await failureOf(register([several]).running)).message).toContain('Amplitude says: “Not found. Try again.”');
  });

  test.each([
    ['a pause', reply(429, '', { 'retry-after': '9' }), 'wait', 'throttled'],
    [
      'a wrong key',
      reply(403, { error: { metadata: { details: 'Invalid API Key' } } }),
      'connection',
      'invalid_api_key',
    ],
    ['a 409 that is a web page', reply(409, '<html></html>'), 'connection', 'blocked'],
    ['a web page with status 200', reply(200, '<html></html>'), 'retry', 'unreadable'],
    ['a 200 without success', reply(200, {}), 'retry', 'unreadable'],
    ['a breakdown', reply(500, ''), 'retry', 'http_500'],
    ['no answer', brokenConnection, 'retry', 'unreachable'],
  ])('%s, while reading and while creating', async (_name, reply, kind, code) => {
    for (const answers of [[reply], [...noLists, reply]]) {
      const failure = await failureOf(register(answers).running);
      expect(failure.details).toMatchObject({ kind, code });
      expectToBeReadInFull(failure.message);
    }
  });
});

test('the plan has exactly the properties that are written', () => {
  const decision = decide();
  const event = 'event' in decision ? decision.event : undefined;
  expect(Object.keys(event?.event_properties ?? {})).toEqual(Object.keys(eventPropertyTypes));
  expect(Object.keys(event?.user_properties ?? {})).toEqual(Object.keys(userPropertyTypes));
});

test("an event type that is empty, unresolved or one of Amplitude's own", () => {
  expect(readInput('Amplitude', registerInput, { event_type: ' ' })).toEqual({ event_type: EVENT });
  const refused = (event_type: string) => thrownBy(() => readInput('Amplitude', registerInput, { event_type })).message;
  expect(refused('{{123__id}}')).toBe(
    'Nothing was sent to Amplitude: the field Event Type is mapped to something that an earlier step did not give.',
  );
  expect(refused('[Amplitude] Start')).toContain("must not be one of Amplitude's own event names");
});

test('the sample has everything that is registered', () => {
  expect(registeredSchema.strict().parse(sampleRegistered)).toEqual(sampleRegistered);
  expect(sampleRegistered).toEqual({ id: EVENT, created: everything, already_there: [] });
});

test('the id is labeled as what it is', () => {
  expect(outputFields(registeredSchema).map(({ label }) => label)).toEqual(['Event Type', 'Created', 'Already There']);
});
