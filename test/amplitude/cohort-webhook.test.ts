import { cohortEntrySchema } from '../../amplitude/cohort-entry.ts';
import { carriesOneOf, cohortWebhookInput, readCohortDelivery, SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { isSampled } from '../../amplitude/sampling.ts';
import { jsonOf } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { thrownBy } from '../support/failures.ts';

/** The documented payload (https://amplitude.com/docs/data/destination-catalog/cohort-webhooks), with two users. */
const batch = (fields: object = {}) => ({
  cohort_name: 'My Test Cohort',
  cohort_id: '7khm89cz',
  in_cohort: true,
  computed_time: '1692206763',
  message_id: '9baaa88f::enter::0',
  users: [
    { user_id: 'user_1', user_properties: { email: 'ada@example.com', seats: 3, trial: true } },
    { user_id: 'user_2' },
  ],
  ...fields,
});

const read = (body: unknown, input: object = {}) =>
  readCohortDelivery(
    jsonOf(typeof body === 'string' ? body : JSON.stringify(body)),
    readInput('Amplitude', cohortWebhookInput, input),
  );
const idsIn = (body: unknown, input: object = {}) =>
  read(body, input).entries.map(({ amplitude_user_id }) => amplitude_user_id);

describe('a batch of users who enter', () => {
  test('gives one entry a user, with every key', () => {
    const { entries, leftOut } = read(batch());
    expect(leftOut).toEqual([]);
    expect(entries).toEqual([
      {
        id: '9baaa88f::enter::0:user_1',
        cohort_id: '7khm89cz',
        cohort_name: 'My Test Cohort',
        amplitude_user_id: 'user_1',
        respondent_email: 'ada@example.com',
        cohort_computed_at: '2023-08-16T17:26:03.000Z',
        properties: { email: 'ada@example.com', seats: 3, trial: true },
      },
      {
        id: '9baaa88f::enter::0:user_2',
        cohort_id: '7khm89cz',
        cohort_name: 'My Test Cohort',
        amplitude_user_id: 'user_2',
        respondent_email: null,
        cohort_computed_at: '2023-08-16T17:26:03.000Z',
        properties: {},
      },
    ]);
    for (const entry of entries) expect(cohortEntrySchema.strict().safeParse(entry).success).toBe(true);
  });

  test('keeps properties that are numbers, and an id that is a number becomes text', () => {
    const [entry] = read(batch({ users: [{ user_id: 10042, user_properties: { email: 7, seats: 3.5 } }] })).entries;
    expect(entry).toMatchObject({
      amplitude_user_id: '10042',
      respondent_email: null,
      properties: { email: 7, seats: 3.5 },
    });
  });

  test('takes the email from the property that was named', () => {
    const users = [{ user_id: 'u', user_properties: { email: 'old@example.com', 'Work Email': 'new@example.com' } }];
    const [entry] = read(batch({ users }), { email_property: 'work email' }).entries;
    expect(entry?.respondent_email).toBe('new@example.com');
  });

  test('hands on the properties that were chosen, null for one that did not come', () => {
    const [entry] = read(batch(), { extra_properties: ['Seats', 'plan'] }).entries;
    expect(entry?.properties).toEqual({ Seats: 3, plan: null });
  });

  test('gives nobody twice', () => {
    expect(idsIn(batch({ users: [{ user_id: 'a' }, { user_id: 'b' }, { user_id: 'a' }] }))).toEqual(['a', 'b']);
  });

  test('keeps the user id byte for byte', () => {
    expect(idsIn(batch({ users: [{ user_id: ' Ada ' }] }))).toEqual([' Ada ']);
  });

  test('has the same ids when Amplitude repeats it, also where the message has no id', () => {
    const body = batch({ message_id: undefined });
    expect(read(body).entries[0]?.id).toBe('7khm89cz@2023-08-16T17:26:03.000Z:user_1');
    expect(read(body)).toEqual(read(body));
  });

  test('leaves out placeholders, which are nobody', () => {
    const users = [{ user_id: 'null' }, { user_id: 'N/A' }, { user_id: 'user_1' }];
    expect(read(batch({ users }))).toMatchObject({
      entries: [{ amplitude_user_id: 'user_1' }],
      leftOut: ['2 × a user without a user id.'],
    });
  });

  test('keeps ids of 20 digits apart', () => {
    const body = JSON.stringify(batch({ users: ['LONG', 'NEXT'].map((user_id) => ({ user_id })) }))
      .replace('"LONG"', '12345678901234567890')
      .replace('"NEXT"', '12345678901234567891');
    expect(idsIn(body)).toEqual(['12345678901234567890', '12345678901234567891']);
  });

  test('is sampled like the polled cohort', () => {
    const users = [{ user_id: 'user_10042' }, { user_id: 'user_one@example.com' }];
    expect(read(batch({ users }), { sample_percent: 20 })).toMatchObject({
      entries: [{ amplitude_user_id: 'user_10042' }],
      leftOut: ['1 × a user outside the sample.'],
    });
    expect(idsIn(batch({ users, cohort_id: null }), { sample_percent: 100 })).toHaveLength(2);
  });

  test.each([['7khm89cz'], [null]])('of the cohort %p is sampled by cohort and user alone', (cohort_id) => {
    const ids = Array.from({ length: 60 }, (_, index) => `user_${index}`);
    const users = ids.map((user_id) => ({ user_id }));
    const sampled = ids.filter((id) => isSampled(cohort_id ?? '', id, 20));
    expect(idsIn(batch({ users, cohort_id }), { sample_percent: 20 })).toEqual(sampled);
  });

  test('of another cohort than the chosen one starts nobody', () => {
    expect(read(batch(), { cohort_id: 'other' })).toEqual({ entries: [], leftOut: ['1 × users of another cohort.'] });
    expect(idsIn(batch({ cohort_id: 17 }), { cohort_id: '17' })).toHaveLength(2);
  });
});

describe('a batch of users who leave', () => {
  const leaving = batch({ in_cohort: false, message_id: '9baaa88f::exit::0' });

  test('starts nobody', () => {
    expect(read(leaving)).toEqual({ entries: [], leftOut: ['1 × users who are leaving.'] });
  });

  test('is what is wanted where leaving was chosen, and entering is not', () => {
    expect(idsIn(leaving, { direction: 'leaving' })).toEqual(['user_1', 'user_2']);
    expect(read(batch(), { direction: 'leaving' }).leftOut).toEqual(['1 × users who are entering.']);
  });
});

describe('a body that is an array', () => {
  test('of batches gives the users of them all', () => {
    const second = batch({ message_id: 'm2', users: [{ user_id: 'user_3' }] });
    expect(idsIn([batch(), second])).toEqual(['user_1', 'user_2', 'user_3']);
  });

  test("of users, made by Amplitude's own template, names the cohort in a key", () => {
    const users = ['a@example.com', 'b@example.com'].map((user_id) => ({
      user_id,
      'amplitude_My Test_Cohort_7khm89cz': true,
    }));
    expect(read(users).entries[0]).toEqual({
      id: '7khm89cz@:a@example.com',
      cohort_id: '7khm89cz',
      cohort_name: 'My Test_Cohort',
      amplitude_user_id: 'a@example.com',
      respondent_email: null,
      cohort_computed_at: null,
      properties: {},
    });
    expect(idsIn(users)).toEqual(['a@example.com', 'b@example.com']);
  });

  test('of users who carry the fields of the batch themselves', () => {
    const user = { ...batch({ users: undefined }), user_id: 'u', user_properties: { email: 'u@example.com' } };
    expect(read([user, { ...user, user_id: 'v', in_cohort: 'false' }])).toMatchObject({
      entries: [{ amplitude_user_id: 'u', respondent_email: 'u@example.com', cohort_name: 'My Test Cohort' }],
      leftOut: ['1 × users who are leaving.'],
    });
  });

  test('of users of whom nothing says whether they enter starts nobody', () => {
    expect(read([{ user_id: 'a', amplitude_x: 'who knows' }, { user_id: 'b' }])).toEqual({
      entries: [],
      leftOut: ['2 × users of whom in_cohort does not say whether they enter or leave.'],
    });
  });

  test.each(['my_amplitude_Trial_7khm89cz', 'amplitude_Trial_7khm89cz_', 'Amplitude_Trial_7khm89cz'])(
    'of users with %j among their keys names no cohort by it',
    (key) => {
      expect(read([{ user_id: 'a', [key]: true }]).leftOut).toEqual([
        '1 × users of whom in_cohort does not say whether they enter or leave.',
      ]);
    },
  );

  test('of users believes in_cohort before a key that names a cohort', () => {
    const user = { user_id: 'a', in_cohort: true, cohort_id: 'c1', amplitude_Other_c2: false };
    expect(read([user]).entries).toMatchObject([{ amplitude_user_id: 'a', cohort_id: 'c1' }]);
  });

  test('that is empty starts nobody', () => {
    expect(read([])).toEqual({ entries: [], leftOut: [] });
  });
});

describe('what is odd starts nobody and throws nothing', () => {
  test.each([
    ['a body that is no JSON', 'hello', 'The body is not JSON.'],
    ['an empty body', '', 'The body is not JSON.'],
    ['a web page', '<html></html>', 'The body is not JSON.'],
    ['null', 'null', '1 × something that is no batch of users.'],
    ['a number', '7', '1 × something that is no batch of users.'],
    ['an object of something else', '{"event":"x"}', '1 × something that is no batch of users.'],
    ['a cohort without users', batch({ users: [] }), '1 × a batch without users.'],
    ['users that are no list', batch({ users: { user_id: 'a' } }), '1 × something that is no batch of users.'],
    [
      'a batch without a direction',
      batch({ in_cohort: undefined }),
      '1 × users of whom in_cohort does not say whether they enter or leave.',
    ],
  ])('%s', (_name, body, because) => {
    expect(read(body)).toEqual({ entries: [], leftOut: [because] });
  });

  test('a user whose email is no address comes without it, and is counted', () => {
    const users = ['none', 'ada@example.com', '', null, 'redacted@'].map((email, number) => ({
      user_id: `user_${number}`,
      user_properties: { email },
    }));
    const { entries, leftOut } = read(batch({ users }));
    expect(entries.map(({ respondent_email }) => respondent_email)).toEqual([
      null,
      'ada@example.com',
      null,
      null,
      null,
    ]);
    expect(leftOut).toEqual(['2 × an email that is no address.']);
  });

  test('a user without an id is left out and counted', () => {
    const users = [
      { user_properties: { email: 'ada@example.com' } },
      { user_id: null },
      { user_id: ' ' },
      { user_id: {} },
      'user_9',
      null,
      { user_id: 'user_1', user_properties: 'none' },
    ];
    const { entries, leftOut } = read(batch({ users }));
    expect(entries).toMatchObject([{ amplitude_user_id: 'user_1', properties: {} }]);
    expect(leftOut).toEqual(['6 × a user without a user id.']);
  });

  test('fields of an odd kind count as unknown', () => {
    const [entry] = read(batch({ cohort_id: {}, cohort_name: ' ', computed_time: 'soon', message_id: [] })).entries;
    expect(entry).toMatchObject({ id: '@:user_1', cohort_id: null, cohort_name: null, cohort_computed_at: null });
  });
});

describe('the secret header', () => {
  test.each([
    ['as Amplitude sends it', { 'X-Webhook-Secret': 'sesame' }, true],
    ['in lower case, with spaces around its value', { 'x-webhook-secret': ' sesame ' }, true],
    ['with another word', { 'X-Webhook-Secret': 'sesam' }, false],
    ['with other capitals', { 'X-Webhook-Secret': 'Sesame' }, false],
    ['that is empty', { 'X-Webhook-Secret': '' }, false],
    ['that is missing', {}, false],
    ['of another name', { 'X-Webhook-Secrets': 'sesame' }, false],
    ['of a name with http in its middle', { 'X-Http-Webhook-Secret': 'sesame' }, false],
  ])('%s', (_name, headers, fits) => {
    expect(carriesOneOf(['sesame'], headers)).toBe(fits);
  });

  test('may be any of several, while one is being replaced', () => {
    expect(carriesOneOf(['open', 'sesame'], { [SECRET_HEADER]: 'sesame' })).toBe(true);
  });
});

test('a direction that is none is refused in words', () => {
  expect(thrownBy(() => readInput('Amplitude', cohortWebhookInput, { direction: 'both' })).message).toBe(
    'Nothing was sent to Amplitude: the field Direction must be one of entering, leaving.',
  );
});

test('a cohort that is no text is refused by the name of its field', () => {
  expect(thrownBy(() => readInput('Amplitude', cohortWebhookInput, { cohort_id: {} })).message).toBe(
    'Nothing was sent to Amplitude: the field Cohort must be text.',
  );
});
