import { cohortEntrySchema, sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import { directions, SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import type { Module, Webhook } from '../format.ts';
import { asText, call, choose, firstOf, textOrNull, value } from '../iml.ts';
import { interfaceOf, samplesOf } from '../interface.ts';
import { momentOrNull } from '../koji/interview.ts';

const header = `headers.\`${SECRET_HEADER.toLowerCase()}\``;
/** Without a secret nothing gets in: an open address would have anybody start interviews that cost credits. */
const wrong = `(ifempty(parameters.amplitude_webhook_secret, '') = '') | (trim(ifempty(${header}, '')) != parameters.amplitude_webhook_secret)`;

/** An array holds people who each say what the object of a batch says once. */
const ofBatch = (key: string): string => firstOf(`item.${key}`, `body.${key}`);

const hash = `sha256(${asText(ofBatch('cohort_id'))} + ':' + ${asText('item.user_id')})`;
const digit = (place: number): string => `indexOf('0123456789abcdef', substring(${hash}, ${place}, ${place + 1}))`;
/** The rule of amplitude/sampling.ts, without its hexadecimal number. */
const isSampled = `((${digit(0)} * 4096) + (${digit(1)} * 256) + (${digit(2)} * 16) + ${digit(3)}) * 100 < ifempty(parameters.sample_percent, 100) * 65536`;

const isEntering = `lower(${asText(ofBatch('in_cohort'))}) = 'true'`;
const isLeaving = `lower(${asText(ofBatch('in_cohort'))}) = 'false'`;
const goesTheWay = choose("ifempty(parameters.direction, 'entering') = 'leaving'", isLeaving, isEntering);
const ofCohort = `(ifempty(parameters.cohort_id, '') = '') | (${asText(ofBatch('cohort_id'))} = trim(parameters.cohort_id))`;

const name = "ifempty(parameters.email_property, 'email')";
const property = (key: string): string => call('get', 'item.user_properties', key);
const email = call('trim', asText(firstOf(property(name), property(`lower(${name})`), property(`'gp:' + ${name}`))));
const computedAt = momentOrNull(ofBatch('computed_time'));
/** Where a delivery has no id of its own: its cohort and when that was computed, if it says so. */
const computedText = choose(
  `(${computedAt}) = null`,
  "''",
  `formatDate(${computedAt}, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC') + 'Z'`,
);
const messageId = `${asText(ofBatch('cohort_id'))} + '@' + ${computedText}`;

/** Amplitude's cohort webhook; it has no signature, a header of your own choice is all there is to check. */
export const cohortWebhook: Webhook = {
  id: 'cohortMembers',
  label: 'Cohort members',
  connection: null,
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
      label: 'Cohort ID',
      type: 'text',
      help: 'Only this cohort, if you sync several to the same address. If empty, all that are synced here. The ID is in the address of the cohort in Amplitude.',
    },
    {
      name: 'email_property',
      label: 'Email property',
      type: 'text',
      default: 'email',
      help: 'The user property that holds the email. It has to be ticked when the cohort is synced.',
    },
    {
      name: 'sample_percent',
      label: 'Sample percent',
      type: 'number',
      default: 100,
      validate: { min: 1, max: 100 },
      help: 'How many in a hundred trigger; always the same people.',
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
      condition: value(wrong),
      respond: {
        type: 'text',
        status: 401,
        body: `The header ${SECRET_HEADER} is not the Amplitude webhook secret of this webhook in Make.`,
      },
    },
    condition: value(`!(${wrong})`),
    iterate: {
      container: '{{if(isArray(body), body, if(isArray(body.users), body.users, add(emptyarray, body)))}}',
      condition: value(`(trim(${asText('item.user_id')}) != '') & (${goesTheWay}) & (${ofCohort}) & (${isSampled})`),
    },
    output: {
      id: value(`${firstOf(ofBatch('message_id'), messageId)} + ':' + ${asText('item.user_id')}`),
      cohort_id: value(textOrNull(ofBatch('cohort_id'))),
      cohort_name: value(textOrNull(ofBatch('cohort_name'))),
      amplitude_user_id: value(asText('item.user_id')),
      respondent_email: value(choose(`contains(${email}, '@')`, email, 'null')),
      cohort_computed_at: value(computedAt),
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
  connection: null,
  webhook: 'cohortMembers',
  staticParameters: [],
  communication: {},
  interface: interfaceOf(cohortEntrySchema),
  samples: samplesOf(sampleCohortEntry),
};
