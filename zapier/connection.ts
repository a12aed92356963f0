import * as z from 'zod';
import { type Region, regions, WHERE_PROJECTS_ARE } from '../amplitude/hosts.ts';
import { failure } from '../boundary/failure.ts';
import { key } from '../boundary/secrets.ts';
import { oneOf, optional, readInput, required, trimmedText } from '../boundary/values.ts';
import { HOLDS_SECRETS, secretsField } from '../koji/signature.ts';

const COPY_AGAIN = 'holds a space, a line break or an unusual character; copy it again';

const kojiKey = z.object({ koji_api_key: required(key, COPY_AGAIN) });

const kojiConnection = kojiKey.extend({
  koji_webhook_secret: optional(secretsField, HOLDS_SECRETS).transform((secrets) => secrets ?? []),
});
const namedConnection = kojiConnection.extend({ connection_name: optional(trimmedText, 'must be text') });

const amplitudeKeys = z.object({
  amplitude_api_key: optional(key, COPY_AGAIN),
  amplitude_secret_key: optional(key, COPY_AGAIN),
  amplitude_region: oneOf(regions).transform((region) => region ?? 'us'),
});
const amplitudeWebhook = z.object({ amplitude_webhook_secret: optional(trimmedText, 'must be text') });

type AuthData = Record<string, unknown>;

/** The whole connection. Throws a `VendorFailure` that names the field in the way. */
export const connectionOf = (authData: AuthData) => ({
  ...readInput('Koji', namedConnection, authData),
  ...amplitudeKeysOf(authData),
  amplitude_webhook_secret: amplitudeWebhookSecretOf(authData),
});
export type Connection = ReturnType<typeof connectionOf>;
/** The keys of the connection's fields, as people's connections hold them. */
export type ConnectionKey = keyof Connection;

/** Koji's part of the connection. Throws a `VendorFailure` that names the field in the way. */
export const kojiConnectionOf = (authData: AuthData) => readInput('Koji', kojiConnection, authData);

/** Koji's API key alone. Throws a `VendorFailure` when it is missing or can't be one. */
export const kojiKeyOf = (authData: AuthData): string => readInput('Koji', kojiKey, authData).koji_api_key;

/** Amplitude's keys alone. Throws a `VendorFailure` when one can't be a key. */
export const amplitudeKeysOf = (authData: AuthData) => readInput('Amplitude', amplitudeKeys, authData);

/** What Amplitude's cohort webhook has to carry, if anything. Throws a `VendorFailure` when it can't be a secret. */
export const amplitudeWebhookSecretOf = (authData: AuthData): string | undefined =>
  readInput('Amplitude', amplitudeWebhook, authData).amplitude_webhook_secret;

const ADD_IT = `Add it under Apps → Koji → your connection (in Amplitude it is under ${WHERE_PROJECTS_ARE}).`;

/**
 * The project that both of Amplitude's keys can read, by its region and API key. Throws a `VendorFailure` that says
 * where to put the missing one.
 */
export const amplitudeReaderOf = (authData: AuthData): { region: Region; apiKey: string } => {
  const { amplitude_api_key, amplitude_secret_key, amplitude_region } = amplitudeKeysOf(authData);
  if (amplitude_api_key !== undefined && amplitude_secret_key !== undefined) {
    return { region: amplitude_region, apiKey: amplitude_api_key };
  }
  const missing = amplitude_api_key === undefined ? 'Amplitude API Key' : 'Amplitude Secret Key';
  throw failure(
    'Amplitude',
    'connection',
    'no_keys',
    `This needs both of Amplitude's keys, and the connection has no ${missing}. ${ADD_IT}`,
  );
};

/** The key that writes events, which the connection may lack. Throws a `VendorFailure` that says where to put it. */
export const amplitudeApiKeyOf = (authData: AuthData): string => {
  const { amplitude_api_key } = amplitudeKeysOf(authData);
  if (amplitude_api_key !== undefined) return amplitude_api_key;
  throw failure(
    'Amplitude',
    'connection',
    'no_api_key',
    `This step writes to Amplitude, and the connection has no Amplitude API Key. ${ADD_IT}`,
  );
};
