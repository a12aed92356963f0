import { BLOCKED_USER_IDS, identifyBy, SHORTEST_USER_ID } from '../../amplitude/identity.ts';
import { uploadPath } from '../../amplitude/ingestion.ts';
import {
  DEFAULT_EVENT_TYPE,
  JOINT,
  LONGEST_VALUE,
  MINUTES_AHEAD,
  RECENT_DAYS,
  skipReasons,
  type userPropertyTypes,
  userPropertyUpdates,
} from '../../amplitude/interview-event.ts';
import { NOT_COUNTED, sampleSentEvent, sentEventSchema } from '../../amplitude/send-interview-event.ts';
import { qualityScale } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { minimumQuality } from '../koji/watch-analyzed-interviews.ts';
import type { Json, Module, Parameter, RequestStep, Step } from '../language/format.ts';
import { asText, call, choose, matches, quoted, replaceAll, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { INSIDE, NOT_BLANK, qualityScoreOrNull, SPACES, wireText } from '../language/values.ts';
import { ingestionHost } from './connection.ts';
import { uploadAnswers } from './errors.ts';
import { eventTypeOf, ownEventName } from './event-type.ts';
import { LIBRARY } from './library.ts';

const given = (name: string): string => asText(`parameters.${name}`);
const trimmed = (name: string): string => call('trim', given(name));

/** The first units of a longer text, without the half of a character at the end. */
const cutAt = (text: string, length: number): string =>
  choose(`length(${text}) > ${length}`, replaceAll(call('substring', text, 0, length), '[\uD7FF-\uDBFF]$', ''), text);

/** Cut to Amplitude's length, less when the cut would go through the middle of a character; nothing where there is none. */
const clipped = (text: string): string => call('ifempty', cutAt(text, LONGEST_VALUE), 'ignore');

const parameters: Parameter[] = [
  {
    name: 'interview_id',
    label: 'Interview ID',
    type: 'text',
    required: true,
    validate: NOT_BLANK,
    help: 'The same interview is written once, however often it is sent.',
  },
  {
    name: 'completed_at',
    label: 'Completed at',
    type: 'date',
    required: true,
    help: 'It becomes the time of the event. The date of the interview, as Koji gives it, has its time zone.',
  },
  {
    name: 'amplitude_user_id',
    label: 'Amplitude user ID',
    type: 'text',
    help: 'The Respondent ID of the same interview belongs here and nothing else: it is the id that Start an interview was given.',
  },
  {
    name: 'respondent_email',
    label: 'Respondent email',
    type: 'text',
    help: 'It belongs here even if people are identified by ID: without it the interview counts as anonymous, unless Write without email is on.',
  },
  {
    name: 'is_anonymous',
    label: 'Is anonymous',
    type: 'boolean',
    help: 'The same field of the interview belongs here. Interviews held anonymously are never written to a person.',
  },
  {
    name: 'themes',
    label: 'Themes',
    type: 'array',
    spec: { type: 'text' },
    help: 'The list of themes; the first two become Top theme 1 and 2.',
  },
  { name: 'sentiment', label: 'Sentiment', type: 'text' },
  {
    name: 'quality_score',
    label: 'Quality score',
    type: 'text',
    help: 'Without a score from 1 to 5 nothing is written.',
  },
  { name: 'transcript_url', label: 'Transcript URL', type: 'text' },
  {
    name: 'event_type',
    label: 'Event type',
    type: 'text',
    default: DEFAULT_EVENT_TYPE,
    advanced: true,
    help: "The event's name in Amplitude.",
  },
  {
    name: 'identify_by',
    label: 'Identify by',
    type: 'select',
    default: identifyBy[0],
    advanced: true,
    options: Object.entries({
      id_then_email: 'Amplitude user ID, else email',
      id: 'Amplitude user ID only',
      email: 'Email only',
    } satisfies Record<(typeof identifyBy)[number], string>).map(([key, label]) => ({ label, value: key })),
    help: 'If your Amplitude user IDs are not emails, Amplitude user ID only is right: an event under an email would make a second user.',
  },
  minimumQuality('Interviews scored lower are not written. It should be the same as in the trigger.'),
  {
    name: 'write_without_email',
    label: 'Write without email',
    type: 'boolean',
    default: false,
    advanced: true,
    help: 'Only for teams that give Koji IDs and never an email. Interviews held anonymously stay out all the same.',
  },
  {
    name: 'update_user_properties',
    label: 'Update user properties',
    type: 'select',
    default: userPropertyUpdates[0],
    advanced: true,
    options: Object.entries({
      recent: `If the interview is at most ${RECENT_DAYS} days old`,
      always: 'Always',
      never: 'Never',
    } satisfies Record<(typeof userPropertyUpdates)[number], string>).map(([key, label]) => ({ label, value: key })),
    help: 'The date, sentiment, themes and quality of the last interview are set on the person.',
  },
  {
    name: 'event_properties',
    label: 'Event properties',
    type: 'array',
    advanced: true,
    help: 'More properties for the event.',
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
    help: `Amplitude refuses user ids of fewer than ${SHORTEST_USER_ID} characters unless a lower number stands here.`,
  },
];

const themesText = call(
  'join',
  choose('length(parameters.themes) = 1', "split(first(parameters.themes), ',')", 'parameters.themes'),
  quoted(JOINT),
);
/** Trimmed, and without the empty ones. */
const cleanThemes = replaceAll(
  replaceAll(call('trim', call('ifempty', themesText, quoted(''))), `[${SPACES}]*${JOINT}[${SPACES}${JOINT}]*`, JOINT),
  `^${JOINT}|${JOINT}$`,
  '',
);

const emailOrNone = choose(
  call('contains', trimmed('respondent_email'), quoted('@')),
  trimmed('respondent_email'),
  quoted(''),
);
const idOrNone = choose(`${trimmed('amplitude_user_id')} = ''`, quoted(''), given('amplitude_user_id'));
const eventType = eventTypeOf('parameters.event_type');

/** What the later steps read. No expression of a step sees another one's. */
const facts: Record<string, Json> = {
  id: value(idOrNone),
  email: value(emailOrNone),
  score: value(qualityScoreOrNull('parameters.quality_score')),
  sentiment: value(trimmed('sentiment')),
  joined: value(cleanThemes),
  minimum: value(`ifempty(parameters.minimum_quality, ${qualityScale.defaultMinimum})`),
  by: value(call('ifempty', 'parameters.identify_by', quoted(identifyBy[0]))),
  update: value(call('ifempty', 'parameters.update_user_properties', quoted(userPropertyUpdates[0]))),
  event_type: value(eventType),
  insert_id: value(
    `${call('replace', eventType, quoted('/^koji[.]/'), quoted('koji:'))} + ':' + ${trimmed('interview_id')}`,
  ),
  age: value("timestamp - parseNumber(formatDate(parameters.completed_at, 'X'), '.')"),
  blocked: [...BLOCKED_USER_IDS],
  reasons: skipReasons,
};

const hasOwnId = `(temp.id != '') & !contains(temp.id, '@')`;
const isNobodys = choose(
  `temp.email != ''`,
  `ifempty(parameters.is_anonymous, false)`,
  `!(ifempty(parameters.write_without_email, false) & ${hasOwnId})`,
);
const chosenUser = choose(
  `temp.by = 'email'`,
  'temp.email',
  choose(
    `temp.by = 'id'`,
    choose(`contains(temp.id, '@')`, quoted(''), 'temp.id'),
    call('ifempty', 'temp.id', 'temp.email'),
  ),
);
const isAnalyzed = `(temp.score != null) | (temp.sentiment != '') | (temp.joined != '')`;

/** `ok` where nothing is in the way; never an empty text, because Make takes one for nothing (M8). */
const reason = [
  [`${trimmed('interview_id')} = ${quoted(sampleWireInterview.interview_id)}`, 'sample'],
  [isNobodys, 'anonymous'],
  [`!(${isAnalyzed})`, 'not_analyzed'],
  ['temp.score = null', 'no_quality_score'],
  ['temp.score < temp.minimum', 'below_quality'],
  [`${chosenUser} = ''`, 'no_user_id'],
  [`contains(temp.blocked, lower(trim(${chosenUser})))`, 'blocked_user_id'],
].reduceRight((otherwise, [condition = '', name = '']) => choose(condition, quoted(name), otherwise), quoted('ok'));

const cut = cutAt('temp.joined', LONGEST_VALUE);
const lastIsWhole = `substring(temp.joined, ${LONGEST_VALUE}, ${LONGEST_VALUE + 1}) = ${quoted(JOINT)}`;
const themesForPerson = call(
  'split',
  choose(
    `(length(temp.joined) > ${LONGEST_VALUE}) & !(${lastIsWhole})`,
    call('replace', cut, quoted(`/${JOINT}[^${JOINT}]*$/`), quoted('')),
    cut,
  ),
  quoted(JOINT),
);

const about = {
  id: '{{temp.insert_id}}',
  event_type: '{{temp.event_type}}',
  event_time: '{{parameters.completed_at}}',
};
const skipped: Json = {
  ...about,
  status: 'skipped',
  reason: '{{temp.reason}}',
  reason_text: '{{get(temp.reasons, temp.reason)}}',
  user_id: null,
  user_properties_updated: false,
  events_ingested: 0,
};

const properties = call(
  'toCollection',
  call('ifempty', 'parameters.event_properties', 'emptyarray'),
  quoted('name'),
  quoted('value'),
);
/** Without those that came to nothing. */
const filledProperties = call(
  'parseJSON',
  replaceAll(replaceAll(call('createJSON', properties), `"${INSIDE}":(""|null)(,|(?=}))`, ''), ',(?=}$)', ''),
);

const isUpdating = `(temp.update = 'always') | ((temp.update = 'recent') & (temp.age <= ${RECENT_DAYS * 86_400}))`;

const ingestedText = call('trim', wireText('body.events_ingested'));
const ingested = choose(matches(ingestedText, '[0-9]+'), call('parseNumber', ingestedText, quoted('.')), 0);

const upload: RequestStep = {
  temp: {
    person: {
      last_interview_at: "{{formatDate(parameters.completed_at, 'YYYY-MM-DDTHH:mm:ss', 'UTC')}}",
      last_interview_sentiment: value(clipped('temp.sentiment')),
      last_interview_themes: value(choose("temp.joined = ''", 'ignore', themesForPerson)),
      last_interview_quality: '{{temp.score}}',
    } satisfies Record<keyof typeof userPropertyTypes, Json>,
    options: { min_id_length: '{{parameters.min_id_length}}' },
  },
  condition: { condition: "{{temp.reason = 'ok'}}", default: skipped },
  url: `${ingestionHost}${uploadPath}`,
  method: 'POST',
  type: 'json',
  headers: { accept: 'application/json' },
  body: {
    api_key: '{{connection.amplitude_api_key}}',
    events: [
      {
        user_id: '{{temp.user_id}}',
        event_type: '{{temp.event_type}}',
        time: "{{parseNumber(formatDate(parameters.completed_at, 'x'), '.')}}",
        insert_id: '{{temp.insert_id}}',
        event_properties: {
          '{{...}}': value(filledProperties),
          theme_top_1: value(clipped('temp.themes[1]')),
          theme_top_2: value(clipped('temp.themes[2]')),
          sentiment: value(clipped('temp.sentiment')),
          quality_score: '{{temp.score}}',
          transcript_url: value(
            choose(
              `length(${trimmed('transcript_url')}) > ${LONGEST_VALUE}`,
              'ignore',
              call('ifempty', trimmed('transcript_url'), 'ignore'),
            ),
          ),
        },
        user_properties: '{{if(temp.updates, temp.person, ignore)}}',
        $skip_user_properties_sync: value(choose('temp.updates', 'ignore', 'true')),
        library: LIBRARY,
      },
    ],
    options: '{{if(parameters.min_id_length, temp.options, ignore)}}',
  },
  response: {
    ...uploadAnswers(),
    output: {
      ...about,
      status: 'written',
      reason: null,
      reason_text: value(choose(`${ingested} > 0`, 'null', quoted(NOT_COUNTED))),
      user_id: '{{temp.user_id}}',
      user_properties_updated: '{{temp.updates}}',
      events_ingested: value(ingested),
    },
  },
};

const steps: Step[] = [
  { temp: facts, response: { valid: ownEventName('temp.event_type'), output: {} } },
  {
    temp: {
      reason: value(reason),
      user_id: value(chosenUser),
      updates: value(isUpdating),
      themes: value(choose("temp.joined = ''", 'emptyarray', call('split', 'temp.joined', quoted(JOINT)))),
    },
    response: {
      valid: {
        condition: `{{(temp.reason != 'ok') | (temp.age >= -${MINUTES_AHEAD * 60})}}`,
        message:
          "Nothing was sent to Amplitude: Completed At lies in the future ({{formatDate(parameters.completed_at, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC')}}Z). Map the interview's own Completed At, with its time zone.",
        type: 'DataError',
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
