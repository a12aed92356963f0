import { listCohorts, sampleCohort, shownCohortSchema } from '../../amplitude/cohorts.ts';
import { findCohort, findCohortInput } from '../../amplitude/find-cohort.ts';
import { readInput } from '../../boundary/values.ts';
import { brokenConnection } from '../support/amplitude.ts';
import { expectToBeReadInFull, failureOf, thrownBy } from '../support/failures.ts';
import { network, reply } from '../support/wire.ts';

const host = 'https://amplitude.com';
const wire = (fields: object = {}) => ({
  appId: 153957,
  archived: false,
  id: '7khm89cz',
  name: 'Stuck Trials',
  published: true,
  size: 12,
  type: 'redshift',
  lastComputed: 1692206763,
  hidden: false,
  ...fields,
});
const listed = (...cohorts: unknown[]) => network(reply(200, { cohorts }));

describe('the list of cohorts', () => {
  test('is asked for once, and gives each cohort in our words', async () => {
    const { send, requests } = listed(wire());
    await expect(listCohorts({ send, host })).resolves.toEqual([
      {
        id: '7khm89cz',
        name: 'Stuck Trials',
        size: 12,
        type: 'redshift',
        cohort_computed_at: '2023-08-16T17:26:03.000Z',
      },
    ]);
    expect(requests).toEqual([
      {
        method: 'GET',
        url: 'https://amplitude.com/api/3/cohorts',
        headers: { accept: 'application/json' },
        timeoutMilliseconds: 10_000,
      },
    ]);
  });

  test('leaves out what is archived, not published, or can not be read', async () => {
    const { send } = listed(
      wire({ id: 'a', archived: true }),
      wire({ id: 'b', published: false }),
      wire({ id: null }),
      null,
      'cohort',
      wire({ id: 'c' }),
    );
    expect((await listCohorts({ send, host })).map(({ id }) => id)).toEqual(['c']);
  });

  test('says null for what is not known of a cohort', async () => {
    const { send } = listed({ id: 17, name: 'New' });
    await expect(listCohorts({ send, host })).resolves.toEqual([
      { id: '17', name: 'New', size: null, type: null, cohort_computed_at: null },
    ]);
  });

  test('calls one without a name by its id, so that a Zap on it goes on', async () => {
    const { send } = listed(wire({ id: 'd', name: null }));
    expect(await listCohorts({ send, host })).toMatchObject([{ id: 'd', name: 'd' }]);
  });

  test.each([
    ['a pause', reply(429, ''), 'wait', 'throttled'],
    [
      'a wrong secret key',
      reply(403, { error: { http_code: 403, metadata: { details: 'Invalid API/Secret Key combination' } } }),
      'connection',
      'invalid_secret_key',
    ],
    ['a web page with status 200', reply(200, '<html>Log in</html>'), 'retry', 'unreadable'],
    ['a web page with status 403', reply(403, '<html>Forbidden</html>'), 'connection', 'blocked'],
    ['data of another shape', reply(200, { cohorts: {} }), 'retry', 'unreadable'],
    ['no answer', brokenConnection, 'retry', 'unreachable'],
  ])('ends in %s', async (_name, reply, kind, code) => {
    const failure = await failureOf(listCohorts({ send: network(reply).send, host }));
    expect(failure.details).toMatchObject({ service: 'Amplitude', kind, code });
    expectToBeReadInFull(failure.message);
  });
});

test('the sample is a cohort as the list gives it', async () => {
  expect(shownCohortSchema.strict().parse(sampleCohort)).toEqual(sampleCohort);
  const { send } = listed(
    wire({ name: 'Trial users who never invited anybody', size: 1_240, lastComputed: 1_779_602_400 }),
  );
  await expect(listCohorts({ send, host })).resolves.toEqual([{ ...sampleCohort, type: 'redshift' }]);
});

describe('finding a cohort by its name', () => {
  const names = ['My stuck trials (old)', 'STUCK TRIALS', ' Stuck Trials ', 'Payers'];
  const cohorts = names.map((name, index) => wire({ id: `c${index}`, name }));
  const find = async (name: string) =>
    (await findCohort({ send: listed(...cohorts).send, host }, name)).map(({ id }) => id);

  test.each([
    ['Stuck Trials', ['c2', 'c1', 'c0']],
    ['stuck trials', ['c1', 'c2', 'c0']],
    ['tuck', ['c0', 'c1', 'c2']],
    ['payers', ['c3']],
    ['nobody', []],
    ['(old', ['c0']],
  ])('%p gives the whole name before a part of it', async (name, ids) => {
    await expect(find(name)).resolves.toEqual(ids);
  });

  test.each([
    ['nothing', {}, 'is empty'],
    ['spaces', { name: '  ' }, 'is empty'],
    ['an unresolved {{123__id}}', { name: '{{123__id}}' }, 'is mapped to something that an earlier step did not give'],
    ['a list', { name: ['a'] }, 'must be text'],
  ])('is refused by %s', (_name, input, because) => {
    const failure = thrownBy(() => readInput('Amplitude', findCohortInput, input));
    expect(failure.message).toBe(`Nothing was sent to Amplitude: the field Name ${because}.`);
    expect(failure.details.kind).toBe('data');
  });
});
