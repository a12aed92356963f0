import { randomUUID } from 'node:crypto';
import type { Authentication, AuthField, Bundle, ZObject } from 'zapier-platform-core';
import { hostsOf, regionNames, WHERE_PROJECTS_ARE, WHICH_REGION } from './amplitude/hosts.ts';
import { probeAmplitudeKeys } from './amplitude/probe.ts';
import { failure, VendorFailure } from './boundary/failure.ts';
import { permissions, WHERE_KEYS_ARE, WHERE_WEBHOOKS_ARE } from './koji/contract.ts';
import { type KojiKeyState, probeKojiKey } from './koji/probe.ts';
import { projectOf } from './koji/project.ts';
import { type Connection, type ConnectionKey, connectionOf } from './zapier/connection.ts';
import { currentBuild } from './zapier/edition.ts';
import { kojiThrough, sendThrough, shownOf, withoutSecrets } from './zapier/middleware.ts';

/** People wait at most 8 seconds for the test; Amplitude may be asked twice, once for each region. */
const timeout = { koji: 7_500, amplitude: 3_700 } as const;

const testKoji = (z: ZObject): Promise<KojiKeyState> => probeKojiKey(kojiThrough(z), randomUUID(), timeout.koji);

const testAmplitude = async (z: ZObject, connection: Connection): Promise<string> => {
  const { amplitude_api_key: apiKey, amplitude_secret_key: secretKey, amplitude_region: region } = connection;
  if (apiKey === undefined) {
    if (secretKey === undefined) return 'not connected';
    throw failure(
      'Amplitude',
      'connection',
      'no_api_key',
      'Amplitude Secret Key is filled in and Amplitude API Key is not: Amplitude needs both.',
    );
  }
  const state = await probeAmplitudeKeys(
    sendThrough(z),
    { apiKey, secretKey, region },
    (place) => hostsOf(place, process.env),
    timeout.amplitude,
  );
  return state === 'good'
    ? `keys accepted in region ${regionNames[region]}`
    : 'not checked: no clear answer from Amplitude';
};

/** What tells connections apart without a secret: the person's own name for it, else the key's fingerprint. */
const labelOf = ({ connection_name, koji_api_key, amplitude_api_key, amplitude_region }: Connection): string =>
  connection_name ??
  [
    `Key ${projectOf(koji_api_key).slice(0, 6)}`,
    ...(amplitude_api_key === undefined ? [] : [`Amplitude ${regionNames[amplitude_region]}`]),
  ].join(' + ');

const kojiStates: Record<KojiKeyState, string> = {
  good: 'API key accepted',
  'may not read': `API key accepted, without ${permissions.read}`,
  unchecked: 'API key accepted, not checked further',
};

/** Checks whatever was filled in and writes nothing. A wrong key is an error here, not an expired connection. */
const test = async (z: ZObject, bundle: Bundle) => {
  try {
    const connection = connectionOf(bundle.authData);
    const [koji, amplitude] = await Promise.allSettled([testKoji(z), testAmplitude(z, connection)]);
    if (koji.status === 'rejected') throw koji.reason;
    if (amplitude.status === 'rejected') throw amplitude.reason;
    // A key may have been pasted into the name, too.
    const name = withoutSecrets(labelOf(connection), bundle.authData);
    return {
      connection_label: koji.value === 'may not read' ? `${name} (can't read interviews)` : name,
      koji: kojiStates[koji.value],
      amplitude: amplitude.value,
    };
  } catch (error) {
    if (!(error instanceof VendorFailure)) throw error;
    const { message, code, status } = shownOf(error, bundle.authData);
    throw new z.errors.Error(message, code, status);
  }
};

type ConnectionField = AuthField & { key: ConnectionKey };

const allFields: ConnectionField[] = [
  {
    key: 'koji_api_key',
    label: 'Koji API Key',
    type: 'password',
    required: true,
    helpText: `Make one in Koji under [${WHERE_KEYS_ARE}](https://www.koji.so/docs/api-authentication), with the permissions \`${permissions.start}\` and \`${permissions.read}\`. One key belongs to one project.`,
  },
  {
    key: 'connection_name',
    label: 'Connection Name',
    type: 'string',
    required: false,
    placeholder: 'Trial study, EU project',
    helpText: 'What this connection is called in your Zaps. Useful when you connect several projects.',
  },
  {
    key: 'koji_webhook_secret',
    label: 'Koji Webhook Secret',
    type: 'password',
    required: false,
    helpText: `Leave this empty unless a Zap asks for it. Koji shows it under [${WHERE_WEBHOOKS_ARE}](https://www.koji.so/docs/webhook-setup). With a mistyped secret such a Zap never triggers.`,
  },
  {
    key: 'amplitude_api_key',
    label: 'Amplitude API Key',
    type: 'password',
    required: false,
    helpText: `Needed for everything in Amplitude. It is in Amplitude under [${WHERE_PROJECTS_ARE}](https://amplitude.com/docs/apis/authentication) → your project.`,
  },
  {
    key: 'amplitude_secret_key',
    label: 'Amplitude Secret Key',
    type: 'password',
    required: false,
    helpText:
      'Needed for User Entered Cohort, Find Cohort, Find Amplitude User and Create Chart Annotation; Send Interview Event works without it. It stands [beside the API key](https://amplitude.com/docs/apis/authentication).',
  },
  {
    key: 'amplitude_region',
    label: 'Amplitude Region',
    type: 'string',
    required: false,
    default: 'us',
    choices: regionNames,
    helpText: WHICH_REGION,
  },
  {
    key: 'amplitude_webhook_secret',
    label: 'Amplitude Webhook Secret',
    type: 'password',
    required: false,
    helpText:
      'Only for Zaps that start from the [cohort webhook](https://amplitude.com/docs/data/destination-catalog/cohort-webhooks). A long random text of your own, the same as in the header `X-Webhook-Secret` in Amplitude. Empty: whoever knows the address can trigger the Zap.',
  },
];

/** Nothing of a public build hears Amplitude's webhook. */
const fields = allFields.filter(({ key }) => key !== 'amplitude_webhook_secret' || currentBuild() === 'private');

/** The connection: Koji's key; Amplitude's keys and the webhook secrets where a Zap needs them. */
export const authentication = {
  type: 'custom',
  fields,
  test,
  connectionLabel: '{{connection_label}}',
} satisfies Authentication;
