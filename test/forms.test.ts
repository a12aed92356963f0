import * as z from 'zod';
import { labels } from '../amplitude/errors.ts';
import { authentication } from '../authentication.ts';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../koji/contract.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { sign } from '../koji/signature.ts';
import { operationsOf } from '../operations.ts';
import { connected, run, zapierErrorOf } from './support/app.ts';
import { fieldsOf } from './support/forms.ts';
import nock from './support/nock.ts';
import { processorTimeOf } from './support/processor-time.ts';

/** What every object has by itself, as keys. */
const OBJECTS_OWN = '{"__proto__": "a", "constructor": "b", "toString": "c", "valueOf": "d"}';

/** What no field takes, whether it wants text, a number, a choice, a list or pairs. */
const NONSENSE = [{ no: 'kind' }];

const declaration = z.object({
  key: z.string(),
  operation: z.looseObject({
    inputFields: z
      .array(z.object({ key: z.string(), label: z.string(), required: z.boolean().optional() }))
      .default([]),
  }),
});
type Perform = Parameters<typeof run>[0];
const perform = z.custom<Perform>((value) => typeof value === 'function');

const groups = operationsOf('private');
const declarations = [groups.triggers, groups.searches, groups.creates].flatMap((group) => Object.values(group));
const operations = declarations.map((operation) => declaration.parse(operation));

/** What an error calls the field that it is about; null when it is about no field. */
const namedIn = (message: string): string | null => / the field (.+?) (?:is|must|holds) /.exec(message)?.[1] ?? null;

/** A delivery that was signed, so that a hook goes on to its form. */
const koji_webhook_secret = 'a secret made up for tests';
const content = JSON.stringify({ event: ANALYSIS_READY_EVENT, data: sampleWireInterview });
const signature = sign(koji_webhook_secret, content).toString('hex');

/** A run's bundle with the required fields filled in, and these. */
const bundleWith = ({ operation }: z.infer<typeof declaration>, fields: object) => ({
  authData: { ...connected, koji_webhook_secret },
  inputData: {
    ...Object.fromEntries(
      operation.inputFields.flatMap((field) => (field.required ? [[field.key, '2026-05-24T11:41:22Z']] : [])),
    ),
    ...fields,
  },
  rawRequest: { content, headers: { [`Http-${SIGNATURE_HEADER}`]: signature } },
  meta: {},
});

const functionsOf = ({ operation }: z.infer<typeof declaration>): Perform[] =>
  [operation.performSubscribe, operation.performList, operation.perform].flatMap((candidate) => {
    const { success, data } = perform.safeParse(candidate);
    return success ? [data] : [];
  });

/** What the operation calls this field when it holds nonsense, whichever of its functions reads the form. */
const nameInError = async (operation: z.infer<typeof declaration>, key: string): Promise<string | null> => {
  for (const one of functionsOf(operation)) {
    const failure = await zapierErrorOf(run(one, bundleWith(operation, { [key]: NONSENSE }))).catch(() => null);
    const name = failure === null ? null : namedIn(failure.message);
    if (name !== null) return name;
  }
  return null;
};

/** Whatever is no score counts as none. */
const takesAnything = ['quality_score'];

describe.each(operations.map((operation) => [operation.key, operation] as const))('%s', (_key, operation) => {
  test('names its fields in errors as its form does', async () => {
    const fields = operation.operation.inputFields.filter(({ key }) => !takesAnything.includes(key));
    const named: Record<string, string | null> = {};
    for (const { key } of fields) named[key] = await nameInError(operation, key);
    expect(named).toEqual(Object.fromEntries(fields.map(({ key, label }) => [key, label])));
  });

  describe('in each of its fields', () => {
    beforeEach(() => {
      for (const host of [/koji\.so/, /amplitude\.com/]) {
        nock(host).persist().get(/.*/).reply(404, {});
        nock(host).persist().post(/.*/).reply(400, {});
      }
    });
    afterEach(() => nock.cleanAll());

    test.each([
      ['half a character', '\ud83d'],
      ['8 kB of spaces', ' '.repeat(8_192)],
      ['8 kB of spaces within a number', `1${' '.repeat(8_192)}1`],
      ['a number of 400 digits', '9'.repeat(400)],
      ['a reference that nothing filled', '{{123__id}}'],
      ['a list of lists', [['a', ['b']], []]],
      ['the names of what every object has', ['__proto__', 'constructor', 'toString']],
      ['an object under these names', JSON.parse(OBJECTS_OWN)],
    ])('takes %s, or says in words why not, and at once', async (_name, value) => {
      for (const { key } of operation.operation.inputFields) {
        for (const one of functionsOf(operation)) {
          let kind = 'none';
          const time = await processorTimeOf(async () => {
            const failure = await zapierErrorOf(run(one, bundleWith(operation, { [key]: value }))).catch(() => null);
            kind = failure?.kind ?? 'none';
          });
          expect([key, kind]).toEqual([key, expect.stringMatching(/^(none|HaltedError|AppError)$/)]);
          expect(time).toBeLessThan(2_000);
        }
      }
    });

    test('does the same whatever else is among them, under names that every object has', async () => {
      for (const one of functionsOf(operation)) {
        const outcomeWith = async (fields: object) => {
          const given: unknown[] = [];
          const running = run(one, bundleWith(operation, fields)).then((result) => given.push(result));
          const failure = await zapierErrorOf(running).catch(() => null);
          return failure ?? given;
        };
        expect(await outcomeWith(JSON.parse(OBJECTS_OWN))).toEqual(await outcomeWith({}));
      }
    });
  });
});

describe('in every form', () => {
  const all = declarations.flatMap((operation) => fieldsOf(operation).map((field) => [operation.key, field] as const));
  const offered: Record<string, string> = {
    interview_id: 'interview_list.id.name',
    study_id: 'study_list.id.name',
    cohort_id: 'cohort_list.id.name',
    category: 'annotation_category_list.id.name',
  };

  test('what Koji or Amplitude can list is offered as a list', () => {
    const listable = all.filter(([, { key }]) => key in offered);
    expect(new Set(listable.map(([, { key }]) => key))).toEqual(new Set(Object.keys(offered)));
    for (const [operation, { key, dynamic }] of listable)
      expect([operation, key, dynamic]).toEqual([operation, key, offered[key]]);
  });

  test('no moment and no score is guessed at by Zapier, which takes any text for now, and "n/a (3 answers)" for 3', () => {
    expect(all.filter(([, { type }]) => type === 'datetime')).toEqual([]);
    expect(all.filter(([, { key }]) => key === 'quality_score').map(([, { type }]) => type)).toEqual(['string']);
  });

  test('only that is required without which the step has nothing to do', () => {
    const needed = operations.flatMap(({ key, operation: { inputFields } }) =>
      inputFields.flatMap((field) => (field.required ? [`${key}: ${field.label}`] : [])),
    );
    expect(needed).toEqual([
      'user_entered_cohort: Cohort',
      'find_cohort: Name',
      'find_amplitude_user: Amplitude User ID',
      'send_interview_event: Interview ID',
      'create_chart_annotation: Label',
      'create_chart_annotation: Start',
    ]);
  });

  test('each choice has a name of its own, in words', () => {
    const choices = all.flatMap(([, { key, choices = {} }]) => [[key, Object.values(choices)] as const]);
    expect(new Set(choices.filter(([, names]) => names.length > 0).map(([key]) => key))).toEqual(
      new Set(['sentiments', 'direction', 'mode', 'language', 'identify_by', 'update_user_properties']),
    );
    for (const [key, names] of choices) {
      expect([key, names]).toEqual([key, names.map(() => expect.stringMatching(/^\p{Lu}\p{Ll}/u))]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('what may be several is a list in each form, whose entries Zapier keeps apart', () => {
    const several = ['themes', 'sentiments', 'extra_properties'];
    expect(new Set(all.filter(([, { list }]) => list).map(([, { key }]) => key))).toEqual(new Set(several));
    expect(all.filter(([, { key, list }]) => several.includes(key) && !list)).toEqual([]);
  });
});

test.each(authentication.fields.map(({ key, label }) => [label, key]))(
  'the connection names %s in errors as its form does',
  async (label, key) => {
    const authData = z.record(z.string(), z.custom<string>()).parse({ ...connected, [key]: NONSENSE });
    const failure = await zapierErrorOf(run(authentication.test, { authData, inputData: {} }));
    expect(namedIn(failure.message)).toBe(label);
  },
);

const fields = [...authentication.fields, ...operations.flatMap(({ operation }) => operation.inputFields)];

test.each(Object.entries(labels).filter(([gap]) => gap.startsWith('field:')))(
  "Amplitude's refusals name %s as the forms do",
  (gap, label) => {
    const inForms = fields.filter(({ key }) => gap === `field:${key}`).map((field) => field.label);
    expect(new Set(inForms)).toEqual(new Set([label]));
  },
);

const grouped = z.object({
  key: z.string(),
  operation: z.object({
    inputFields: z.array(z.object({ key: z.string(), group: z.string().optional() })),
    inputFieldGroups: z.array(z.object({ key: z.string(), label: z.string() })),
  }),
});

test.each([
  [
    'send_interview_event',
    groups.creates,
    [
      'The interview (Interview ID is enough)',
      'The person (leave empty, unless you map the interview yourself)',
      'How it is written',
    ],
  ],
  ['start_interview', groups.creates, ['The person', 'The interview', 'What comes back with it']],
  ['user_entered_cohort', groups.triggers, ['Who', 'How often']],
])('%s has each field under a heading, and no heading without a field', (key, among, headings) => {
  const { operation } = grouped.parse(Object.values(among).find((one) => one.key === key));
  expect(operation.inputFieldGroups.map(({ label }) => label)).toEqual(headings);
  expect(new Set(operation.inputFields.map(({ group }) => group))).toEqual(
    new Set(operation.inputFieldGroups.map(({ key: group }) => group)),
  );
});
