import {
  EMAIL_METADATA_KEY,
  KOJI_API_URL,
  linkParameter,
  modes,
  paths,
  permissions,
  startStatus,
} from '../../koji/contract.ts';
import { sampleStarted, startedSchema } from '../../koji/start.ts';
import type { Module } from '../language/format.ts';
import { asText, call, choose, firstOf, matches, quoted, replaceAll, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { momentOrNull, wireText } from '../language/values.ts';
import { kojiData, kojiErrors } from './errors.ts';

const trimmed = (name: string): string => call('trim', asText(`parameters.${name}`));
const givenId = choose(`${trimmed('respondent_id')} = ''`, quoted(''), asText('parameters.respondent_id'));
const idIsEmail = call('contains', givenId, quoted('@'));
const cleanId = choose(idIsEmail, trimmed('respondent_id'), givenId);
const email = call('ifempty', trimmed('respondent_email'), choose(idIsEmail, trimmed('respondent_id'), quoted('')));
const metadata = call('toCollection', 'ifempty(parameters.metadata, emptyarray)', quoted('name'), quoted('value'));

/** A text of an earlier step's, or nothing at all in the request. */
const orNothing = (expression: string): string => value(call('ifempty', expression, 'ignore'));
const given = (name: string): string => value(call('ifempty', trimmed(name), 'null'));

/** The answer to start is wrapped, or bare; what is wrapped counts where it has an id. */
const startedInterview = choose(`${wireText('body.interview.interview_id')} = ''`, 'body', 'body.interview');
const started = 'temp.started';
const saidLink = firstOf(wireText(`${started}.interview_url`), wireText(`${started}.link`), wireText(`${started}.url`));
const link = 'temp.link';
const [page, fragment] = [
  call('first', call('split', link, quoted('#'))),
  call('replace', link, quoted('/^[^#]*/'), quoted('')),
];
/** As a form writes it, which is what `URLSearchParams` does: `encodeURL` leaves more as it is, and a space is `%20`. */
const encodedId = [
  ['%20', '+'],
  ['!', '%21'],
  ["'", '%27'],
  ['[(]', '%28'],
  ['[)]', '%29'],
  ['~', '%7E'],
].reduce((text, [found = '', written = '']) => replaceAll(text, found, written), call('encodeURL', 'temp.external_id'));
const NAMED = `[?&]${linkParameter.externalId}=`;
const separator = choose(
  matches(page, '.*[?&]'),
  quoted(''),
  choose(call('contains', page, quoted('?')), quoted('&'), quoted('?')),
);
const personalLink = `${choose(
  matches(page, `.*${NAMED}.*`),
  call('replace', page, quoted(`/(${NAMED})[^&]*/g`), `${quoted('$1')} + ${encodedId}`),
  `${page} + ${separator} + ${quoted(`${linkParameter.externalId}=`)} + ${encodedId}`,
)} + ${fragment}`;

/** Starts an interview, or finds the one that this person already has. */
export const startInterview: Module = {
  id: 'startInterview',
  kind: 'action',
  crud: 'create',
  label: 'Start an interview',
  description:
    "Creates an interview with a person in the key's project and returns its link, to send in a later module. Nobody is started twice.",
  connection: 'koji',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'respondent_email',
      label: 'Respondent email',
      type: 'text',
      help: 'This field, Respondent ID or better both are needed. Without an email the finished interview counts as anonymous, and Send an interview event writes it only with Write without email on.',
    },
    {
      name: 'respondent_id',
      label: 'Respondent ID',
      type: 'text',
      help: 'The Amplitude user ID belongs here. It comes back as the respondent ID of the finished interview, which is how the answers find their way to the right user.',
    },
    { name: 'respondent_name', label: 'Respondent name', type: 'text' },
    {
      name: 'mode',
      label: 'Mode',
      type: 'select',
      options: modes.map((mode) => ({ label: mode === 'text' ? 'Text' : 'Voice', value: mode })),
      help: "If empty, the study's own is used.",
    },
    {
      name: 'language',
      label: 'Language',
      type: 'text',
      help: "A language code such as en. If empty, the study's own is used.",
    },
    {
      name: 'study_link',
      label: 'Study link',
      type: 'text',
      validate: { pattern: '^ *([Hh][Tt][Tt][Pp][Ss]?://[^ ]+)? *$' },
      help: "Your study's link from Koji's Share tab, beginning with https://. Where Koji gives no personal link, Interview link is made from it; without it Interview link may be empty, and you find the person's link in the study's Recruit tab.",
    },
    {
      name: 'metadata',
      label: 'Metadata',
      type: 'array',
      advanced: true,
      spec: [
        { name: 'name', label: 'Name', type: 'text', required: true },
        { name: 'value', label: 'Value', type: 'text' },
      ],
      help: 'It comes back with the finished interview. An entry named email is left out.',
    },
  ],
  communication: [
    {
      temp: {
        external_id: value(call('ifempty', cleanId, email)),
        email: value(email),
        link: value(
          ['https:', 'http:'].reduce(
            (text, scheme) => call('replace', text, quoted(`/^${scheme}/i`), quoted(scheme)),
            trimmed('study_link'),
          ),
        ),
      },
      response: {
        valid: {
          condition: value(`${call('ifempty', cleanId, email)} != ''`),
          message: 'Koji needs to know whom to interview: fill in Respondent Email or Respondent ID.',
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      url: `${KOJI_API_URL}${paths.start}`,
      method: 'POST',
      type: 'json',
      body: {
        respondent: {
          external_id: '{{temp.external_id}}',
          display_name: orNothing(trimmed('respondent_name')),
          metadata: {
            '{{...}}': value(call('omit', metadata, quoted(EMAIL_METADATA_KEY))),
            [EMAIL_METADATA_KEY]: orNothing('temp.email'),
          },
        },
        respondent_email: orNothing('temp.email'),
        mode: orNothing('parameters.mode'),
        locale: orNothing(trimmed('language')),
      },
      response: {
        temp: { started: value(startedInterview) },
        valid: kojiData(`${wireText(`${started}.interview_id`)} != ''`),
        error: {
          ...kojiErrors(permissions.start),
          [`${startStatus.conflict}`]: {
            message: '[{{statusCode}}] This person was already started on an interview, so nobody was started twice.',
            type: 'DuplicateDataError',
          },
        },
        output: {
          id: value(wireText(`${started}.interview_id`)),
          interview_id: value(wireText(`${started}.interview_id`)),
          interview_link: value(call('ifempty', saidLink, choose(`${link} = ''`, 'null', personalLink))),
          already_started: value(`statusCode = ${startStatus.existing}`),
          started_at: value(momentOrNull(`${started}.started_at`)),
          respondent_email: value(call('ifempty', 'temp.email', 'null')),
          respondent_id: value(call('ifempty', givenId, 'null')),
          respondent_name: given('respondent_name'),
          mode: given('mode'),
          language: given('language'),
          study_link: given('study_link'),
          metadata: value(metadata),
        },
      },
    },
  ],
  interface: interfaceOf(startedSchema),
  samples: samplesOf(sampleStarted),
};
