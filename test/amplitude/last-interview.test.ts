/** What a person's last interview is in Amplitude after some have been written, on a local Amplitude. */
import { lastInterviewAt } from '../../amplitude/last-interview.ts';
import { sendInterviewEvent } from '../../amplitude/send-interview-event.ts';
import { fetchSend } from '../../boundary/fetch.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../sandbox/amplitude/server.ts';
import { clockAt } from '../support/clock.ts';
import { COMPLETED, inputWith } from './filled-in.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const USER = 'user_10042';
const { apiKey, secretKey } = sandboxProject;

let now = COMPLETED + MINUTE;
let amplitude: AmplitudeSandbox;
beforeEach(async () => {
  now = COMPLETED + MINUTE;
  amplitude = await startAmplitude({ now: () => now });
});
afterEach(() => amplitude.close());

const lookUp = (secret: string) => (userId: string) => {
  const authorization = `Basic ${Buffer.from(`${apiKey}:${secret}`).toString('base64')}`;
  return lastInterviewAt({ send: fetchSend(authorization, [amplitude.url]), host: amplitude.url }, userId);
};
/** Writes an interview with this Secret Key in the connection, or none. */
const write = (fields: Record<string, unknown>, secret: string | null = null) =>
  sendInterviewEvent(
    { send: fetchSend(null, []), host: amplitude.url, apiKey, library: 'test' },
    inputWith(fields),
    { read: () => Promise.reject(new Error('Koji was asked.')), lookUp: secret === null ? null : lookUp(secret) },
    clockAt(now).timing,
  );
const person = () => amplitude.user(apiKey, USER)?.properties;
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

describe('the last interview is one record', () => {
  test.each([
    ['no sentiment', { sentiment: '' }, 'last_interview_sentiment'],
    ['no themes', { themes: [] }, 'last_interview_themes'],
  ])('a newer interview with %s leaves nothing of the older one', async (_name, lacks, property) => {
    await write({ interview_id: 'int_1' });
    expect(person()).toHaveProperty(property);
    await write({ interview_id: 'int_2', completed_at: at(COMPLETED + MINUTE), ...lacks });
    expect(person()).toMatchObject({ last_interview_at: '2026-05-24T11:42:22' });
    expect(person()).not.toHaveProperty(property);
    expect(amplitude.events(apiKey).at(-1)?.userProperties).not.toHaveProperty(property);
  });

  test('what the team itself keeps of the person stays', async () => {
    amplitude.putUser(apiKey, USER, { plan: 'pro', last_interview_sentiment: 'positive' });
    await write({ sentiment: '', themes: [] });
    expect(person()).toEqual({ plan: 'pro', last_interview_at: '2026-05-24T11:41:22', last_interview_quality: 4 });
  });

  test('an interview sent again takes nothing from a newer one', async () => {
    await write({ interview_id: 'int_1', sentiment: '' });
    await write({ interview_id: 'int_2', completed_at: at(COMPLETED + MINUTE), sentiment: 'mixed' });
    await write({ interview_id: 'int_1', sentiment: '' });
    expect(person()).toMatchObject({ last_interview_at: '2026-05-24T11:42:22', last_interview_sentiment: 'mixed' });
    expect(amplitude.events(apiKey)).toHaveLength(2);
  });

  test.each([
    ['with everything', {}],
    ['with less than the one before', { sentiment: '' }],
  ])('an interview %s that left the person alone at first is there in full later', async (_name, lacks) => {
    await write({ interview_id: 'int_1', sentiment: 'mixed', quality_score: 5 });
    const newer = { interview_id: 'int_2', completed_at: at(COMPLETED + MINUTE), themes: ['price'], ...lacks };
    await write({ ...newer, update_user_properties: 'never' });
    expect(person()).toMatchObject({ last_interview_sentiment: 'mixed', last_interview_quality: 5 });
    await write({ ...newer, update_user_properties: 'always' });
    expect(person()).toEqual({
      last_interview_at: '2026-05-24T11:42:22',
      ...('sentiment' in lacks ? {} : { last_interview_sentiment: 'negative' }),
      last_interview_themes: ['price'],
      last_interview_quality: 4,
    });
    expect(amplitude.events(apiKey)).toHaveLength(2);
  });

  test('takes one call', async () => {
    await write({ sentiment: '' });
    expect(amplitude.calls).toHaveLength(1);
  });
});

describe('an older interview written after a newer one', () => {
  /** Two interviews of one person, the older by so much, which is written so long after its own end. */
  const afterTheNewer = async (older: number, late: number, secret: string | null, fields = {}) => {
    const completed_at = at(COMPLETED - older);
    await write({ interview_id: 'int_newer', sentiment: 'positive' });
    now = COMPLETED - older + late;
    return write({ interview_id: 'int_older', completed_at, sentiment: 'negative', ...fields }, secret);
  };
  const sentiment = () => person()?.last_interview_sentiment;
  const eventOf = (interviewId: string) =>
    amplitude.events(apiKey).find(({ insertId }) => insertId?.endsWith(interviewId));

  test.each([
    // What is left to the order of arrival.
    ['half an hour', 'no Secret Key', 30 * MINUTE, null, 'negative'],
    ['half an hour', 'the Secret Key', 30 * MINUTE, secretKey, 'negative'],
    ['five hours', 'no Secret Key', 5 * HOUR, null, 'negative'],
    // What the window or the look keeps.
    ['five hours', 'the Secret Key', 5 * HOUR, secretKey, 'positive'],
    ['three days', 'no Secret Key', 3 * DAY, null, 'positive'],
    ['three days', 'the Secret Key', 3 * DAY, secretKey, 'positive'],
    ['ten days', 'no Secret Key', 10 * DAY, null, 'positive'],
    ['ten days', 'the Secret Key', 10 * DAY, secretKey, 'positive'],
  ])(
    '%s late, with %s: its event is written, and the person updated as the window says',
    async (_late, _key, late, secret, kept) => {
      const sent = await afterTheNewer(10 * MINUTE, late, secret);
      expect(sentiment()).toBe(kept);
      expect(sent).toMatchObject({ status: 'written', user_properties_updated: kept === 'negative' });
      expect(eventOf('int_older')?.eventProperties).toMatchObject({ sentiment: 'negative' });
    },
  );

  test('is never written over a newer one with the Secret Key, though it should always update', async () => {
    await afterTheNewer(30 * DAY, 40 * DAY, secretKey, { update_user_properties: 'always' });
    expect(sentiment()).toBe('positive');
  });

  test('takes nothing from the newer one either', async () => {
    await afterTheNewer(HOUR, 2 * HOUR, secretKey, { sentiment: '', themes: [] });
    expect(person()).toMatchObject({ last_interview_sentiment: 'positive', last_interview_themes: expect.any(Array) });
  });

  test.each([
    ['a wrong Secret Key', 'wrong', {}],
    ['Amplitude asking for a pause', secretKey, { status: 429 }],
    ['a fault of Amplitude', secretKey, { status: 500 }],
    ['an answer nobody can read', secretKey, { status: 200, body: '<html></html>' }],
  ])('with %s the look fails, the event is written, and it is as without the key', async (_name, secret, answer) => {
    if ('status' in answer) amplitude.failNext(({ path }) => path.startsWith('/api/2/user'), answer);
    const sent = await afterTheNewer(DAY, 3 * DAY, secret);
    expect(sent).toMatchObject({ status: 'written', user_properties_updated: false });
    expect(eventOf('int_older')).toBeDefined();
    expect(sentiment()).toBe('positive');
  });

  test('with the activity of the person missing the event is written all the same', async () => {
    amplitude.failNext(({ path }) => path.startsWith('/api/2/useractivity'), { status: 404 });
    await expect(afterTheNewer(DAY, 3 * DAY, secretKey)).resolves.toMatchObject({ status: 'written' });
    expect(sentiment()).toBe('positive');
  });
});

describe('a late interview that is the last one', () => {
  test.each([
    ['somebody new', {}],
    ['somebody without an interview', { plan: 'pro' }],
    ['somebody with an older one', { last_interview_at: '2026-05-20T08:00:00' }],
    ['somebody whose date was emptied', { last_interview_at: '' }],
  ])('updates %s with the Secret Key, even days later', async (name, properties) => {
    if (name !== 'somebody new') amplitude.putUser(apiKey, USER, properties);
    now = COMPLETED + 3 * DAY;
    await expect(write({}, secretKey)).resolves.toMatchObject({ user_properties_updated: true });
    expect(person()).toMatchObject({ last_interview_at: '2026-05-24T11:41:22' });
  });

  test('costs two calls more; one in time costs none', async () => {
    await write({ interview_id: 'int_1' }, secretKey);
    expect(amplitude.calls).toHaveLength(1);
    now = COMPLETED + 2 * HOUR;
    await write({ interview_id: 'int_2' }, secretKey);
    expect(amplitude.calls.map(({ call }) => call.path)).toEqual([
      '/2/httpapi',
      '/api/2/usersearch',
      '/api/2/useractivity',
      '/2/httpapi',
    ]);
  });

  test('is not looked up when it is skipped', async () => {
    now = COMPLETED + 2 * HOUR;
    await write({ quality_score: 1 }, secretKey);
    expect(amplitude.calls).toEqual([]);
  });
});

describe('where Amplitude does not say when the last interview was', () => {
  const USER_SEARCH = '/api/2/usersearch';
  const matches = (...all: unknown[]) => ({ matches: all, type: 'match_user_or_device_id' });
  const properties = (given: unknown) => ({ userData: { properties: given }, events: [] });

  test.each<[string, string, unknown]>([
    ['a date in words', '/api/2/useractivity', properties({ last_interview_at: 'yesterday' })],
    ['a date that is a list', '/api/2/useractivity', properties({ last_interview_at: ['2026-05-20T08:00:00'] })],
    ['a date before Amplitude was there', '/api/2/useractivity', properties({ last_interview_at: 7 })],
    ['no properties', '/api/2/useractivity', properties(null)],
    ['properties that are left out', '/api/2/useractivity', { userData: {}, events: [] }],
    ['a match without a user ID', USER_SEARCH, matches({ user_id: null, amplitude_id: 7 })],
    ['a match that names no user ID, beside others', USER_SEARCH, matches({ user_id: 'x' }, { amplitude_id: 7 })],
    ['a match that nobody can read', USER_SEARCH, matches({ user_id: USER })],
  ])('%s is not the same as none', async (_name, path, body) => {
    amplitude.putUser(apiKey, USER, { last_interview_at: '2026-05-25T08:00:00', last_interview_sentiment: 'mixed' });
    amplitude.failNext((call) => call.path.startsWith(path), { status: 200, body: Object(body) });
    now = COMPLETED + 3 * DAY;
    const sent = await write({}, secretKey);
    expect(sent).toMatchObject({ status: 'written', user_properties_updated: false });
    expect(person()).toMatchObject({ last_interview_sentiment: 'mixed' });
  });

  test.each([
    ['nobody', []],
    ['another person', [{ user_id: `${USER}_b`, amplitude_id: 7 }]],
  ])('%s found is nobody with an interview', async (_name, found) => {
    amplitude.failNext(({ path }) => path.startsWith(USER_SEARCH), { status: 200, body: matches(...found) });
    now = COMPLETED + 3 * DAY;
    await expect(write({}, secretKey)).resolves.toMatchObject({ user_properties_updated: true });
  });

  test('the person found beside a match without a user ID is who was meant', async () => {
    const found = matches({ user_id: null, amplitude_id: 1 }, { user_id: USER, amplitude_id: 7 });
    amplitude.failNext(({ path }) => path.startsWith(USER_SEARCH), { status: 200, body: found });
    now = COMPLETED + 3 * DAY;
    await expect(write({}, secretKey)).resolves.toMatchObject({ user_properties_updated: true });
  });
});

test('a fault of our own in the look is not taken for one of Amplitude', async () => {
  const broken = { status: 200, body: '', header: () => null };
  const send = async () => ({
    ...broken,
    get body(): string {
      throw new TypeError('a bug');
    },
  });
  await expect(lastInterviewAt({ send, host: amplitude.url }, USER)).rejects.toThrow(TypeError);
});
