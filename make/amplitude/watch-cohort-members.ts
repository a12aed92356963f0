import { cohortEntrySchema, sampleCohortEntry } from '../../amplitude/cohort-entry.ts';
import { directions, SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import type { Module, Webhook } from '../language/format.ts';
import { asText, call, choose, firstOf, matches, quoted, replaceAll, value } from '../language/iml.ts';
import { interfaceOf, samplesOf } from '../language/interface.ts';
import { momentOrNull, wireText } from '../language/values.ts';

const header = `headers.\`${SECRET_HEADER.toLowerCase()}\``;
const secret = call('trim', asText('parameters.amplitude_webhook_secret'));
/** Without a secret nothing gets in: an open address would have anybody start interviews that cost credits. */
const wrong = `(${secret} = '') | (trim(ifempty(${header}, '')) != ${secret})`;

/** In a list each person carries what a batch says once for all of its people. */
const ofBatch = (key: string): string => choose(call('isArray', 'body'), `item.${key}`, `body.${key}`);

/** A template for single users names the cohort in a key, as `amplitude_My Cohort_7khm89cz` (A18). */
const NAMED_IN_KEY = '.*"amplitude_([^"]+)_([^"_]+)":"?(true|false|yes|no|1|0)"?[,}].*';
const namedInKey = (part: 1 | 2 | 3): string => {
  const json = call('createJSON', 'item');
  return choose(
    matches(json, NAMED_IN_KEY),
    call('replace', json, quoted(`/^${NAMED_IN_KEY}$/`), quoted(`$${part}`)),
    quoted(''),
  );
};

const saidDirection = call('trim', asText(ofBatch('in_cohort')));
const namedOr = (part: 1 | 2 | 3, otherwise: string): string =>
  choose(`${saidDirection} = ''`, namedInKey(part), otherwise);
const cohortName = namedOr(1, call('trim', wireText(ofBatch('cohort_name'))));
const cohortId = namedOr(2, call('trim', wireText(ofBatch('cohort_id'))));
const direction = call('lower', namedOr(3, saidDirection));
const userId = wireText('item.user_id');

const hash = `sha256(${cohortId} + ':' + ${userId})`;
const digit = (place: number): string => `indexOf('0123456789abcdef', substring(${hash}, ${place}, ${place + 1}))`;
/** The rule of amplitude/sampling.ts, without its hexadecimal number. */
const isSampled = `((${digit(0)} * 4096) + (${digit(1)} * 256) + (${digit(2)} * 16) + ${digit(3)}) * 100 < ifempty(parameters.sample_percent, 100) * 65536`;

const isOneOf = (words: string): string => call('contains', call('split', quoted(words), quoted(',')), direction);
const goesTheWay = choose(
  "ifempty(parameters.direction, 'entering') = 'leaving'",
  isOneOf('false,no,n,0,off'),
  isOneOf('true,yes,y,1,on'),
);
const wanted = call('trim', asText('parameters.cohort_id'));
const ofCohort = `(${wanted} = '') | (${cohortId} = ${wanted})`;

const properties = call('ifempty', 'item.user_properties', "toCollection(emptyarray, 'key', 'value')");
/** The same with small letters everywhere, to find a property whatever its capitals; its value has none then, either. */
const lowered = call('parseJSON', call('lower', call('createJSON', properties)));
const name = call('ifempty', call('trim', asText('parameters.email_property')), quoted('email'));
const plainName = call('lower', replaceAll(name, '^gp:', ''));
/** A property by its name, which may hold a dot: `get` would take that for a way into the value. */
const property = (among: string, key: string): string =>
  wireText(call('first', call('map', call('toArray', among), quoted('value'), quoted('key'), key)));
const email = call(
  'trim',
  firstOf(
    property(properties, name),
    property(properties, `'gp:' + ${name}`),
    property(properties, plainName),
    property(lowered, plainName),
    property(lowered, `'gp:' + ${plainName}`),
  ),
);
const computedAt = momentOrNull(ofBatch('computed_time'));
/** Where a delivery has no id of its own: its cohort and when that was computed, if it says so. */
const computedText = choose(
  `(${computedAt}) = null`,
  "''",
  `formatDate(${computedAt}, 'YYYY-MM-DDTHH:mm:ss.SSS', 'UTC') + 'Z'`,
);
const messageId = firstOf(call('trim', wireText(ofBatch('message_id'))), `${cohortId} + '@' + ${computedText}`);

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
      condition: value(`(trim(${userId}) != '') & (${goesTheWay}) & (${ofCohort}) & (${isSampled})`),
    },
    output: {
      id: value(`${messageId} + ':' + ${userId}`),
      cohort_id: value(call('ifempty', cohortId, 'null')),
      cohort_name: value(call('ifempty', cohortName, 'null')),
      amplitude_user_id: value(userId),
      respondent_email: value(choose(`contains(${email}, '@')`, email, 'null')),
      cohort_computed_at: value(computedAt),
      properties: value(properties),
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
