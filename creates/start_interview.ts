import { type Bundle, defineCreate, defineInputFields, type ZObject } from 'zapier-platform-core';
import { readInput } from '../boundary/values.ts';
import { type modes, REQUESTS_PER_MINUTE } from '../koji/contract.ts';
import { commonLanguages } from '../koji/language.ts';
import { projectOf } from '../koji/project.ts';
import { sampleStart, sampleStarted, startedSchema, startInput, startInterview } from '../koji/start.ts';
import { kojiKeyOf } from '../zapier/connection.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { guarded, kojiThrough } from '../zapier/middleware.ts';

/** A quarter of Koji's limit stays free for the polls and searches of the same connection. */
const STARTS_PER_MINUTE = (REQUESTS_PER_MINUTE * 3) / 4;

const inputFields = defineInputFields([
  {
    key: 'respondent_email',
    group: 'person',
    label: 'Respondent Email',
    type: 'string',
    required: false,
    helpText:
      'Fill in this, Respondent ID, or better both. Without an email the interview counts as anonymous, which Send Interview Event leaves out.',
  },
  {
    key: 'respondent_id',
    group: 'person',
    label: 'Respondent ID',
    type: 'string',
    required: false,
    helpText:
      "The person's Amplitude User ID. It comes back with the finished interview, so that the answers find the right user. Empty: the email takes its place. Give the same person the same ID in every Zap.",
  },
  {
    key: 'study_link',
    group: 'interview',
    label: 'Study Link',
    type: 'string',
    required: false,
    placeholder: 'https://koji.so/i/why-trials-end',
    helpText:
      "Your study's link, from Koji's Share tab: the person's own link is made from it. Empty: Interview Link may be empty, too. It does not choose the study, which is the one of this connection's project.",
  },
  {
    key: 'respondent_name',
    group: 'interview',
    label: 'Respondent Name',
    type: 'string',
    required: false,
    helpText: 'How the interviewer addresses the person.',
  },
  {
    key: 'mode',
    group: 'interview',
    label: 'Mode',
    type: 'string',
    required: false,
    choices: { text: 'Text', voice: 'Voice' } satisfies Record<(typeof modes)[number], string>,
    helpText:
      "Leave empty to use the study's own. In Koji a text interview costs 1 credit, one by voice 3; if it scores below 3, nothing.",
  },
  {
    key: 'language',
    group: 'interview',
    label: 'Language',
    type: 'string',
    required: false,
    choices: commonLanguages,
    helpText:
      "Leave empty to use the study's own. Another language is a custom value: its [code](https://en.wikipedia.org/wiki/IETF_language_tag), such as `cs` or `fr-CA`.",
  },
  {
    key: 'metadata',
    group: 'returned',
    label: 'Metadata',
    dict: true,
    required: false,
    helpText: 'Comes back with the finished interview. An entry named `email` is not sent.',
  },
]);

const inputFieldGroups = [
  { key: 'person', label: 'The person' },
  { key: 'interview', label: 'The interview' },
  { key: 'returned', label: 'What comes back with it' },
];

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const input = readInput('Koji', startInput, bundle.inputData);
  return sampleStart(input) ?? startInterview(kojiThrough(z), projectOf(kojiKeyOf(bundle.authData)), input);
});

export default defineCreate({
  key: 'start_interview',
  noun: 'Interview',
  display: {
    label: 'Start Interview',
    description:
      'Starts an interview with a person and gives its link, to send in a later step. Nobody is started twice. Testing this step with a real person starts a real interview.',
  },
  operation: {
    inputFields,
    inputFieldGroups,
    perform,
    throttle: { window: 60, limit: STARTS_PER_MINUTE, scope: ['auth'], key: 'koji_start_interview' },
    sample: sampleStarted,
    outputFields: outputFieldsOf(startedSchema),
  },
});
