/** What whoever runs the forwarder sets, read once from the environment. */
import * as z from 'zod';
import { memberRules } from '../amplitude/cohort-entry.ts';
import { cohortWebhookInput } from '../amplitude/cohort-webhook.ts';
import { hostsOf, regions } from '../amplitude/hosts.ts';
import { writeRules } from '../amplitude/interview-event.ts';
import { number, oneOf, optional, required, trimmedText } from '../boundary/values.ts';
import { kojiUrl } from '../koji/api.ts';
import { modes } from '../koji/contract.ts';
import { HOLDS_SECRETS, secretsField } from '../koji/signature.ts';
import { unavailable } from './fault.ts';
import { StartError } from './start-error.ts';

/** Keys travel in headers, which hold nothing but visible ASCII. */
const key = trimmedText.refine((value) => /^[\x21-\x7e]+$/.test(value));
const KEY = 'holds a space, a line break or an unusual character';

/** A secret of ours has to be long enough not to be guessed. */
const FEWEST_CHARACTERS = 16;
const isSecret = (value: string): boolean => /^[\x21-\x7e]+$/.test(value) && value.length >= FEWEST_CHARACTERS;
const SECRET = `must have at least ${FEWEST_CHARACTERS} characters, none of them a space`;
/** Several at once, separated by spaces or commas, while one is being replaced. */
const secrets = optional(trimmedText, 'must be text')
  .transform((given) => (given ?? '').split(/[\s,]+/).filter((one) => one !== ''))
  .refine((all) => all.every(isSecret), SECRET);

/** The service is for a reverse proxy on the same machine, unless whoever runs it says otherwise. */
const LOOPBACK = '127.0.0.1';
/** A name, or an address of either kind. */
const host = trimmedText.refine((value) => /^([\w.-]+|[\da-f.:]+)$/i.test(value));

const numberOrNone = (least: number, most: number) =>
  optional(
    number.pipe(z.int().min(least).max(most)),
    `must be a whole number from ${least} to ${most.toLocaleString('en')}`,
  );
const wholeNumber = (least: number, most: number, otherwise: number) =>
  numberOrNone(least, most).transform((value) => value ?? otherwise);

const schema = z.object({
  KOJI_API_KEY: required(key, KEY),
  KOJI_WEBHOOK_SECRET: required(secretsField, HOLDS_SECRETS),
  AMPLITUDE_API_KEY: required(key, KEY),
  AMPLITUDE_SECRET_KEY: optional(key, KEY),
  AMPLITUDE_REGION: oneOf(regions).transform((region) => region ?? 'us'),
  AMPLITUDE_WEBHOOK_SECRET: secrets,
  ETL_SECRET: secrets,
  PAGE_PASSWORD: secrets,
  DATABASE_URL: optional(z.url({ protocol: /^postgres(ql)?$/ }), 'must be an address that begins with postgres://'),
  FORWARDER_FOLDER: optional(trimmedText, 'must be a folder').transform((folder) => folder ?? '.forwarder'),
  HOST: optional(host, 'must be an address of this machine, such as 127.0.0.1, without a port').transform(
    (host) => host ?? LOOPBACK,
  ),
  PORT: wholeNumber(0, 65_535, 8787),
  START_SPACING_MILLISECONDS: wholeNumber(1, 10_000, 1_100),
  WORK_MILLISECONDS: wholeNumber(1_000, 900_000, 50_000),
  WAVE: optional(trimmedText, 'must be text').transform((wave) => wave ?? ''),
  NOT_AGAIN_DAYS: numberOrNone(1, 3_650),
  MODE: oneOf(modes),
  LANGUAGE: optional(trimmedText, 'must be a language code such as en'),
  MOST_QUEUED: wholeNumber(1, 10_000_000, 200_000),
  EVENT_TYPE: writeRules.shape.event_type,
  IDENTIFY_BY: writeRules.shape.identify_by,
  MINIMUM_QUALITY: writeRules.shape.minimum_quality,
  WRITE_WITHOUT_EMAIL: writeRules.shape.write_without_email,
  UPDATE_USER_PROPERTIES: writeRules.shape.update_user_properties,
  MIN_ID_LENGTH: writeRules.shape.min_id_length,
  EMAIL_PROPERTY: memberRules.shape.email_property,
  SAMPLE_PERCENT: memberRules.shape.sample_percent,
});

/** The names of all settings. */
export const settingNames = Object.keys(schema.shape);

/** Everything that is wrong with the environment, one line each. Holds no value. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError';

  constructor(lines: string[]) {
    super(`The forwarder can't start:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}

/** What others are told while it is not set up: whoever sets it up finds the names in the log. */
export const notSetUp = (error: ConfigError): Response => {
  console.error(error.message);
  return unavailable('The forwarder is not set up: its log says what is missing.');
};

/** The forwarder's settings: rules as the vendor rooms read them, and each service's address. */
export type Config = ReturnType<typeof readConfig>;

type Environment = Record<string, string | undefined>;

const addressesOf = (environment: Environment, region: (typeof regions)[number], wrong: string[]) => {
  try {
    return { koji: kojiUrl(environment), amplitude: hostsOf(region, environment) };
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : 'An address can not be used.');
    return { koji: '', amplitude: { ingestion: '', rest: '' } };
  }
};

/** What docker and systemd leave behind a value, where a shell or Node takes it away. */
const hasComment = (value: string | undefined): boolean => /\s#/.test(value ?? '');
const COMMENT = 'holds a comment. Give it a line of its own: docker and systemd take it for a part of the value';

/** Reads the environment. Throws a {@link ConfigError} that names every missing or wrong value and shows none. */
export const readConfig = (environment: Environment) => {
  const parsed = schema.safeParse(environment);
  const commented = settingNames.filter((name) => hasComment(environment[name]));
  const wrong = [
    ...commented.map((name) => `${name} ${COMMENT}.`),
    ...(parsed.error?.issues ?? [])
      .map(({ path, message }) => ({ name: String(path[0]), message }))
      .filter(({ name }) => !commented.includes(name))
      .map(({ name, message }) => `${name} ${message}.`),
  ];
  const addresses = addressesOf(environment, parsed.data?.AMPLITUDE_REGION ?? 'us', wrong);
  if (!parsed.success || wrong.length > 0) throw new ConfigError(wrong);
  const values = parsed.data;
  return {
    koji: { apiKey: values.KOJI_API_KEY, webhookSecrets: values.KOJI_WEBHOOK_SECRET, url: addresses.koji },
    amplitude: {
      apiKey: values.AMPLITUDE_API_KEY,
      secretKey: values.AMPLITUDE_SECRET_KEY,
      host: addresses.amplitude.ingestion,
      restHost: addresses.amplitude.rest,
      webhookSecrets: values.AMPLITUDE_WEBHOOK_SECRET,
    },
    etlSecrets: values.ETL_SECRET,
    pagePasswords: values.PAGE_PASSWORD,
    databaseUrl: values.DATABASE_URL,
    folder: values.FORWARDER_FOLDER,
    host: values.HOST,
    port: values.PORT,
    starting: { wave: values.WAVE, notAgainDays: values.NOT_AGAIN_DAYS, mode: values.MODE, language: values.LANGUAGE },
    spacingMilliseconds: values.START_SPACING_MILLISECONDS,
    workMilliseconds: values.WORK_MILLISECONDS,
    mostQueued: values.MOST_QUEUED,
    members: {
      ...cohortWebhookInput.parse({}),
      email_property: values.EMAIL_PROPERTY,
      sample_percent: values.SAMPLE_PERCENT,
    },
    writing: {
      event_type: values.EVENT_TYPE,
      identify_by: values.IDENTIFY_BY,
      minimum_quality: values.MINIMUM_QUALITY,
      write_without_email: values.WRITE_WITHOUT_EMAIL,
      update_user_properties: values.UPDATE_USER_PROPERTIES,
      min_id_length: values.MIN_ID_LENGTH,
      // A delivery is written as it comes; its job keeps no answers.
      include_answers: false,
      event_properties: writeRules.shape.event_properties.parse(undefined),
    },
  };
};
