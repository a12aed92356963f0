import { HOLDS_NO_EMAIL } from '../../boundary/values.ts';
import { EMAIL_METADATA_KEY, KOJI_API_URL, linkParameter, modes, paths, startStatus } from '../../koji/contract.ts';
import { LANGUAGE_PATTERN, NO_LANGUAGE } from '../../koji/language.ts';
import { LINK_MISSING, sampleStarted, startedSchema } from '../../koji/start.ts';
import type { Module } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import {
  type Choice,
  chosen,
  dateAt,
  emailIn,
  HOLDS_NOTHING,
  isNothing,
  isPlaceholder,
  MISTAKE,
  NOTHING,
} from '../language/values.ts';
import { aboutTheStudy, kojiData, startErrorDirective } from './errors.ts';

/** What a text says; empty for a placeholder. */
const saidIn = (text: string): string => `if(${isPlaceholder(text)}, '', ${text})`;

const mode: Choice = {
  name: 'mode',
  label: 'Mode',
  type: 'select',
  options: modes.map((one) => ({ label: one === 'text' ? 'Text' : 'Voice', value: one })),
  help: "If empty, the study's own is used.",
};

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
      help: 'For example, `ada@example.com`. This field, **Respondent ID** or better both are needed. Without an email the finished interview counts as anonymous, and **Send an interview event** writes it only with **Write without email** on.',
    },
    {
      name: 'respondent_id',
      label: 'Respondent ID',
      type: 'text',
      help: 'For example, `user_10042`. The **Amplitude user ID** belongs here. It comes back as the respondent ID of the finished interview, which is how the answers find their way to the right user.',
    },
    {
      name: 'study_link',
      label: 'Study link',
      type: 'text',
      validate: { pattern: '^\\s*([Hh][Tt][Tt][Pp][Ss]?://\\S+)?\\s*$' },
      help: "Needed for **Interview link**. For example, `https://koji.so/i/why`: your study's link from Koji's Share tab. Where Koji gives no personal link, **Interview link** is made from it; without it **Interview link** may be empty.",
    },
    { name: 'respondent_name', label: 'Respondent name', type: 'text', help: 'For example, `Ada`.' },
    mode,
    {
      name: 'language',
      label: 'Language',
      type: 'text',
      help: "For example, `en`, `de`, `es` or `pt-BR`: a language's code. If empty, the study's own is used.",
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
      help: 'For example, `plan` with the value `trial`. It comes back with the finished interview. An entry named `email` is not sent; **Left out** names it, and an email, a name, a mode or a language that is a placeholder.',
    },
  ],
  communication: [
    {
      temp: {
        given_email: "{{trim(ifempty(parameters.respondent_email, ''))}}",
        given_id: "{{if(trim(ifempty(parameters.respondent_id, '')) = '', '', parameters.respondent_id)}}",
        given_name: "{{trim(ifempty(parameters.respondent_name, ''))}}",
        given_mode: "{{trim('' + ifempty(parameters.mode, ''))}}",
        given_language: "{{trim('' + ifempty(parameters.language, ''))}}",
        page: "{{first(split(trim(ifempty(parameters.study_link, '')), '#'))}}",
        metadata: "{{toCollection(ifempty(parameters.metadata, emptyarray), 'name', 'value')}}",
        ...NOTHING,
      },
      response: {
        valid: {
          condition: '{{if(ifempty(temp.given_id, temp.given_email), true, false)}}',
          message: 'Koji needs to know whom to interview: fill in Respondent email or Respondent ID.',
          type: 'DataError',
        },
        output: {},
      },
    },
    chosen('Koji', mode, saidIn('temp.given_mode')),
    {
      temp: {
        subtags: `{{split(replace(lower(${saidIn('temp.given_language')}), '/_/g', '-'), '-')}}`,
        language_code: `/${LANGUAGE_PATTERN}/i`,
      },
      response: {
        valid: {
          condition: "{{if(temp.subtags[1], replace(temp.given_language, temp.language_code, ' ') = ' ', true)}}",
          message: `Nothing was sent to Koji: the field Language ${NO_LANGUAGE}.`,
          type: MISTAKE,
        },
        output: {},
      },
    },
    {
      temp: {
        id_is_nothing: `{{${isNothing('temp.given_id')}}}`,
        email_is_placeholder: "{{contains(temp.placeholders, trim(replace(lower(temp.given_email), temp.marks, '')))}}",
        email_is_none: `{{if(temp.given_email, !${emailIn('temp.given_email')}, false)}}`,
        external_id:
          "{{ifempty(if(contains(temp.given_id, '@'), trim(temp.given_id), temp.given_id), lower(temp.given_email))}}",
        script: "{{if(length('' + temp.subtags[2]) = 4, temp.subtags[2], '')}}",
        region: "{{if(length('' + temp.subtags[2]) = 4, temp.subtags[3], temp.subtags[2])}}",
      },
      response: {
        valid: {
          condition: '{{!(temp.id_is_nothing | if(temp.email_is_placeholder, !temp.given_id, temp.email_is_none))}}',
          message: `Nothing was sent to Koji: {{if(temp.email_is_none & !temp.email_is_placeholder, 'the field Respondent email ${HOLDS_NO_EMAIL}', '')}}{{if(temp.email_is_none & !temp.email_is_placeholder, '', 'the field Respondent ID or Respondent email ${HOLDS_NOTHING}')}}.`,
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      temp: {
        // Without an id the email is one, so it has one spelling.
        email: `{{ifempty(if(temp.email_is_placeholder, '', if(temp.given_id, temp.given_email, lower(temp.given_email))), ${emailIn('temp.given_id')})}}`,
        name: `{{${saidIn('temp.given_name')}}}`,
        // An id with half of a character fails here, before anybody is started.
        in_link: '{{encodeURL(temp.external_id)}}',
        // As BCP 47 recommends: a script in title case, a region in capitals.
        language:
          "{{temp.subtags[1]}}{{if(temp.script, '-' + capitalize(temp.script), '')}}{{if(temp.region, '-' + upper(temp.region), '')}}",
        ...aboutTheStudy.asked,
      },
      url: `${KOJI_API_URL}${paths.start}`,
      method: 'POST',
      type: 'json',
      body: {
        respondent: {
          external_id: '{{temp.external_id}}',
          display_name: '{{ifempty(temp.name, ignore)}}',
          metadata: {
            '{{...}}': `{{omit(temp.metadata, '${EMAIL_METADATA_KEY}')}}`,
            [EMAIL_METADATA_KEY]: '{{ifempty(temp.email, ignore)}}',
          },
        },
        respondent_email: '{{ifempty(temp.email, ignore)}}',
        mode: '{{ifempty(temp.mode, ignore)}}',
        locale: '{{ifempty(temp.language, ignore)}}',
      },
      response: {
        temp: {
          started: '{{ifempty(body.interview, body)}}',
          ...aboutTheStudy.answered,
          nothings:
            "{{if(temp.email_is_placeholder, 'Respondent email,', '')}}{{if(temp.name = temp.given_name, '', 'Respondent name,')}}{{if(temp.mode = lower(temp.given_mode), '', 'Mode,')}}{{if(temp.language | !temp.given_language, '', 'Language,')}}",
          separator: "{{if(contains(ifempty(temp.page, ''), '?'), '&', '?')}}",
        },
        valid: kojiData('ifempty(temp.started.interview_id, null) != null'),
        error: startErrorDirective,
        output: {
          id: '{{toString(temp.started.interview_id)}}',
          interview_id: '{{toString(temp.started.interview_id)}}',
          interview_link: `{{ifempty(temp.started.interview_url, ifempty(temp.started.link, ifempty(temp.started.url, if(temp.page, temp.page + temp.separator + '${linkParameter.externalId}=' + temp.in_link, null))))}}`,
          interview_link_missing: `{{if(ifempty(temp.started.interview_url, ifempty(temp.started.link, ifempty(temp.started.url, temp.page))), null, ${quoted(LINK_MISSING)})}}`,
          already_started: `{{statusCode = ${startStatus.existing}}}`,
          started_at: `{{${dateAt('temp.started.started_at')}}}`,
          respondent_email: '{{ifempty(temp.email, null)}}',
          respondent_id: '{{ifempty(temp.given_id, null)}}',
          respondent_name: '{{ifempty(temp.name, null)}}',
          mode: '{{ifempty(temp.mode, null)}}',
          language: '{{ifempty(temp.language, null)}}',
          study_link: '{{ifempty(parameters.study_link, null)}}',
          metadata: `{{omit(temp.metadata, '${EMAIL_METADATA_KEY}')}}`,
          left_out: `{{split(temp.nothings + if(contains(map(ifempty(parameters.metadata, emptyarray), 'name'), '${EMAIL_METADATA_KEY}'), '${EMAIL_METADATA_KEY}', ''), ',')}}`,
        },
      },
    },
  ],
  interface: interfaceOf(startedSchema),
  samples: samplesOf(sampleStarted),
};
