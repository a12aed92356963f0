import { cohortSchema, sampleCohort } from '../../amplitude/cohorts.ts';
import { amplitudeUserSchema, sampleAmplitudeUser } from '../../amplitude/find-user.ts';
import type { Module } from '../language/format.ts';
import { asText, call, choose, matches, quoted, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { momentOrNull, NOT_BLANK, wireText, wireTextOrNull } from '../language/values.ts';
import { restHost } from './connection.ts';
import { restAnswers } from './errors.ts';

const limit = {
  name: 'limit',
  label: 'Limit',
  type: 'uinteger',
  default: 10,
  help: 'The number of results of one run.',
} as const;

const size = call('trim', wireText('item.size'));

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
      help: 'The whole name or a part of it. Capital letters make no difference.',
    },
    limit,
  ],
  communication: {
    url: `${restHost()}/api/3/cohorts`,
    method: 'GET',
    response: {
      ...restAnswers('isArray(body.cohorts)'),
      iterate: {
        container: '{{body.cohorts}}',
        condition: value(
          `(${wireText('item.id')} != '') & (${wireText('item.name')} != '') & (${asText('item.published')} != 'false') & (${asText('item.archived')} != 'true') & contains(lower(${wireText('item.name')}), lower(trim(parameters.name)))`,
        ),
      },
      limit: '{{parameters.limit}}',
      output: {
        id: value(wireText('item.id')),
        name: value(wireText('item.name')),
        size: value(choose(matches(size, '[0-9]+'), call('parseNumber', size, quoted('.')), 'null')),
        type: value(wireTextOrNull('item.type')),
        cohort_computed_at: value(momentOrNull('item.lastComputed')),
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
      help: 'Exactly as in Amplitude, capital letters and all. An email finds somebody only where emails are the user IDs.',
    },
    limit,
  ],
  communication: {
    url: `${restHost()}/api/2/usersearch`,
    method: 'GET',
    qs: { user: '{{parameters.amplitude_user_id}}' },
    response: {
      ...restAnswers('isArray(body.matches)'),
      iterate: {
        container: '{{body.matches}}',
        condition: value(
          `(${wireText('item.user_id')} = parameters.amplitude_user_id) & (${wireText('item.amplitude_id')} != '')`,
        ),
      },
      limit: '{{parameters.limit}}',
      output: { id: value(wireText('item.amplitude_id')), amplitude_user_id: value(wireText('item.user_id')) },
    },
  },
  interface: interfaceOf(amplitudeUserSchema),
  samples: samplesOf(sampleAmplitudeUser),
};
