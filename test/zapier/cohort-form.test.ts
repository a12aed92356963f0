import { readInput } from '../../boundary/values.ts';
import { cohortFields, cohortInput } from '../../zapier/cohort-form.ts';
import { defaultsOf } from '../support/forms.ts';

const read = (inputData: object) => readInput('Amplitude', cohortInput, { cohort_id: 'stuck', ...inputData });

test('an empty field means what the form shows for it', () => {
  const defaults = defaultsOf({ operation: { inputFields: cohortFields } });
  expect(Object.keys(defaults)).toEqual(['email_property', 'sample_percent', 'export_every_hours']);
  expect(read({})).toEqual(read(defaults));
  expect(read({})).toMatchObject({ email_property: 'email', sample_percent: 100, export_every_hours: 3 });
});

test.each(['1', '2.5', '168'])('a cohort may be exported every %s hours', (export_every_hours) => {
  expect(read({ export_every_hours }).export_every_hours).toBe(Number(export_every_hours));
});

test.each(['0.9', '168.1', 'daily'])('"%s" is no number of hours between exports', (export_every_hours) => {
  expect(() => read({ export_every_hours })).toThrow('Export Every (Hours) must be a number of hours from 1 to 168');
});

test.each([
  ['that was not filled in', '', 'Cohort is empty'],
  ['that no earlier step gave', '{{123__id}}', 'Cohort is mapped to something that an earlier step did not give'],
  ['that is a list', ['stuck', 'trials'], 'Cohort must be the ID of a cohort'],
])('a cohort %s is refused', (_which, cohort_id, words) => {
  expect(() => read({ cohort_id })).toThrow(words);
});

test('the help tells how often a cohort can be exported, and what the quota is', () => {
  const help = cohortFields.find((field) => field.key === 'export_every_hours');
  expect(help).toMatchObject({
    helpText: expect.stringMatching(/500 such exports a month; every 3 hours takes about 250 .* From 1 to 168/),
  });
});
