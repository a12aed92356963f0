import { paths } from '../../amplitude/hosts.ts';
import { identifyBy, identifyByNames, SHORTEST_USER_ID } from '../../amplitude/identity.ts';
import {
  DEFAULT_EVENT_TYPE,
  LONGEST_VALUE,
  MINUTES_AHEAD,
  RECENT_DAYS,
  skipReasons,
  unreachedReasons,
  type userPropertyTypes,
  userPropertyUpdates,
} from '../../amplitude/interview-event.ts';
import {
  LEFT_OUT,
  NO_EMAIL_GIVEN,
  NOT_COUNTED,
  sampleSentEvent,
  sentEventSchema,
} from '../../amplitude/send-interview-event.ts';
import { fill } from '../../boundary/error-table.ts';
import { EARLIEST, LATEST } from '../../boundary/values.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import type { Json, Module, Parameter, RequestStep, Step } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import {
  type Choice,
  chosen,
  emailIn,
  HOLDS_NOTHING,
  isNothing,
  isPlaceholder,
  MARK,
  MISTAKE,
  minimumQuality,
  NOT_BLANK,
  scoreIn,
} from '../language/values.ts';
import { ingestionHost } from './connection.ts';
import { makeLabels, uploadAnswers } from './errors.ts';
import { eventType, ownEventName } from './event-type.ts';
import { LIBRARY } from './library.ts';

const identification: Choice = {
  name: 'identify_by',
  label: 'Identify by',
  type: 'select',
  default: identifyBy[0],
  advanced: true,
  options: identifyBy.map((way) => ({ label: identifyByNames[way], value: way })),
  help: 'If your Amplitude user IDs are not emails, **Amplitude user ID only** is right: an event under an email would make a second user.',
};

const quality: Choice = {
  ...minimumQuality(
    'Interviews scored lower are not written. Use 3 for all that count, 4 for only the strongest. It should be the same as in the trigger.',
  ),
  advanced: true,
};

const updates: Choice = {
  name: 'update_user_properties',
  label: 'Update user properties',
  type: 'select',
  default: userPropertyUpdates[0],
  advanced: true,
  options: Object.entries({
    recent: 'If the interview is at most a day old',
    always: 'Always',
    never: 'Never',
  } satisfies Record<(typeof userPropertyUpdates)[number], string>).map(([key, label]) => ({ label, value: key })),
  help: 'The date, sentiment, themes and quality of the last interview are set on the person.',
};

/** No Yes/No field, because Make takes any word but false for yes there, null as well, and this opens a gate. */
const withoutEmail: Choice = {
  name: 'write_without_email',
  label: 'Write without email',
  type: 'select',
  default: 'false',
  advanced: true,
  options: [
    { label: 'Yes', value: 'true' },
    { label: 'No', value: 'false' },
  ],
  help: 'Only for teams that give Koji IDs and never an email. An interview held anonymously has no ID at Koji, so it stays out as long as **Amplitude user ID** is mapped from **Respondent ID** and from nowhere else.',
};

const parameters: Parameter[] = [
  {
    name: 'interview_id',
    label: 'Interview ID',
    type: 'text',
    required: true,
    validate: NOT_BLANK,
    help: 'For example, `int_4f9d2c81`. The same interview is counted once, however often it is sent within 7 days.',
  },
  {
    name: 'completed_at',
    label: 'Completed at',
    type: 'date',
    required: true,
    help: 'For example, `2026-05-24T11:41:22Z`. It becomes the time of the event. **Completed at** of the interview belongs here: it has its time zone.',
  },
  {
    name: 'quality_score',
    label: 'Quality score',
    type: 'text',
    help: 'For example, `4`. Without a score from 1 to 5 nothing is written.',
  },
  {
    name: 'sentiment',
    label: 'Sentiment',
    type: 'text',
    help: 'For example, `negative`. How the person felt: positive, neutral, negative or mixed.',
  },
  {
    name: 'themes',
    label: 'Themes',
    type: 'array',
    spec: { type: 'text' },
    help: 'For example, `pricing confusion`. The list of themes; the first two become `theme_top_1` and `theme_top_2` of the event.',
  },
  {
    name: 'transcript_url',
    label: 'Transcript URL',
    type: 'text',
    help: 'For example, `https://koji.so/interviews/int_4f9d2c81`. It stands on the event, so that a click leads from a chart to what was said.',
  },
  {
    name: 'amplitude_user_id',
    label: 'Amplitude user ID',
    type: 'text',
    help: 'For example, `user_10042`. The **Respondent ID** of the same interview belongs here and nothing else: it is the ID that **Start an interview** was given.',
  },
  {
    name: 'respondent_email',
    label: 'Respondent email',
    type: 'text',
    help: 'For example, `ada@example.com`. It belongs here even if people are identified by ID: without it the interview counts as anonymous, unless **Write without email** is on.',
  },
  {
    name: 'is_anonymous',
    label: 'Is anonymous',
    type: 'boolean',
    help: '**Is anonymous** of the interview belongs here: an anonymous interview with an email is written unless this says yes.',
  },
  {
    name: 'event_type',
    label: 'Event type',
    type: 'text',
    default: DEFAULT_EVENT_TYPE,
    advanced: true,
    help: "For example, `koji.interview_completed`. The event's name in Amplitude.",
  },
  identification,
  quality,
  withoutEmail,
  updates,
  {
    name: 'event_properties',
    label: 'Event properties',
    type: 'array',
    advanced: true,
    help: 'For example, `plan` with the value `trial`. More properties for the event.',
    spec: [
      { name: 'name', label: 'Name', type: 'text', required: true },
      { name: 'value', label: 'Value', type: 'text' },
    ],
  },
  {
    name: 'min_id_length',
    label: 'Minimum ID length',
    type: 'uinteger',
    advanced: true,
    validate: { min: 1 },
    help: `For example, \`1\`. Amplitude refuses user ids of fewer than ${SHORTEST_USER_ID} characters unless a lower number stands here.`,
  },
];

const about = {
  id: '{{temp.insert_id}}',
  event_type: '{{temp.event_type}}',
  event_time: '{{parameters.completed_at}}',
};
const skipped: Json = {
  ...about,
  status: 'skipped',
  reason: '{{temp.reason}}',
  reason_text:
    "{{if(temp.reason = 'anonymous' & !(ifempty(parameters.is_anonymous, false) | temp.no_email), temp.unreached, get(temp.reasons, temp.reason))}}{{if(temp.note, ' ' + temp.note, '')}}",
  user_id: null,
  identified_by: null,
  user_properties_updated: false,
  events_ingested: 0,
};

/** A sentence with Make's labels in its gaps. */
const onMake = (says: string): string => fill(says, makeLabels);

/** What is filled in, and what is known besides. No expression of a step sees another one's. */
const facts = {
  id: "{{if(trim(ifempty(parameters.amplitude_user_id, '')) = '', '', parameters.amplitude_user_id)}}",
  email: `{{${emailIn("ifempty(parameters.respondent_email, '')")}}}`,
  score: `{{${scoreIn("trim(ifempty(parameters.quality_score, ''))")}}}`,
  said: "{{lower(trim(ifempty(parameters.sentiment, '')))}}",
  named: `{{join(ifempty(parameters.themes, emptyarray), '${MARK}')}}`,
  address: "{{trim(ifempty(parameters.transcript_url, ''))}}",
  ...eventType,
  age: "{{timestamp - parseNumber(formatDate(parameters.completed_at, 'X'), '.')}}",
  reasons: {
    ...skipReasons,
    no_user_id: onMake(skipReasons.no_user_id),
    no_quality_score: onMake(`${unreachedReasons.no_quality_score}.`),
    not_analyzed: onMake(`${unreachedReasons.not_analyzed}.`),
  },
  unreached: onMake(`${unreachedReasons.anonymous}.`),
};

/** Of what is filled in, what says something. Nothing but a placeholder among the themes is none. */
const values = {
  sentiment: `{{if(${isPlaceholder('temp.said')}, '', temp.said)}}`,
  themes: `{{if(${isPlaceholder('temp.named')}, emptyarray, split(temp.named, '${MARK}'))}}`,
  url: `{{if(${isPlaceholder('temp.address')}, '', temp.address)}}`,
};

/** Who it is, and what there is to write. */
const findings = {
  no_email: `{{if(trim(ifempty(parameters.respondent_email, '')) & !temp.email, '${onMake(NO_EMAIL_GIVEN)}', '')}}`,
  left_out:
    "{{if(temp.said = temp.sentiment, '', 'Sentiment,')}}{{if(temp.named & length(temp.themes) = 0, 'Themes,', '')}}{{if(temp.address = temp.url, '', 'Transcript URL')}}",
  user_id:
    "{{if(temp.identify_by = 'email', temp.email, if(temp.identify_by = 'id', if(contains(temp.id, '@'), '', temp.id), ifempty(temp.id, temp.email)))}}",
  is_nobody:
    "{{if(temp.email, ifempty(parameters.is_anonymous, false), !(temp.write_without_email = 'true' & temp.id & !contains(temp.id, '@')))}}",
  is_good: "{{temp.score >= parseNumber(temp.minimum_quality, '.')}}",
  is_analyzed: '{{temp.sentiment | length(temp.themes) > 0}}',
  is_nameless: `{{${isNothing('parameters.interview_id')}}}`,
  is_dated: `{{temp.age <= timestamp - ${EARLIEST / 1_000} & temp.age > timestamp - ${LATEST / 1_000}}}`,
  insert_id: "{{replace(temp.event_type, '/^koji[.]/', 'koji:')}}:{{trim(parameters.interview_id)}}",
  updates: `{{temp.update_user_properties = 'always' | (temp.update_user_properties = 'recent' & temp.age <= ${RECENT_DAYS.unseen * 86_400})}}`,
};

/** What the person's last interview lacks, which must not stay from the one before. */
const lacking = {
  last_interview_sentiment: "{{if(temp.sentiment, ignore, '-')}}",
  last_interview_themes: "{{if(length(temp.themes) > 0, ignore, '-')}}",
} satisfies Partial<Record<keyof typeof userPropertyTypes, string>>;

/** Why nothing is written of the interview, and why to nobody; and what is written to the person. */
const reasons = {
  unwritten: `{{if(trim(parameters.interview_id) = '${sampleWireInterview.interview_id}', 'sample', if(temp.is_nobody, 'anonymous', if(temp.is_good, '', if(temp.score > 0, 'below_quality', if(temp.is_analyzed, 'no_quality_score', 'not_analyzed')))))}}`,
  note: `{{trim(if(temp.left_out, '${LEFT_OUT}: ' + join(split(temp.left_out, ','), ', ') + '. ', '') + temp.no_email)}}`,
  unidentified: `{{if(temp.user_id, if(${isNothing('temp.user_id')}, 'blocked_user_id', ''), 'no_user_id')}}`,
  person: {
    last_interview_at: "{{formatDate(parameters.completed_at, 'YYYY-MM-DDTHH:mm:ss', 'UTC')}}",
    last_interview_sentiment: '{{ifempty(temp.sentiment, ignore)}}',
    last_interview_themes: '{{if(length(temp.themes) > 0, temp.themes, ignore)}}',
    last_interview_quality: '{{temp.score}}',
  } satisfies Record<keyof typeof userPropertyTypes, Json>,
  lacking,
};

const upload: RequestStep = {
  temp: {
    reason: "{{ifempty(temp.unwritten, ifempty(temp.unidentified, 'ok'))}}",
    identify: {
      user_id: '{{temp.user_id}}',
      event_type: '$identify',
      time: "{{parseNumber(formatDate(parameters.completed_at, 'x'), '.')}}",
      insert_id: '{{temp.insert_id}}:identify',
      user_properties: {
        $unset: '{{if(length(temp.sentiment) = 0 | length(temp.themes) = 0, temp.lacking, ignore)}}',
        $set: '{{temp.person}}',
      },
      library: LIBRARY,
    },
    event: {
      user_id: '{{temp.user_id}}',
      event_type: '{{temp.event_type}}',
      time: "{{parseNumber(formatDate(parameters.completed_at, 'x'), '.')}}",
      insert_id: '{{temp.insert_id}}',
      event_properties: {
        '{{...}}': "{{toCollection(ifempty(parameters.event_properties, emptyarray), 'name', 'value')}}",
        theme_top_1: '{{ifempty(temp.themes[1], ignore)}}',
        theme_top_2: '{{ifempty(temp.themes[2], ignore)}}',
        sentiment: '{{ifempty(temp.sentiment, ignore)}}',
        quality_score: '{{temp.score}}',
        transcript_url: `{{if(length(temp.url) > ${LONGEST_VALUE}, ignore, ifempty(temp.url, ignore))}}`,
      },
      user_properties: '{{if(temp.updates, temp.person, ignore)}}',
      $skip_user_properties_sync: '{{if(temp.updates, ignore, true)}}',
      library: LIBRARY,
    },
    options: { min_id_length: '{{parameters.min_id_length}}' },
  },
  condition: { condition: "{{temp.reason = 'ok'}}", default: skipped },
  url: `${ingestionHost}${paths.upload}`,
  method: 'POST',
  type: 'json',
  headers: { accept: 'application/json' },
  body: {
    api_key: '{{connection.amplitude_api_key}}',
    events: '{{if(temp.updates, add(emptyarray, temp.identify, temp.event), add(emptyarray, temp.event))}}',
    options: '{{if(parameters.min_id_length, temp.options, ignore)}}',
  },
  response: {
    ...uploadAnswers,
    output: {
      ...about,
      status: 'written',
      reason: null,
      reason_text: `{{if(ifempty(body.events_ingested, 0) > 0, ifempty(temp.note, null), trim('${NOT_COUNTED} ' + temp.note))}}`,
      user_id: '{{temp.user_id}}',
      identified_by: "{{if(contains(temp.user_id, '@'), 'email', 'id')}}",
      user_properties_updated: '{{temp.updates}}',
      events_ingested: '{{ifempty(body.events_ingested, 0)}}',
    },
  },
};

const steps: Step[] = [
  ...[identification, quality, withoutEmail, updates].map((field) => chosen('Amplitude', field)),
  { temp: facts, response: { temp: values, valid: ownEventName, output: {} } },
  {
    temp: findings,
    response: {
      valid: {
        condition: '{{!temp.is_nameless & temp.is_dated}}',
        message: `Nothing was sent to Amplitude: the field {{if(temp.is_nameless, 'Interview ID ${HOLDS_NOTHING}', 'Completed at holds a date that stands for none. Map it from the interview')}}.`,
        type: 'DataError',
      },
      output: {},
    },
  },
  {
    temp: reasons,
    response: {
      valid: {
        condition: `{{if(ifempty(temp.unwritten, temp.unidentified), true, temp.age >= -${MINUTES_AHEAD * 60})}}`,
        message:
          "Nothing was sent to Amplitude: Completed at lies in the future ({{formatDate(parameters.completed_at, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC')}}Z). Map the interview's own Completed at, with its time zone.",
        type: MISTAKE,
      },
      output: {},
    },
  },
  upload,
];

/** The loop's last step: the same single request as on Zapier; what stays out says why. */
export const sendInterviewEvent: Module = {
  id: 'sendInterviewEvent',
  kind: 'action',
  crud: 'create',
  label: 'Send an interview event',
  description:
    "Creates an event in Amplitude from an analyzed interview, and sets the person's last-interview properties.",
  connection: 'amplitude',
  staticParameters: [],
  mappableParameters: parameters,
  communication: steps,
  interface: interfaceOf(sentEventSchema),
  samples: samplesOf(sampleSentEvent),
};
