import {
  amplitudeApiKeyOf,
  amplitudeKeysOf,
  amplitudeReaderOf,
  amplitudeWebhookSecretOf,
  connectionOf,
  kojiConnectionOf,
  kojiKeyOf,
} from '../../zapier/connection.ts';
import { connected } from '../support/app.ts';

/** What stops somebody who connects with this. */
const refusal = (running: () => unknown): { message: string; details?: unknown } => {
  try {
    running();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It was expected to be refused.');
};

const { koji_api_key, amplitude_api_key, amplitude_secret_key } = connected;
const WHERE = 'Add it under Apps → Koji → your connection (in Amplitude it is under Settings → Projects).';

test('the Koji API key alone is a connection, to Amplitude in the US', () => {
  expect(connectionOf({ koji_api_key })).toEqual({ koji_api_key, koji_webhook_secret: [], amplitude_region: 'us' });
});

test('what was filled in is read without the spaces around it', () => {
  const filledIn = {
    koji_api_key: ` ${koji_api_key}\n`,
    connection_name: ' Trial study ',
    koji_webhook_secret: ' the_first_secret, the_second_secret ',
    amplitude_api_key: `${amplitude_api_key} `,
    amplitude_secret_key: ` ${amplitude_secret_key}`,
    amplitude_region: ' EU ',
    amplitude_webhook_secret: ' sesame ',
  };
  const secrets = ['the_first_secret, the_second_secret', 'the_first_secret', 'the_second_secret'];
  expect(connectionOf(filledIn)).toEqual({
    koji_api_key,
    connection_name: 'Trial study',
    koji_webhook_secret: secrets,
    amplitude_api_key,
    amplitude_secret_key,
    amplitude_region: 'eu',
    amplitude_webhook_secret: 'sesame',
  });
  expect(kojiConnectionOf(filledIn)).toEqual({ koji_api_key, koji_webhook_secret: secrets });
  expect(kojiKeyOf(filledIn)).toBe(koji_api_key);
  expect(amplitudeKeysOf(filledIn)).toEqual({ amplitude_api_key, amplitude_secret_key, amplitude_region: 'eu' });
  expect(amplitudeReaderOf(filledIn)).toEqual({ region: 'eu', apiKey: amplitude_api_key });
  expect(amplitudeApiKeyOf(filledIn)).toBe(amplitude_api_key);
  expect(amplitudeWebhookSecretOf(filledIn)).toBe('sesame');
});

describe('a key with what no header can hold is refused before it breaks a request, and is not shown:', () => {
  const COPY = 'holds a space, a line break or an unusual character; copy it again';
  test.each([
    ['a space inside', 'pk one'],
    ['a space behind the first character', 'p k_one'],
    ['a line break inside', 'pk\none'],
    ['an umlaut', 'pk_ü'],
    ['an umlaut at the beginning', 'ük_one'],
  ])('%s', (_what, key) => {
    expect(refusal(() => kojiKeyOf({ koji_api_key: key })).message).toBe(
      `Nothing was sent to Koji: the field Koji API Key ${COPY}.`,
    );
    expect(refusal(() => amplitudeKeysOf({ amplitude_api_key: key })).message).toBe(
      `Nothing was sent to Amplitude: the field Amplitude API Key ${COPY}.`,
    );
    expect(refusal(() => amplitudeKeysOf({ amplitude_secret_key: key })).message).toBe(
      `Nothing was sent to Amplitude: the field Amplitude Secret Key ${COPY}.`,
    );
  });
});

test.each([
  [
    'a region that Amplitude does not have',
    { amplitude_region: 'asia' },
    'Nothing was sent to Amplitude: the field Amplitude Region must be one of us, eu.',
  ],
  [
    'an Amplitude key with a space',
    { amplitude_api_key: 'a b' },
    'Nothing was sent to Amplitude: the field Amplitude API Key holds a space, a line break or an unusual character; copy it again.',
  ],
  [
    'a name that is no text',
    { connection_name: { a: 1 } },
    'Nothing was sent to Koji: the field Connection Name must be text.',
  ],
  [
    'a webhook secret that is no text',
    { amplitude_webhook_secret: { a: 1 } },
    'Nothing was sent to Amplitude: the field Amplitude Webhook Secret must be text.',
  ],
  [
    'a secret that is too short',
    { koji_webhook_secret: 'fifteen_letters' },
    'Nothing was sent to Koji: the field Koji Webhook Secret must have at least 16 characters; copy the whole of it from Koji.',
  ],
])('%s is refused in words that name the service', (_what, field, message) => {
  expect(refusal(() => connectionOf({ koji_api_key, ...field })).message).toBe(message);
});

describe('a connection that lacks a key of Amplitude says which one, and where it belongs:', () => {
  test.each([
    ['Amplitude API Key', { amplitude_secret_key }],
    ['Amplitude API Key', {}],
    ['Amplitude Secret Key', { amplitude_api_key }],
  ])('for reading, %s', (missing, keys) => {
    expect(refusal(() => amplitudeReaderOf(keys))).toMatchObject({
      message: `This needs both of Amplitude's keys, and the connection has no ${missing}. ${WHERE}`,
      details: { service: 'Amplitude', kind: 'connection', code: 'no_keys' },
    });
  });

  test('for writing, the API key alone', () => {
    expect(amplitudeApiKeyOf({ amplitude_api_key })).toBe(amplitude_api_key);
    expect(refusal(() => amplitudeApiKeyOf({ amplitude_secret_key }))).toMatchObject({
      message: `This step writes to Amplitude, and the connection has no Amplitude API Key. ${WHERE}`,
      details: { service: 'Amplitude', kind: 'connection', code: 'no_api_key' },
    });
  });
});
