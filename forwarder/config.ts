/** What whoever runs the forwarder sets, read once from the environment. */
import * as z from 'zod';
import { memberRules } from '../amplitude/cohort-entry.ts';
import { cohortWebhookInput } from '../amplitude/cohort-webhook.ts';
import { hostsOf, hostVariables, regions } from '../amplitude/hosts.ts';
import { writeRules } from '../amplitude/interview-event.ts';
import { key } from '../boundary/secrets.ts';
import { number, oneOf, optional, required, trimmedText } from '../boundary/values.ts';
import { kojiUrl } from '../koji/api.ts';
import { KOJI_API_URL_VARIABLE } from '../koji/contract.ts';
import { projectOf } from '../koji/project.ts';
import { HOLDS_SECRETS, secretsField } from '../koji/signature.ts';
import { startInput } from '../koji/start.ts';
import { StartError, unavailable } from './fault.ts';

const KEY = 'holds a space, a line break or an unusual character';

/** A secret of ours has to be long enough not to be guessed. */
const FEWEST_CHARACTERS = 16;
const isSecret = (value: string): boolean => key.safeParse(value).success && value.length >= FEWEST_CHARACTERS;
const SECRET = `must have at least ${FEWEST_CHARACTERS} characters, none of them a space`;
/** Several at once, separated by spaces or commas, while one is being replaced. */
const secrets = optional(trimmedText, 'must be text')
  .transform((given) => (given ?? '').split(/[\s,]+/).filter((one) => one !== ''))
  .refine((all) => all.every(isSecret), SECRET);

/** The service is for a reverse proxy on the same machine, unless whoever runs it says otherwise. */
const LOOPBACK = '127.0.0.1';
/** A name, or an address of either kind; of two colons at least, where it has any. */
const host = trimmedText.refine((value) => /^([\w.-]+|[\da-f]*:[\da-f.]*:[\da-f.:]*)$/i.test(value));

const numberOrNone = (least: number, most: number) =>
  optional(
    number.pipe(z.int().min(least).max(most)),
    `must be a whole number from ${least} to ${most.toLocaleString('en')}`,
  );
const wholeNumber = (least: number, most: number, otherwise: number) =>
  numberOrNone(least, most).transform((value) => value ?? otherwise);

const own = z.object({
  KOJI_API_KEY: required(key, KEY),
  KOJI_WEBHOOK_SECRET: required(secretsField, HOLDS_SECRETS),
  AMPLITUDE_API_KEY: required(key, KEY),
  AMPLITUDE_SECRET_KEY: optional(key, KEY),
  AMPLITUDE_REGION: oneOf(regions).transform((region) => region ?? 'us'),
  AMPLITUDE_WEBHOOK_SECRET: secrets,
  ETL_SECRET: secrets,
  PAGE_PASSWORD: secrets,
  DATABASE_URL: optional(
    z.url({ protocol: /^postgres(ql)?$/ }),
    'must be an address such as postgres://user:password@host/database; in the password # is written %23, / %2F and ? %3F',
  ),
  FORWARDER_FOLDER: optional(trimmedText, 'must be a folder').transform((folder) => folder ?? '.forwarder'),
  HOST: optional(host, 'must be an address of this machine, such as 127.0.0.1, without a port').transform(
    (host) => host ?? LOOPBACK,
  ),
  PORT: wholeNumber(0, 65_535, 8787),
  START_SPACING_MILLISECONDS: wholeNumber(1, 10_000, 1_100),
  WORK_MILLISECONDS: wholeNumber(1_000, 900_000, 50_000),
  WAVE: optional(trimmedText, 'must be text').transform((wave) => wave ?? ''),
  NOT_AGAIN_DAYS: numberOrNone(1, 3_650),
  MODE: startInput.shape.mode,
  LANGUAGE: startInput.shape.language,
  MOST_QUEUED: wholeNumber(1, 10_000_000, 200_000),
});

/** What the apps have fields for: the same names in capitals. A delivery is written as it comes; its job keeps no answers. */
const writing = writeRules.omit({ include_answers: true, event_properties: true });
const members = memberRules.omit({ extra_properties: true });
const fields = [...Object.keys(writing.shape), ...Object.keys(members.shape)];

const schema = z.object({ own, writing, members });

/** The names of all settings. */
export const settingNames = [
  ...Object.keys(own.shape),
  ...fields.map((name) => name.toUpperCase()),
  KOJI_API_URL_VARIABLE,
  ...Object.values(hostVariables),
];

/** What others are told while it is not set up: whoever sets it up finds the names in the log. */
export const notSetUp = (error: StartError): Response => {
  console.error(error.message);
  return unavailable('The forwarder is not set up: its log says what is missing.');
};

/** The forwarder's settings: rules as the vendor rooms read them, and each service's address. */
export type Config = ReturnType<typeof readConfig>;

/** What is no text is no setting: Cloudflare has its queues there, too. */
const environmentSchema = z.record(z.string(), z.string().optional().catch(undefined));
type Environment = z.infer<typeof environmentSchema>;

const addressesOf = (environment: Environment, region: (typeof regions)[number], wrong: string[]) => {
  try {
    return { koji: kojiUrl(environment), amplitude: hostsOf(region, environment) };
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : 'An address can not be used.');
    return { koji: '', amplitude: { ingestion: '', rest: '' } };
  }
};

/** What docker leaves at a value, and systemd of a comment, where a shell or Node takes it away. */
const hasMore = (value: string | undefined): boolean => /\s#|^(["']).*\1$/s.test(value ?? '');
const MORE =
  'holds a comment or stands in quotes. Give the comment a line of its own, or leave the quotes out: docker takes both for a part of the value';

/** Reads the environment. Throws a {@link StartError} that names every missing or wrong value, one a line, and shows none. */
export const readConfig = (given: object) => {
  const environment = environmentSchema.parse({ ...given });
  const inFields = Object.fromEntries(fields.map((name) => [name, environment[name.toUpperCase()]]));
  const parsed = schema.safeParse({ own: environment, writing: inFields, members: inFields });
  const unread = settingNames.filter((name) => hasMore(environment[name]));
  const wrong = [
    ...unread.map((name) => `${name} ${MORE}.`),
    ...(parsed.error?.issues ?? [])
      .map(({ path, message }) => ({ name: String(path[1]).toUpperCase(), message }))
      .filter(({ name }) => !unread.includes(name))
      .map(({ name, message }) => `${name} ${message}.`),
  ];
  const addresses = addressesOf(environment, parsed.data?.own.AMPLITUDE_REGION ?? 'us', wrong);
  if (!parsed.success || wrong.length > 0) throw new StartError(["The forwarder can't start:", ...wrong].join('\n  '));
  const { own: values } = parsed.data;
  return {
    project: projectOf(values.KOJI_API_KEY),
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
    members: { ...cohortWebhookInput.parse({}), ...parsed.data.members },
    writing: { ...writeRules.parse({}), ...parsed.data.writing },
  };
};
