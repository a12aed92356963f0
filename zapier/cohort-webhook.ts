/** Amplitude's cohort webhook on Zapier: its form, and what becomes of a delivery. */
import { type Bundle, defineInputFields, type ZObject } from 'zapier-platform-core';
import type { CohortEntry } from '../amplitude/cohort-entry.ts';
import {
  carriesOneOf,
  cohortWebhookInput,
  type directions,
  readCohortDelivery,
  SECRET_HEADER,
} from '../amplitude/cohort-webhook.ts';
import { failure } from '../boundary/failure.ts';
import { jsonOf } from '../boundary/send.ts';
import { readInput } from '../boundary/values.ts';
import { amplitudeWebhookSecretOf } from './connection.ts';
import { deliveryOf } from './delivery.ts';

export const cohortWebhookFields = defineInputFields([
  {
    key: 'cohort_id',
    label: 'Cohort',
    type: 'string',
    required: false,
    dynamic: 'cohort_list.id.name',
    search: 'find_cohort.id',
    helpText:
      'Only this one, if you sync several cohorts to the same address. Empty: all that are synced here. The list needs the Amplitude Secret Key; its ID can be typed in without it.',
  },
  {
    key: 'email_property',
    label: 'Email Property',
    type: 'string',
    required: false,
    default: 'email',
    helpText: 'The user property that holds the email. It has to be ticked when the cohort is synced.',
  },
  {
    key: 'sample_percent',
    label: 'Sample Percent',
    type: 'number',
    required: false,
    default: '100',
    helpText: 'How many in a hundred trigger; always the same people, also in the polled trigger.',
  },
  {
    key: 'extra_properties',
    label: 'Extra Properties',
    type: 'string',
    list: true,
    required: false,
    helpText:
      'The user properties to hand on, each under its own name. Empty: all that were ticked when the cohort was synced.',
  },
  {
    key: 'direction',
    label: 'Direction',
    type: 'string',
    required: false,
    default: 'entering',
    choices: { entering: 'Entering the cohort', leaving: 'Leaving the cohort' } satisfies Record<
      (typeof directions)[number],
      string
    >,
  },
]);

/**
 * A delivery, from raw bytes to one item a user. A wrong header is no error, because anybody can post to the address
 * and errors would turn the Zap off.
 */
export const hearCohort = async (z: ZObject, bundle: Bundle): Promise<CohortEntry[]> => {
  if (bundle.rawRequest === undefined) {
    throw failure(
      'Amplitude',
      'data',
      'no_delivery',
      'This trigger runs when Amplitude sends a cohort; there is nothing to run by hand.',
    );
  }
  const { headers, content } = deliveryOf(bundle.rawRequest);
  const secret = amplitudeWebhookSecretOf(bundle.authData);
  if (secret !== undefined && !carriesOneOf([secret], headers)) {
    z.console.log(`Nothing was triggered. The header ${SECRET_HEADER} is missing or wrong.`);
    return [];
  }
  const input = readInput('Amplitude', cohortWebhookInput, bundle.inputData);
  const { entries, leftOut } = readCohortDelivery(jsonOf(content), input);
  if (leftOut.length > 0) z.console.log(`Left out: ${leftOut.join(' ')}`);
  return entries;
};
