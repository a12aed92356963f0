import {
  amplitudeUserSchema,
  findUser,
  findUserInput,
  lookUpPerson,
  sampleAmplitudeUser,
} from '../../amplitude/find-user.ts';
import { outputFields } from '../../boundary/output-fields.ts';
import type { Reply } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { expectToBeReadInFull, failureOf, thrownBy } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';
import { eventOf } from './filled-in.ts';

const host = 'https://amplitude.com';
const matching = (...matches: unknown[]) => reply(200, { matches, type: 'match_user_or_device_id' });
const activity = (properties: unknown = {}) => reply(200, { userData: { properties }, events: [] });
const find = (found: Reply, known: Reply = activity()) =>
  findUser({ send: network(found, known).send, host }, 'user_1');
const nothingKnown = {
  email: null,
  last_interview_at: null,
  last_interview_sentiment: null,
  last_interview_themes: [],
  last_interview_quality: null,
  properties: {},
};

test('a user is asked for by an address that we encoded', async () => {
  const { send, requests } = network(matching());
  await findUser({ send, host }, ' ada+a&b=c/ü{{x}}');
  expect(requests).toEqual([
    {
      method: 'GET',
      url: 'https://amplitude.com/api/2/usersearch?user=%20ada%2Ba%26b%3Dc%2F%C3%BC%7B%7Bx%7D%7D',
      headers: { accept: 'application/json' },
      timeoutMilliseconds: 10_000,
    },
  ]);
});

test('each of the two calls has the time that it is given', async () => {
  const { send, requests } = network(matching({ user_id: 'user_1', amplitude_id: 1 }), activity());
  await lookUpPerson({ send, host }, 'user_1', 3_000);
  expect(requests.map(({ timeoutMilliseconds }) => timeoutMilliseconds)).toEqual([3_000, 3_000]);
});

test("the user is given with Amplitude's own id as text", async () => {
  await expect(find(matching({ user_id: 'user_1', amplitude_id: 356893043036 }))).resolves.toEqual([
    { id: '356893043036', amplitude_user_id: 'user_1', ...nothingKnown },
  ]);
});

test("the user's properties are asked for by Amplitude's own id", async () => {
  const { send, requests } = network(matching({ user_id: 'user_1', amplitude_id: 356893043036 }), activity());
  await findUser({ send, host }, 'user_1');
  expect(requests[1]).toMatchObject({
    method: 'GET',
    url: 'https://amplitude.com/api/2/useractivity?user=356893043036&limit=1',
  });
});

describe('of the user is known', () => {
  const known = async (properties: unknown) => {
    const [user] = await find(matching({ user_id: 'user_1', amplitude_id: 7 }), activity(properties));
    return user;
  };

  test('the email, the last interview, and every other property by its name', async () => {
    await expect(
      known({
        email: 'ada@example.com',
        plan: 'trial',
        last_interview_at: '2026-05-24T11:41:22',
        last_interview_sentiment: 'negative',
        last_interview_themes: ['pricing', 'speed, or the lack of it'],
        last_interview_quality: 4,
      }),
    ).resolves.toEqual({
      id: '7',
      amplitude_user_id: 'user_1',
      email: 'ada@example.com',
      last_interview_at: '2026-05-24T11:41:22.000Z',
      last_interview_sentiment: 'negative',
      last_interview_themes: ['pricing', 'speed, or the lack of it'],
      last_interview_quality: 4,
      properties: { plan: 'trial' },
    });
  });

  test.each([
    ['numbers as texts', { last_interview_quality: '4' }, { last_interview_quality: 4 }],
    [
      'themes as one text',
      { last_interview_themes: 'pricing, speed' },
      { last_interview_themes: ['pricing', 'speed'] },
    ],
    ['names in capitals', { Email: 'ada@example.com' }, { email: 'ada@example.com', properties: {} }],
    ['names as charts have them', { 'gp:last_interview_sentiment': 'mixed' }, { last_interview_sentiment: 'mixed' }],
  ])('%s', async (_how, properties, expected) => {
    await expect(known(properties)).resolves.toMatchObject(expected);
  });

  test.each([
    [
      'odd values',
      { email: 'none', last_interview_at: 'soon', last_interview_themes: { a: 1 }, last_interview_quality: {} },
    ],
    ['an object that no text can be made of', { last_interview_at: { toString: 1, valueOf: 1 } }],
    ['a number that would be rounded', { last_interview_quality: 2 ** 53 }],
    ['empty texts', { email: '', last_interview_at: '', last_interview_sentiment: '', last_interview_themes: '' }],
    ['no properties', null],
  ])('nothing where there are %s', async (_what, properties) => {
    await expect(known(properties)).resolves.toEqual({ id: '7', amplitude_user_id: 'user_1', ...nothingKnown });
  });
});

test.each([
  ['a pause', reply(429, '', { 'retry-after': '7' }), 'throttled'],
  ['a web page', reply(200, '<html></html>'), 'unreadable'],
])('%s in the place of the properties is a failure, not a user without any', async (_name, answer, code) => {
  const failure = await failureOf(find(matching({ user_id: 'user_1', amplitude_id: 7 }), answer));
  expect(failure.details.code).toBe(code);
});

test('a phantom with no user id, another user, and what can not be read are not the user', async () => {
  const matches = [
    { user_id: null, amplitude_id: 1 },
    { amplitude_id: 2 },
    { user_id: 'user_10', amplitude_id: 3 },
    { user_id: 'User_1', amplitude_id: 4 },
    { user_id: 'user_1' },
    null,
    { user_id: 'user_1', amplitude_id: 5 },
  ];
  await expect(find(matching(...matches))).resolves.toEqual([
    { id: '5', amplitude_user_id: 'user_1', ...nothingKnown },
  ]);
});

test('a search for nobody finds none', async () => {
  await expect(find(reply(200, { matches: [], type: 'nomatch' }))).resolves.toEqual([]);
});

test.each([
  ['a pause of its own length', reply(429, '', { 'retry-after': '7' }), 'wait', 'throttled'],
  ['a web page with status 200', reply(200, '<html></html>'), 'retry', 'unreadable'],
  ['a web page with status 502', reply(502, '<html></html>'), 'retry', 'http_502'],
])('an answer that is %s is a failure', async (_name, reply, kind, code) => {
  const failure = await failureOf(find(reply));
  expect(failure.details).toMatchObject({ kind, code });
  expectToBeReadInFull(failure.message);
});

test.each([
  ['nothing', {}, 'is empty'],
  ['spaces', { amplitude_user_id: '   ' }, 'is empty'],
  ['something that is no text', { amplitude_user_id: { id: 1 } }, 'must be text'],
  [
    'an unresolved {{123__id}}',
    { amplitude_user_id: '{{123__id}}' },
    'is mapped to something that an earlier step did not give',
  ],
  [
    'half of a character',
    { amplitude_user_id: 'user_\ud83d' },
    'holds a broken character: a text was cut within one, or lost one on the way. Map it from its source',
  ],
])('a search by %s is refused', (_name, input, because) => {
  const failure = thrownBy(() => readInput('Amplitude', findUserInput, input));
  expect(failure.message).toBe(`Nothing was sent to Amplitude: the field Amplitude User ID ${because}.`);
  expect(failure.details.kind).toBe('data');
});

test('an id is searched for byte for byte', () => {
  expect(readInput('Amplitude', findUserInput, { amplitude_user_id: ' User 1 ' })).toEqual({
    amplitude_user_id: ' User 1 ',
  });
});

test('the sample is a user: the one of the sample interview, after it was written', async () => {
  expect(amplitudeUserSchema.strict().parse(sampleAmplitudeUser)).toEqual(sampleAmplitudeUser);
  const { send } = network(
    matching({ user_id: 'user_10042', amplitude_id: 356893043036 }),
    activity({ ...eventOf().user_properties, email: 'ada@example.com', plan: 'trial' }),
  );
  await expect(findUser({ send, host }, 'user_10042')).resolves.toEqual([sampleAmplitudeUser]);
});

test("the id that is not the person's own is labeled as Amplitude's", () => {
  const labels = outputFields(amplitudeUserSchema).map(({ label }) => label);
  expect(labels.slice(0, 2)).toEqual(["Amplitude's Own ID", 'Amplitude User ID']);
});
