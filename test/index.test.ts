import zapier from 'zapier-platform-core';
import * as z from 'zod';
import { sentEventSchema } from '../amplitude/send-interview-event.ts';
import app from '../index.ts';
import { interviewSchema } from '../koji/interview.ts';
import { sampleInterview } from '../koji/sample.ts';
import { sampleStarted, startedSchema } from '../koji/start.ts';
import type { Build } from '../zapier/edition.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { connected } from './support/app.ts';

/** The app as it is built so. */
const appOf = (build: Build): typeof app => {
  const before = process.env.KOJI_BUILD;
  process.env.KOJI_BUILD = build;
  try {
    let built = app;
    jest.isolateModules(() => {
      built = jest.requireActual('../index.ts').default;
    });
    return built;
  } finally {
    if (before === undefined) delete process.env.KOJI_BUILD;
    else process.env.KOJI_BUILD = before;
  }
};

test.each(['public', 'private'] as const)("the %s app is structurally sound by Zapier's own schema", async (build) => {
  const handler = z
    .object({ createAppHandler: z.custom<(app: object) => (event: object) => Promise<{ results: unknown }>>() })
    .parse(zapier).createAppHandler;
  await expect(handler(appOf(build))({ command: 'validate' })).resolves.toMatchObject({ results: [] });
});

test.each([
  ['interview_analysis_ready', interviewSchema, sampleInterview],
  ['start_interview', startedSchema, sampleStarted],
  ['send_interview_event', sentEventSchema, app.creates?.send_interview_event?.operation.sample],
])('the sample of %s has every output key, and each of a known type', (_key, schema, sample) => {
  expect(schema.strict().safeParse(sample)).toMatchObject({ success: true });
  const open = ['metadata', 'answers_by_question'];
  const named = outputFieldsOf(schema).map(({ key }) => key);
  expect([...named, ...open.filter((key) => key in schema.shape)].sort()).toEqual(Object.keys(schema.shape).sort());
});

test('an output field says what its value is, and there is none where that differs from person to person', () => {
  const fields = outputFieldsOf(interviewSchema);
  const field = (key: string) => fields.find((candidate) => candidate.key === key);
  expect(field('completed_at')).toEqual({ key: 'completed_at', label: 'Completed At', type: 'datetime' });
  expect(field('quality_score')).toEqual({ key: 'quality_score', label: 'Quality Score', type: 'number' });
  expect(field('themes')).toEqual({ key: 'themes', label: 'Themes', type: 'string', list: true });
  expect(field('is_anonymous')).toMatchObject({ type: 'boolean' });
  expect(field('metadata')).toBeUndefined();
  expect(outputFieldsOf(z.object({ of_any_kind: z.unknown() }))).toEqual([]);
  expect(field('answers')?.children?.map(({ key }) => key)).toEqual(['question_id', 'question', 'type', 'value']);
});

test('every secret of the connection is hidden while it is typed, and a public build asks for none of a webhook it does not hear', () => {
  const secret = app.authentication?.fields?.filter(({ key }) => /key|secret/.test(key)) ?? [];
  expect(secret.map(({ key, type }) => [key, type])).toEqual([
    ['koji_api_key', 'password'],
    ['koji_webhook_secret', 'password'],
    ['amplitude_api_key', 'password'],
    ['amplitude_secret_key', 'password'],
  ]);
  expect(Object.keys(connected).every((key) => app.authentication?.fields?.some((field) => field.key === key))).toBe(
    true,
  );
});

test("the private build, which hears Amplitude's cohort webhook, asks for its secret, hidden as well", () => {
  expect(appOf('private').authentication?.fields).toContainEqual(
    expect.objectContaining({ key: 'amplitude_webhook_secret', type: 'password' }),
  );
});
