import fc from 'fast-check';
import type * as z from 'zod';
import { annotationInput } from '../../amplitude/annotations.ts';
import { fileRules } from '../../amplitude/cohort-entry.ts';
import { cohortWebhookInput } from '../../amplitude/cohort-webhook.ts';
import { findCohortInput } from '../../amplitude/find-cohort.ts';
import { findUserInput } from '../../amplitude/find-user.ts';
import { interviewEventInput } from '../../amplitude/interview-event.ts';
import { registerInput } from '../../amplitude/taxonomy.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import { readInput } from '../../boundary/values.ts';
import { findInput } from '../../koji/find-interview.ts';
import { gateRules } from '../../koji/gate.ts';
import { startInput } from '../../koji/start.ts';
import { processorTimeOf } from '../support/processor-time.ts';
import { always, expectExact, odd } from '../support/property.ts';

const forms: [name: string, form: z.ZodObject][] = [
  ['Start Interview', startInput],
  ['Find Interview', findInput],
  ['the gate', gateRules],
  ['Send Interview Event', interviewEventInput],
  ['Register Interview Event', registerInput],
  ['Create Chart Annotation', annotationInput],
  ['User Entered Cohort', fileRules],
  ['User Entered Cohort (Webhook)', cohortWebhookInput],
  ['Find Cohort', findCohortInput],
  ['Find Amplitude User', findUserInput],
];

const PERSON = 'person@example.com';
const KEY = 'pk_live_9f1b27c4d8e35a60';
const filledIn = fc.oneof(
  odd.filter((value) => typeof value !== 'bigint'),
  fc.constantFrom<unknown>(
    PERSON,
    KEY,
    [PERSON],
    { [KEY]: PERSON },
    [[PERSON]],
    `{{${PERSON}}}`,
    Number.NaN,
    2 ** 53,
    undefined,
  ),
  fc.constantFrom<unknown>('2026-05-24T11:41:22Z', '05/06/2026', '1', 'yes', '50 %', 'id', 'https://koji.so/i/x'),
  fc.string({ unit: 'binary' }),
);

const outcomeOf = (form: z.ZodObject, input: unknown): unknown => {
  try {
    return readInput('Koji', form, input);
  } catch (error) {
    return error;
  }
};

describe.each(forms)('the form of %s', (_name, form) => {
  test('is read, or refused in words that name a field and quote nobody', async () => {
    const inputs = fc.record(Object.fromEntries(Object.keys(form.shape).map((key) => [key, filledIn])), {
      requiredKeys: [],
    });
    await always(inputs, (input) => {
      const outcome = outcomeOf(form, input);
      if (!(outcome instanceof Error)) return;
      expect(outcome).toBeInstanceOf(VendorFailure);
      expect(outcome.message).toMatch(/^Nothing was sent to Koji: the field [A-Z][A-Za-z ]+ (is|must|holds) /);
      expect(outcome.message).not.toMatch(/person|pk_live|9f1b27/);
    });
  });

  test('lets no number through that is none or was rounded', async () => {
    const keys = Object.keys(form.shape);
    const numbers = fc.oneof(
      fc.constantFrom(
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 53,
        2 ** 60,
        1e22,
        '1e999',
        '9'.repeat(400),
        '9007199254740993',
      ),
      fc.double(),
    );
    const nested = fc.oneof(numbers, fc.array(numbers), fc.dictionary(fc.constantFrom('a', 'b'), numbers));
    const inputs = fc.record(Object.fromEntries(keys.map((key) => [key, nested])), { requiredKeys: [] });
    await always(inputs, (input) => {
      const outcome = outcomeOf(form, input);
      if (outcome instanceof Error) return;
      expectExact(outcome);
      expect(JSON.stringify(outcome)).not.toMatch(/9007199254740992|1152921504606846976|1e\+/);
    });
  });

  test('takes no more than its time, however much stands in a field', async () => {
    const long = [
      'a'.repeat(500_000),
      ','.repeat(500_000),
      '{{'.repeat(250_000),
      ' '.repeat(500_000),
      '9'.repeat(500_000),
    ];
    for (const text of long) {
      for (const key of Object.keys(form.shape)) {
        expect(await processorTimeOf(() => outcomeOf(form, { [key]: text }))).toBeLessThan(1_000);
      }
    }
  });
});
