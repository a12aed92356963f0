import {
  cohortEntrySchema,
  emailAmong,
  fileRules,
  memberRules,
  propertiesByName,
  sampleCohortEntry,
  sampleWith,
} from '../../amplitude/cohort-entry.ts';
import { sampleCohort } from '../../amplitude/cohorts.ts';
import { readInput } from '../../boundary/values.ts';
import { sampleInterview } from '../../koji/sample.ts';
import { expectToBeReadInFull, thrownBy } from '../support/failures.ts';
import { processorTimeOf } from '../support/processor-time.ts';

const filledIn = (input: object) => readInput('Amplitude', memberRules, input);

test('what is left empty has a sensible value', () => {
  expect(filledIn({ sample_percent: '', extra_properties: [] })).toEqual({
    email_property: 'email',
    sample_percent: 100,
    extra_properties: [],
  });
});

test('what is not there has the same value', () => {
  expect(filledIn({})).toEqual({ email_property: 'email', sample_percent: 100, extra_properties: [] });
});

test.each([
  ['Email Property', { email_property: {} }, 'must be text'],
  ['Extra Properties', { extra_properties: {} }, 'must be a list of names'],
])('%s of another kind is refused in words: %j', (field, input, words) => {
  expect(thrownBy(() => filledIn(input)).message).toBe(`Nothing was sent to Amplitude: the field ${field} ${words}.`);
});

test('what was filled in is taken', () => {
  expect(filledIn({ email_property: ' E-Mail ', sample_percent: '12.5', extra_properties: 'plan, country' })).toEqual({
    email_property: 'E-Mail',
    sample_percent: 12.5,
    extra_properties: ['plan', 'country'],
  });
});

test.each([0, '0', -1, 101, '101', '101%', 'half', '%', '%50', '5%0', Number.NaN])(
  'a sample of %p percent is refused',
  (sample_percent) => {
    const failure = thrownBy(() => filledIn({ sample_percent }));
    expect(failure.message).toBe(
      'Nothing was sent to Amplitude: the field Sample Percent must be a number from 1 to 100.',
    );
    expectToBeReadInFull(failure.message);
  },
);

test.each(['50%', ' 50 % ', '50', 50])('a sample of %p is 50 percent', (sample_percent) => {
  expect(filledIn({ sample_percent }).sample_percent).toBe(50);
});

test('a property is found by its name, whatever the capitals and the mark before it', () => {
  expect(propertiesByName({ Email: 1, email: 2 })('email')).toBe(2);
  expect(propertiesByName({ 'gp:Plan Name': 'pro' })('plan name')).toBe('pro');
  expect(propertiesByName({ plan: 'pro' })('gp:plan')).toBe('pro');
  expect(propertiesByName({ ' Plan ': 'pro' })('plan')).toBe('pro');
  expect(propertiesByName({ 'my gp:plan': 'pro' })('my plan')).toBeUndefined();
  expect(propertiesByName({ PLAN: 'first', Plan: 'second' })('plan')).toBe('first');
  expect(propertiesByName({ plan: 'pro' })('toString')).toBeUndefined();
  expect(propertiesByName({ maße: 'in cm' })('masse')).toBeUndefined();
});

test.each([
  [{ email: ' ada@example.com ' }, 'ada@example.com'],
  [{ EMAIL: 'ada@example.com' }, 'ada@example.com'],
  [{ email: 'none' }, null],
  [{ email: 'redacted@' }, null],
  [{ email: 'Ada <ada@example.com>' }, null],
  [{ email: 42 }, null],
  [{ email: '' }, null],
  [{ email: null }, null],
  [{ email: ['ada@example.com'] }, null],
  [{}, null],
])('the email among %j is %p', (properties, email) => {
  expect(emailAmong(properties, 'email')).toBe(email);
});

test('the sample is an entry with a property, and with those that were asked for in its place', () => {
  expect(cohortEntrySchema.strict().parse(sampleCohortEntry)).toEqual(sampleCohortEntry);
  expect(sampleCohortEntry.properties).toEqual({ plan: 'trial' });
  expect(sampleWith(['seats'])).toEqual({ ...sampleCohortEntry, properties: { seats: 'made-up seats' } });
});

test('the sample is the person of the sample interview, who entered the sample cohort', () => {
  expect(sampleCohortEntry).toMatchObject({
    id: `${sampleCohort.id}:${sampleInterview.respondent_id}`,
    cohort_id: sampleCohort.id,
    amplitude_user_id: sampleInterview.respondent_id,
    respondent_email: sampleInterview.respondent_email,
  });
});

test('a sample of thousands of spaces is refused in no time', async () => {
  const time = await processorTimeOf(() =>
    expect(() => filledIn({ sample_percent: `1${' '.repeat(200_000)}x` })).toThrow('Sample Percent'),
  );
  expect(time).toBeLessThan(500);
});

test.each([
  ['Extra Properties', { extra_properties: ['plan', 'user_id'] }],
  ['Extra Properties', { extra_properties: 'plan, Amplitude_ID' }],
  ['Email Property', { email_property: ' User_ID ' }],
])("%s that name a column of Amplitude's own are refused: %j", (field, input) => {
  const failure = thrownBy(() => readInput('Amplitude', fileRules, input));
  expect(failure.details.kind).toBe('data');
  expect(failure.message).toContain(`the field ${field} must not name user_id or amplitude_id`);
  expectToBeReadInFull(failure.message);
});

test("a file's other columns are taken, in whatever capitals", () => {
  expect(
    readInput('Amplitude', fileRules, { email_property: 'Mail', extra_properties: ['Plan', 'user_id_of_old'] }),
  ).toMatchObject({ email_property: 'Mail', extra_properties: ['Plan', 'user_id_of_old'] });
});
