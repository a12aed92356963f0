import { cohortSchema, sampleCohort } from '../../amplitude/cohorts.ts';
import { amplitudeUserSchema, sampleAmplitudeUser } from '../../amplitude/find-user.ts';
import type { Module, Rpc } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { limit, NOT_BLANK } from '../language/values.ts';
import { restHeaders, restHost } from './connection.ts';
import { restAnswers } from './errors.ts';

/** Whether a cohort can be synced and found: published, not archived, with an id and a name. */
const IS_THERE = "item.id & item.name & '' + item.published != 'false' & '' + item.archived != 'true'";

/** The choices of a field that takes a cohort. */
export const listCohorts: Rpc = {
  id: 'listCohorts',
  label: 'List cohorts',
  connection: 'amplitude',
  parameters: [],
  communication: {
    url: `${restHost()}/api/3/cohorts`,
    method: 'GET',
    headers: restHeaders(),
    response: {
      ...restAnswers('body.cohorts'),
      iterate: { container: '{{body.cohorts}}', condition: `{{${IS_THERE}}}` },
      limit: '500',
      output: { label: '{{item.name}}', value: '{{toString(item.id)}}' },
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
    url: `${restHost()}/api/3/cohorts`,
    method: 'GET',
    response: {
      ...restAnswers('body.cohorts'),
      iterate: {
        container: '{{body.cohorts}}',
        condition: `{{if(${IS_THERE}, contains(lower('' + item.name), lower(trim(parameters.name))), false)}}`,
      },
      limit: '{{parameters.limit}}',
      output: {
        id: '{{toString(item.id)}}',
        name: '{{item.name}}',
        size: '{{ifempty(item.size, null)}}',
        type: '{{ifempty(item.type, null)}}',
        cohort_computed_at: "{{if(item.lastComputed, parseDate(item.lastComputed, 'X'), null)}}",
      },
    },
  },
  interface: interfaceOf(cohortSchema),
  samples: samplesOf(sampleCohort),
};

/** The person with exactly this user id; Amplitude also gives phantoms without one, and beginnings of ids. */
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
  communication: {
    url: `${restHost()}/api/2/usersearch`,
    method: 'GET',
    qs: { user: '{{parameters.amplitude_user_id}}' },
    response: {
      ...restAnswers('body.matches'),
      iterate: {
        container: '{{body.matches}}',
        condition: "{{if(item.amplitude_id, '' + item.user_id = parameters.amplitude_user_id, false)}}",
      },
      limit: '{{parameters.limit}}',
      output: { id: '{{toString(item.amplitude_id)}}', amplitude_user_id: '{{toString(item.user_id)}}' },
    },
  },
  interface: interfaceOf(amplitudeUserSchema),
  samples: samplesOf(sampleAmplitudeUser),
};
