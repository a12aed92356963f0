import { cohortEntrySchema, sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import { directions, SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { WHERE_COHORT_WEBHOOKS_ARE } from '../../amplitude/hosts.ts';
import { NO, YES } from '../../boundary/values.ts';
import type { Module, Webhook } from '../language/format.ts';
import { quoted } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { NO_EMAIL } from '../language/values.ts';
import { listCohorts } from './searches.ts';

const HEADER = `headers.\`${SECRET_HEADER.toLowerCase()}\``;
/** Without a secret nothing gets in: an open address would have anybody start interviews that cost credits. */
const IS_RIGHT = `trim(parameters.amplitude_webhook_secret) & ${HEADER} = trim(parameters.amplitude_webhook_secret)`;
const listOf = (words: Set<string>): string => quoted([...words].join(','));
/** Whether people go the way that is wanted; where the delivery says neither yes nor no, nobody does. */
const GOES_THERE = `contains(split(if(parameters.direction = 'leaving', ${listOf(NO)}, ${listOf(YES)}), ','), lower(trim('' + body.in_cohort)))`;

/** Nothing, spaces alone, and however Make or JSON writes a collection, or a list of texts. */
const IS_NO_ID = `replace(toString(item.user_id), '/^( *$|[[](]|["[{]|object )|[{]["o}]).*/', ' ') = ' '`;
const IS_OF_COHORT = "'' + ifempty(trim('' + parameters.cohort_id), body.cohort_id) = '' + body.cohort_id";

const HASH = "sha256(body.cohort_id + ':' + item.user_id)";
const digit = (place: number): string => `indexOf('0123456789abcdef', substring(${HASH}, ${place}, ${place + 1}))`;
/** The rule of amplitude/sampling.ts; a webhook has no `temp`, so it stands in one piece. */
const IS_SAMPLED = `(${digit(0)} * 4096 + ${digit(1)} * 256 + ${digit(2)} * 16 + ${digit(3)}) * 100 < parameters.sample_percent * 65536`;

const PROPERTY = "trim('' + parameters.email_property)";
/** Under the name as it is spelled, else in small letters. */
const EMAIL = `ifempty(get(item.user_properties, ${PROPERTY}), get(item.user_properties, lower(${PROPERTY})))`;

/**
 * No spaces alone, and none of Amplitude's own names, whatever the capitals (amplitude/cohort-entry.ts). `get` may take a
 * name with a period or a bracket for a path, and everybody would be without an email.
 */
const PROPERTY_NAME = '^(?!\\s*(([Uu][Ss][Ee][Rr]|[Aa][Mm][Pp][Ll][Ii][Tt][Uu][Dd][Ee])_[Ii][Dd])?\\s*$)[^.\\[\\]`]*$';

/** A count since 1970 in seconds, or with three digits more in milliseconds; anything else is no date. */
const TIME = "trim('' + body.computed_time)";
const COMPUTED_AT = `{{if(replace(${TIME}, '/^[1-7][0-9]{9}([0-9]{3})?$/', ' ') = ' ', parseDate(${TIME}, if(length(${TIME}) > 10, 'x', 'X')), null)}}`;

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
      editable: true,
      mode: 'choose',
      options: { store: `rpc://${listCohorts.id}` },
      help: 'Only this cohort, if you sync several to the same address. If empty, all that are synced here.',
    },
    {
      name: 'email_property',
      label: 'Email property',
      type: 'text',
      required: true,
      default: 'email',
      validate: { pattern: PROPERTY_NAME },
      help: "For example, `email`. The user property that holds the email. It has to be ticked when the cohort is synced. `user_id` and `amplitude_id` are refused: these are Amplitude's own, and the user ID is handed on anyway; a name with a period, a bracket or a backtick is refused, too.",
    },
    {
      name: 'sample_percent',
      label: 'Sample percent',
      type: 'number',
      required: true,
      default: 100,
      validate: { min: 1, max: 100 },
      help: 'For example, `25`. How many of a hundred users start the scenario; always the same ones.',
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
  connecting: `In Amplitude Data, open ${WHERE_COHORT_WEBHOOKS_ARE}, paste the address, add the header \`${SECRET_HEADER}\` with your **Amplitude webhook secret**, keep the default payload and save. Then open your cohort, click Sync → Webhook, choose this destination and tick the user properties \`email\` and \`name\`.`,
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
      condition: `{{if(item.user_id & !(${IS_NO_ID}) & ${IS_OF_COHORT}, ${IS_SAMPLED}, false)}}`,
    },
    output: {
      id: "{{ifempty(body.message_id, body.cohort_id + '@' + body.computed_time)}}:{{item.user_id}}",
      cohort_id: '{{ifempty(body.cohort_id, null)}}',
      cohort_name: '{{ifempty(body.cohort_name, null)}}',
      amplitude_user_id: '{{toString(item.user_id)}}',
      respondent_email: `{{ifempty(replace(trim('' + ${EMAIL}), ${NO_EMAIL}, ''), null)}}`,
      cohort_computed_at: COMPUTED_AT,
      properties: "{{ifempty(item.user_properties, toCollection(emptyarray, 'key', 'value'))}}",
    },
  },
};

/** The loop's way in: one bundle a person. */
export const watchCohortMembers: Module = {
  id: 'watchCohortMembers',
  kind: 'instant_trigger',
  label: 'Watch cohort members',
  description: `Triggers when users enter or leave an Amplitude cohort. Copy the address into Amplitude under ${WHERE_COHORT_WEBHOOKS_ARE}.`,
  connection: 'amplitude',
  webhook: 'cohortMembers',
  staticParameters: [],
  communication: {},
  interface: interfaceOf(cohortEntrySchema),
  samples: samplesOf(sampleCohortEntry),
};
