import { cohortEntrySchema, sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import { directions, SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import type { Module, Webhook } from '../language/format.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { NO_EMAIL } from '../language/values.ts';
import { listCohorts } from './searches.ts';

const HEADER = `headers.\`${SECRET_HEADER.toLowerCase()}\``;
/** Without a secret nothing gets in: an open address would have anybody start interviews that cost credits. */
const IS_RIGHT = `parameters.amplitude_webhook_secret & ${HEADER} = parameters.amplitude_webhook_secret`;
/** Whether people go the way that is wanted, in the words of boundary/values.ts; where the delivery says neither yes nor no, nobody does. */
const GOES_THERE =
  "contains(if(parameters.direction = 'leaving', ' false no n 0 off ', ' true yes y 1 on '), ' ' + lower('' + body.in_cohort) + ' ')";

const HASH = "sha256(body.cohort_id + ':' + item.user_id)";
const digit = (place: number): string => `indexOf('0123456789abcdef', substring(${HASH}, ${place}, ${place + 1}))`;
/** The rule of amplitude/sampling.ts; a webhook has no `temp`, so it stands in one piece. */
const IS_SAMPLED = `(${digit(0)} * 4096 + ${digit(1)} * 256 + ${digit(2)} * 16 + ${digit(3)}) * 100 < parameters.sample_percent * 65536`;

const EMAIL = "get(item.user_properties, trim(ifempty(parameters.email_property, 'email')))";

/** Amplitude's own names, which are no property of anybody's; capitals make no difference (amplitude/cohort-entry.ts). */
const NOT_AMPLITUDES_OWN = '^(?! *([Uu][Ss][Ee][Rr]|[Aa][Mm][Pp][Ll][Ii][Tt][Uu][Dd][Ee])_[Ii][Dd] *$)';

/** What is no count of seconds: `replace` takes it away. */
const NO_SECONDS = "'/^(?![0-9]{9,11}$)[^]*$/'";
const SECONDS = `replace(trim('' + body.computed_time), ${NO_SECONDS}, '')`;

/** Amplitude's cohort webhook; it has no signature, a header of your own choice is all there is to check. */
export const cohortWebhook: Webhook = {
  id: 'cohortMembers',
  label: 'Cohort members',
  connection: 'amplitude',
  parameters: [
    {
      name: 'amplitude_webhook_secret',
      label: 'Amplitude webhook secret',
      type: 'password',
      required: true,
      help: `A word of your own choice. Amplitude's webhook destination gets the same word as the header ${SECRET_HEADER}; deliveries without it are refused.`,
    },
    {
      name: 'cohort_id',
      label: 'Cohort',
      type: 'select',
      mode: 'choose',
      options: { store: `rpc://${listCohorts.id}` },
      help: 'Only this cohort, if you sync several to the same address. If empty, all that are synced here.',
    },
    {
      name: 'email_property',
      label: 'Email property',
      type: 'text',
      default: 'email',
      validate: { pattern: NOT_AMPLITUDES_OWN },
      help: "For example, `email`. The user property that holds the email. It has to be ticked when the cohort is synced. `user_id` and `amplitude_id` are refused: these are Amplitude's own, and the user ID is handed on anyway.",
    },
    {
      name: 'sample_percent',
      label: 'Sample percent',
      type: 'number',
      default: 100,
      validate: { min: 1, max: 100 },
      help: 'For example, `25`. How many in a hundred trigger; always the same people.',
    },
    {
      name: 'direction',
      label: 'Direction',
      type: 'select',
      default: directions[0],
      options: directions.map((way) => ({
        label: way === 'entering' ? 'Entering the cohort' : 'Leaving the cohort',
        value: way,
      })),
      help: 'Leaving is for scenarios that do not start interviews.',
    },
  ],
  communication: {
    verification: {
      condition: `{{!(${IS_RIGHT})}}`,
      respond: {
        type: 'text',
        status: 401,
        body: `The header ${SECRET_HEADER} is not the Amplitude webhook secret of this webhook in Make.`,
      },
    },
    condition: `{{${IS_RIGHT} & ${GOES_THERE}}}`,
    iterate: {
      container: '{{ifempty(body.users, add(emptyarray, body))}}',
      condition: `{{if(item.user_id & toString(item.user_id) != '{object}' & ifempty(parameters.cohort_id, body.cohort_id) = body.cohort_id, ${IS_SAMPLED}, false)}}`,
    },
    output: {
      id: "{{ifempty(body.message_id, body.cohort_id + '@' + body.computed_time)}}:{{item.user_id}}",
      cohort_id: '{{ifempty(body.cohort_id, null)}}',
      cohort_name: '{{ifempty(body.cohort_name, null)}}',
      amplitude_user_id: '{{toString(item.user_id)}}',
      respondent_email: `{{ifempty(replace(trim('' + ${EMAIL}), ${NO_EMAIL}, ''), null)}}`,
      cohort_computed_at: `{{if(${SECONDS}, parseDate(${SECONDS}, 'X'), null)}}`,
      properties: "{{ifempty(item.user_properties, toCollection(emptyarray, 'key', 'value'))}}",
    },
  },
};

/** The loop's way in: one bundle a person. */
export const watchCohortMembers: Module = {
  id: 'watchCohortMembers',
  kind: 'instant_trigger',
  label: 'Watch cohort members',
  description:
    'Triggers when users enter or leave an Amplitude cohort. Copy the address into Amplitude under Catalog → Destinations → Cohorts → Webhook.',
  connection: 'amplitude',
  webhook: 'cohortMembers',
  staticParameters: [],
  communication: {},
  interface: interfaceOf(cohortEntrySchema),
  samples: samplesOf(sampleCohortEntry),
};
