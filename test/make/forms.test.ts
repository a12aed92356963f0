/** The forms of modules that have a twin on Zapier: the same fields in the same order, tuning ones behind Advanced. */

import annotate from '../../creates/create_chart_annotation.ts';
import send from '../../creates/send_interview_event.ts';
import start from '../../creates/start_interview.ts';
import { apps } from '../../make/build/apps.ts';
import manualHook from '../../triggers/interview_analysis_ready_manual.ts';
import cohortHook from '../../triggers/user_entered_cohort_webhook.ts';

const [, app] = apps;
const moduleFields = (id: string) => {
  const module = app?.modules.find((one) => one.id === id);
  return module !== undefined && 'mappableParameters' in module ? module.mappableParameters : [];
};
const hookFields = (hook: string) => app?.webhooks.find(({ id }) => id === hook)?.parameters ?? [];
/** On Zapier the secret stands in the connection. */
const cohortFields = hookFields('cohortMembers').filter(({ name }) => name !== 'amplitude_webhook_secret');

/** What a declaration's form asks for, heading by heading, as it stands on Zapier. */
const keysOf = ({ operation }: { operation: { inputFields?: unknown } }): string[] =>
  [operation.inputFields].flat().map((field) => String(Object(field).key));

test.each([
  ['Send an interview event', moduleFields('sendInterviewEvent'), send, ['include_answers']],
  ['Start an interview', moduleFields('startInterview'), start, []],
  ['Create a chart annotation', moduleFields('createChartAnnotation'), annotate, []],
  ['the webhook of Watch analyzed interviews', hookFields('analyzedInterviews'), manualHook, []],
  ['the webhook of Watch cohort members', cohortFields, cohortHook, ['extra_properties']],
])('%s asks for the same as on Zapier, in the same order', (_name, fields, twin, onlyOnZapier) => {
  const expected = keysOf(twin).filter((key) => !onlyOnZapier.some((one) => one === key));
  expect(expected.length).toBeGreaterThan(3);
  expect(fields.map(({ name }) => name)).toEqual(expected);
});

test('what a dropdown of a service’s own does not list can be typed in', () => {
  const forms = apps.flatMap(({ webhooks, modules }) => [
    ...webhooks.map(({ parameters }) => parameters),
    ...modules.flatMap((module) => [
      module.staticParameters,
      'mappableParameters' in module ? module.mappableParameters : [],
    ]),
  ]);
  const dropdowns = forms.flat().filter((field) => 'options' in field && 'store' in field.options);
  expect(dropdowns.map(({ name }) => name).sort()).toEqual(
    ['category', 'cohort_id', 'interview_id', 'study_id', 'study_id', 'study_id'].sort(),
  );
  for (const field of dropdowns) expect(field).toMatchObject({ editable: true });
});

test('how an event is written stands behind Advanced, and who and what before it', () => {
  const writing = [send.operation.inputFields]
    .flat()
    .flatMap((field) => (Object(field).group === 'writing' ? [Object(field).key] : []));
  expect(writing).toContain('minimum_quality');
  for (const { name, advanced = false } of moduleFields('sendInterviewEvent')) {
    expect([name, advanced]).toEqual([name, writing.includes(name)]);
  }
});
