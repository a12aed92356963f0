import { type Bundle, defineCreate, defineInputFields, type ZObject } from 'zapier-platform-core';
import { identifyBy, identifyByNames, SHORTEST_USER_ID } from '../amplitude/identity.ts';
import { DEFAULT_EVENT_TYPE, interviewEventInput, userPropertyUpdates } from '../amplitude/interview-event.ts';
import { sampleSentEvent, sendInterviewEvent, sentEventSchema } from '../amplitude/send-interview-event.ts';
import { readInput } from '../boundary/values.ts';
import { qualityScale } from '../koji/contract.ts';
import { interviewById } from '../koji/find-interview.ts';
import { outputFieldsOf } from '../zapier/fields.ts';
import { guarded, ingestionThrough, kojiThrough, lookUpThrough, stepTime } from '../zapier/middleware.ts';

const inputFields = defineInputFields([
  {
    key: 'interview_id',
    group: 'interview',
    label: 'Interview ID',
    type: 'string',
    required: true,
    dynamic: 'interview_list.id.name',
    search: 'find_interview.id',
    helpText:
      'Map **Interview ID** of the trigger; one chosen from the list is sent at every run. The rest is read from Koji: leave the other fields of the interview and the person empty. If your key lacks `interview:read`, map them all.',
  },
  {
    key: 'completed_at',
    group: 'interview',
    label: 'Completed At',
    // Not `datetime`: Zapier reads a text it can't make out as the present moment.
    type: 'string',
    required: false,
    helpText:
      'Leave empty: Koji knows it. Filled in, nothing is read from Koji, and every field here has to be mapped. A date and time with its time zone.',
  },
  {
    key: 'quality_score',
    group: 'interview',
    label: 'Quality Score',
    // Not `number`: Zapier reads "n/a (3 answers)" as 3.
    type: 'string',
    required: false,
    helpText: 'Leave empty, as Completed At. From 1 to 5; without a score nothing is written.',
  },
  {
    key: 'sentiment',
    group: 'interview',
    label: 'Sentiment',
    type: 'string',
    required: false,
    helpText: 'How the person felt: positive, neutral, negative or mixed.',
  },
  {
    key: 'themes',
    group: 'interview',
    label: 'Themes',
    type: 'string',
    list: true,
    required: false,
    helpText: 'Map the list Themes alone into one row. The first two become `theme_top_1` and `theme_top_2`.',
  },
  {
    key: 'transcript_url',
    group: 'interview',
    label: 'Transcript URL',
    type: 'string',
    required: false,
    helpText: 'Stands on the event, so that a click leads from a chart to what was said.',
  },
  {
    key: 'amplitude_user_id',
    group: 'person',
    label: 'Amplitude User ID',
    type: 'string',
    required: false,
    helpText:
      'Only when you map all fields: Respondent ID of the same interview, which is the ID that Start Interview was given.',
  },
  {
    key: 'respondent_email',
    group: 'person',
    label: 'Respondent Email',
    type: 'string',
    required: false,
    helpText: 'Only when you map all fields. Without it the interview counts as anonymous.',
  },
  {
    key: 'is_anonymous',
    group: 'person',
    label: 'Is Anonymous',
    type: 'boolean',
    required: false,
    helpText: 'Only when you map all fields. Without it, an anonymous interview that has an email is written.',
  },
  {
    key: 'event_type',
    group: 'writing',
    label: 'Event Type',
    type: 'string',
    required: false,
    default: DEFAULT_EVENT_TYPE,
    helpText: "The event's name in Amplitude.",
  },
  {
    key: 'identify_by',
    group: 'writing',
    label: 'Identify By',
    type: 'string',
    required: false,
    default: identifyBy[0],
    choices: identifyByNames,
    helpText:
      "An event under an email can make a second user in Amplitude, which can't be merged. If your Amplitude user IDs are not emails, choose Amplitude user ID only.",
  },
  {
    key: 'minimum_quality',
    group: 'writing',
    label: 'Minimum Quality',
    type: 'integer',
    required: false,
    default: String(qualityScale.defaultMinimum),
    helpText:
      'Interviews scored below this are not written, whatever the trigger lets through. 3: all that count; 4: only the strongest.',
  },
  {
    key: 'write_without_email',
    group: 'writing',
    label: 'Write Without Email',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Only for teams that give Koji IDs and never an email. Anonymous interviews stay out all the same. If you map all fields yourself, map **Amplitude User ID** from **Respondent ID** only.',
  },
  {
    key: 'update_user_properties',
    group: 'writing',
    label: 'Update User Properties',
    type: 'string',
    required: false,
    default: userPropertyUpdates[0],
    choices: { recent: 'If the interview is recent', always: 'Always', never: 'Never' } satisfies Record<
      (typeof userPropertyUpdates)[number],
      string
    >,
    helpText:
      "Sets the person's last-interview date, sentiment, themes and quality. Recent: up to a day after the interview, or a week with the Amplitude Secret Key. Always: without that key, older ones replace newer.",
  },
  {
    key: 'include_answers',
    group: 'writing',
    label: 'Include Answers',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Up to 20 answers to scales, choices, rankings and yes-or-no questions, as `answer_q1` and so on; never open text. Only where the interview is read from Koji.',
  },
  {
    key: 'event_properties',
    group: 'writing',
    label: 'Event Properties',
    dict: true,
    required: false,
    helpText: 'More properties for the event.',
  },
  {
    key: 'min_id_length',
    group: 'writing',
    label: 'Minimum ID Length',
    type: 'integer',
    required: false,
    helpText: `Amplitude refuses user IDs of [fewer than ${SHORTEST_USER_ID} characters](https://amplitude.com/docs/apis/analytics/http-v2) unless you set a lower number here.`,
  },
]);

const inputFieldGroups = [
  { key: 'interview', label: 'The interview (Interview ID is enough)' },
  { key: 'person', label: 'The person (leave empty, unless you map the interview yourself)' },
  { key: 'writing', label: 'How it is written' },
];

export const perform = guarded(async (z: ZObject, bundle: Bundle) => {
  const time = stepTime();
  return sendInterviewEvent(
    ingestionThrough(z, bundle),
    readInput('Amplitude', interviewEventInput, bundle.inputData),
    {
      read: (interviewId) => interviewById(kojiThrough(z), interviewId, time),
      lookUp: lookUpThrough(z, bundle),
    },
    time,
  );
});

export default defineCreate({
  key: 'send_interview_event',
  noun: 'Event',
  display: {
    label: 'Send Interview Event',
    description:
      "Sends an analyzed interview to Amplitude as an event, and sets the person's last-interview properties.",
  },
  operation: {
    inputFields,
    inputFieldGroups,
    perform,
    sample: sampleSentEvent,
    outputFields: outputFieldsOf(sentEventSchema),
  },
});
