import { sampleCohort, shownCohortSchema } from '../../amplitude/cohorts.ts';
import { amplitudeUserSchema, sampleAmplitudeUser } from '../../amplitude/find-user.ts';
import { paths } from '../../amplitude/hosts.ts';
import type { Module, Rpc } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import {
  emailIn,
  HOLDS_NOTHING,
  isDate,
  isNothing,
  limit,
  NONE,
  NOT_BLANK,
  NOTHING,
  numberAt,
} from '../language/values.ts';
import { restHeaders, restHost } from './connection.ts';
import { cohortListAnswers, restAnswers } from './errors.ts';

/** Whether a cohort can be synced and found: published, not archived, with an id. */
const IS_THERE = "item.id & '' + item.published != 'false' & '' + item.archived != 'true'";
/** A cohort without a name has its id for one. */
const NAME = 'ifempty(item.name, item.id)';

const cohorts = { url: `${restHost()}${paths.cohorts}`, method: 'GET', headers: restHeaders() } as const;

/** The choices of a field that takes a cohort. */
export const listCohorts: Rpc = {
  id: 'listCohorts',
  label: 'List cohorts',
  connection: 'amplitude',
  communication: {
    ...cohorts,
    response: {
      ...cohortListAnswers,
      iterate: { container: '{{body.cohorts}}', condition: `{{${IS_THERE}}}` },
      limit: '500',
      output: { label: `{{${NAME}}}`, value: '{{toString(item.id)}}' },
    },
  },
};

/** The project's cohorts whose name holds the words; Amplitude can't search itself (A10). */
export const searchCohorts: Module = {
  id: 'searchCohorts',
  kind: 'search',
  label: 'Search cohorts',
  description: 'Returns the cohorts of your Amplitude project by their name.',
  connection: 'amplitude',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'name',
      label: 'Name',
      type: 'text',
      required: true,
      validate: NOT_BLANK,
      help: 'For example, `Trial users`. The whole name or a part of it. Capital letters make no difference.',
    },
    limit,
  ],
  communication: {
    ...cohorts,
    response: {
      ...cohortListAnswers,
      iterate: {
        container: '{{body.cohorts}}',
        condition: `{{if(${IS_THERE}, contains(lower('' + ${NAME}), lower(trim(parameters.name))), false)}}`,
      },
      limit: '{{parameters.limit}}',
      output: {
        id: '{{toString(item.id)}}',
        name: `{{${NAME}}}`,
        size: '{{ifempty(item.size, null)}}',
        type: '{{ifempty(item.type, null)}}',
        cohort_computed_at: "{{if(item.lastComputed, parseDate(item.lastComputed, 'X'), null)}}",
      },
    },
  },
  interface: interfaceOf(shownCohortSchema),
  samples: samplesOf(sampleCohort),
};

/** Amplitude also gives phantoms without a user id, and beginnings of ids. `map` would take an id with a comma for two. */
const EXACTLY_THIS_ONE =
  "{{if(contains(parameters.amplitude_user_id, ','), '', toString(ifempty(first(map(body.matches, 'amplitude_id', 'user_id', parameters.amplitude_user_id)), '')))}}";

const PROPERTIES = 'body.userData.properties';
const OF_THEIR_OWN = Object.keys(amplitudeUserSchema.shape).map(quoted).join(', ');

/** The person with exactly this user id. */
export const findUser: Module = {
  id: 'findUser',
  kind: 'search',
  label: 'Find a user',
  description: 'Returns a user of your Amplitude project by the user ID.',
  connection: 'amplitude',
  staticParameters: [],
  mappableParameters: [
    {
      name: 'amplitude_user_id',
      label: 'Amplitude user ID',
      type: 'text',
      required: true,
      validate: NOT_BLANK,
      help: 'For example, `user_10042`. Exactly as in Amplitude, capital letters and all. An email finds somebody only where emails are the user IDs.',
    },
    limit,
  ],
  communication: [
    {
      temp: NOTHING,
      response: {
        valid: {
          condition: `{{!${isNothing('parameters.amplitude_user_id')}}}`,
          message: `Nothing was sent to Amplitude: the field Amplitude user ID ${HOLDS_NOTHING}.`,
          type: 'DataError',
        },
        output: {},
      },
    },
    {
      url: `${restHost()}${paths.userSearch}`,
      method: 'GET',
      headers: restHeaders(),
      qs: { user: '{{parameters.amplitude_user_id}}' },
      response: {
        ...restAnswers('body.matches'),
        temp: { id: EXACTLY_THIS_ONE },
        output: {},
      },
    },
    {
      condition: { condition: '{{temp.id}}', default: '{{null}}' },
      temp: NONE,
      url: `${restHost()}${paths.userActivity}`,
      method: 'GET',
      headers: restHeaders(),
      qs: { user: '{{temp.id}}', limit: 1 },
      response: {
        ...restAnswers('body.userData'),
        limit: '{{parameters.limit}}',
        output: {
          id: '{{temp.id}}',
          amplitude_user_id: '{{parameters.amplitude_user_id}}',
          email: `{{ifempty(${emailIn(`'' + ${PROPERTIES}.email`)}, null)}}`,
          last_interview_at: `{{if(${isDate(`${PROPERTIES}.last_interview_at`)}, parseDate(replace(${PROPERTIES}.last_interview_at, '/Z$/', '') + 'Z'), null)}}`,
          last_interview_sentiment: `{{ifempty(${PROPERTIES}.last_interview_sentiment, null)}}`,
          last_interview_themes: `{{ifempty(${PROPERTIES}.last_interview_themes, emptyarray)}}`,
          last_interview_quality: `{{${numberAt(`${PROPERTIES}.last_interview_quality`)}}}`,
          properties: `{{omit(ifempty(${PROPERTIES}, temp.none), ${OF_THEIR_OWN})}}`,
        },
      },
    },
  ],
  interface: interfaceOf(amplitudeUserSchema),
  samples: samplesOf(sampleAmplitudeUser),
};
