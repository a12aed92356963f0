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
      'This is all you need: the rest is read from Koji, and any other field that you fill in replaces what is read. But with Completed At or Quality Score filled in, nothing is read: then map all fields of the interview and the person. Do that if your key lacks `interview:read`.',
  },
  {
    key: 'completed_at',
    group: 'interview',
    label: 'Completed At',
    // Not `datetime`: Zapier reads a text it can't make out as the present moment.
    type: 'string',
    required: false,
    helpText:
      'The time of the event: a date and time with its zone, as Koji gives it. Filled in, nothing is read from Koji.',
  },
  {
    key: 'quality_score',
    group: 'interview',
    label: 'Quality Score',
    // Not `number`: Zapier reads "n/a (3 answers)" as 3.
    type: 'string',
    required: false,
    helpText: 'From 1 to 5; without a score nothing is written. Filled in, nothing is read from Koji.',
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
    helpText:
      'Map the list Themes alone into one row, or Zapier joins its themes into one. The first two become Top Theme 1 and 2.',
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
    helpText: 'Map Respondent ID of the same interview: it is the ID that Start Interview was given.',
  },
  {
    key: 'respondent_email',
    group: 'person',
    label: 'Respondent Email',
    type: 'string',
    required: false,
    helpText:
      'If nothing is read from Koji, map it even if you identify people by ID: without it the interview counts as anonymous, unless Write Without Email is on. If it is read and Koji has no email for it, an email here is left out.',
  },
  {
    key: 'is_anonymous',
    group: 'person',
    label: 'Is Anonymous',
    type: 'boolean',
    required: false,
    helpText:
      'Map it if nothing is read from Koji: an anonymous interview with an email is then written unless this says yes.',
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
    helpText: 'Interviews scored lower are not written. Use 3 for all that count, 4 for only the strongest.',
  },
  {
    key: 'write_without_email',
    group: 'writing',
    label: 'Write Without Email',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Only for teams that give Koji IDs and never an email. An interview held anonymously has no ID at Koji, so it stays out as long as **Amplitude User ID** is mapped from **Respondent ID** and from nowhere else.',
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
      'Sets the date, sentiment, themes and quality of the last interview on the person. Recent: at most a day old, or a week with Amplitude Secret Key in the connection: from an hour on, Amplitude is asked first, and a newer interview stays.',
  },
  {
    key: 'include_answers',
    group: 'writing',
    label: 'Include Answers',
    type: 'boolean',
    required: false,
    default: 'false',
    helpText:
      'Up to 20 answers to scales, choices, rankings and yes-or-no questions become event properties such as `answer_q1`; open text never does. Leave Completed At and Quality Score empty.',
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
  { key: 'interview', label: 'The interview' },
  { key: 'person', label: 'The person' },
  { key: 'writing', label: 'How it is written' },
];

export const perform = guarded(async (z: ZObject, bundle: Bundle) =>
  sendInterviewEvent(
    ingestionThrough(z, bundle),
    readInput('Amplitude', interviewEventInput, bundle.inputData),
    {
      read: (interviewId) => interviewById(kojiThrough(z), interviewId),
      lookUp: lookUpThrough(z, bundle),
    },
    stepTime(),
  ),
);

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
