import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeRequestMiddleware, Bundle, HttpRequestOptions, ZObject } from 'zapier-platform-core';
import { hostsOf, regions } from '../amplitude/hosts.ts';
import type { AmplitudeIngestion } from '../amplitude/ingestion.ts';
import { lastInterviewAt } from '../amplitude/last-interview.ts';
import type { AmplitudeFiles } from '../amplitude/rest.ts';
import type { LookUp } from '../amplitude/send-interview-event.ts';
import { type FailureKind, VendorFailure } from '../boundary/failure.ts';
import { belongsTo, belongsToEither } from '../boundary/host.ts';
import { AnswerTooLarge, type OpenDownload, type Send } from '../boundary/send.ts';
import { type Koji, kojiUrl } from '../koji/api.ts';
import { kojiAuthorization } from '../koji/contract.ts';
import { secretsOf } from '../koji/signature.ts';
import packageJson from '../package.json' with { type: 'json' };
import { amplitudeApiKeyOf, amplitudeKeysOf, amplitudeReaderOf, kojiKeyOf } from './connection.ts';
import { LONGEST_ASKING, MEGABYTES_AT_ONCE } from './limits.ts';

/** Options that `z.request` reads and its types leave out (Z3). */
type RequestOptions = HttpRequestOptions & { url: string; throwForThrottlingEarly: boolean; signal: AbortSignal };

/**
 * `z.request` deletes or refuses text in double curly braces, wherever it stands. In JSON they can only stand inside
 * texts, where the second one may as well be written as its escape (Z1).
 */
const hideCurlies = (json: string): string => json.replace(/\{\{/g, '{\\u007b');

/** How node-fetch says that an answer has more bytes than `size`. */
const isTooLarge = (error: unknown): boolean => error instanceof Error && / over limit: \d/.test(error.message);

/**
 * How `koji/` and `amplitude/` send requests on Zapier: visible in the Zap's history; they judge the answers. All of them
 * together have so many milliseconds.
 */
export const sendThrough = (z: ZObject, longest: number = LONGEST_ASKING): Send => {
  const deadline = performance.now() + longest;
  return async ({ method, url, headers, body, timeoutMilliseconds }) => {
    const options: RequestOptions = {
      method,
      url,
      headers,
      redirect: 'manual',
      size: MEGABYTES_AT_ONCE * 1_000_000,
      signal: AbortSignal.timeout(Math.max(1, Math.floor(Math.min(timeoutMilliseconds, deadline - performance.now())))),
      skipThrowForStatus: true,
      throwForThrottlingEarly: false,
    };
    const request = body === undefined ? options : { ...options, body: hideCurlies(body) };
    const response = await z.request(request).catch((error: unknown) => {
      throw isTooLarge(error) ? new AnswerTooLarge(MEGABYTES_AT_ONCE) : error;
    });
    return { status: response.status, header: (name) => response.headers.get(name), body: response.content };
  };
};

/**
 * Files, as they arrive. Unpacking is left to the reader: z.request's own takes a file that was cut short for a whole one
 * (node-fetch 2.7 unpacks with Z_SYNC_FLUSH).
 */
const downloadThrough =
  (z: ZObject): OpenDownload =>
  async ({ method, url, headers, timeoutMilliseconds }) => {
    const options: RequestOptions & { raw: true } = {
      method,
      url,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
      skipThrowForStatus: true,
      throwForThrottlingEarly: false,
      compress: false,
      raw: true,
    };
    const response = await z.request(options);
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      bytes: asBytes(response.body),
    };
  };

async function* asBytes(body: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield Buffer.from(chunk);
}

/** Time as it passes in one step from here on, whatever the clock is set to meanwhile; tests hand in their own. */
export const stepTime = () => {
  const offset = Date.now() - performance.now();
  return {
    now: (): number => Math.round(offset + performance.now()),
    sleep: (milliseconds: number): Promise<void> => sleep(milliseconds),
    random: Math.random,
  };
};

/** Koji through this step's Zapier connection. */
export const kojiThrough = (z: ZObject): Koji => ({
  send: sendThrough(z),
  url: kojiUrl(process.env),
  now: () => performance.now(),
});

/** Amplitude's Basic-auth APIs through this step's Zapier connection. Throws when the connection lacks a key for them. */
export const amplitudeThrough = (z: ZObject, bundle: Bundle, longest?: number): AmplitudeFiles => ({
  send: sendThrough(z, longest),
  download: downloadThrough(z),
  holdsSecret: (address) => keysIn(bundle.authData).some((key) => isIn(address, key)),
  host: hostsOf(amplitudeReaderOf(bundle.authData).region, process.env).rest,
});

/** Amplitude's uploads through this step's Zapier connection. Throws when the connection lacks the API key. */
export const ingestionThrough = (z: ZObject, bundle: Bundle): AmplitudeIngestion => ({
  send: sendThrough(z),
  host: hostsOf(amplitudeKeysOf(bundle.authData).amplitude_region, process.env).ingestion,
  apiKey: amplitudeApiKeyOf(bundle.authData),
  library: `koji-zapier/${packageJson.version}`,
});

/** How it is looked up what a person has; null where the connection has no key for it. */
export const lookUpThrough = (z: ZObject, bundle: Bundle): LookUp | null =>
  amplitudeKeysOf(bundle.authData).amplitude_secret_key === undefined
    ? null
    : (userId) => lastInterviewAt(amplitudeThrough(z, bundle), userId);

const isAmplitudeRest = (url: string): boolean =>
  regions.some((region) => belongsTo(url, hostsOf(region, process.env).rest));

const authorizationFor = (url: string, authData: Bundle['authData']): string | null => {
  if (belongsToEither(url, kojiUrl(process.env))) return kojiAuthorization(kojiKeyOf(authData));
  if (!isAmplitudeRest(url)) return null;
  const { amplitude_api_key, amplitude_secret_key } = amplitudeKeysOf(authData);
  if (amplitude_api_key === undefined || amplitude_secret_key === undefined) return null;
  return `Basic ${Buffer.from(`${amplitude_api_key}:${amplitude_secret_key}`).toString('base64')}`;
};

/** Puts each service's key on requests to that service's own host, and on no other. */
export const includeCredentials: BeforeRequestMiddleware = (request, _z, bundle) => {
  const authorization = authorizationFor(request.url, bundle.authData ?? {});
  return authorization === null
    ? request
    : { ...request, headers: { ...request.headers, Authorization: authorization } };
};

/** Without this, Zapier prints the bundle, with what people filled in, behind the message (Z2). */
const withoutBundle = <AnyError extends object>(error: AnyError): AnyError =>
  Object.assign(error, { doNotContextify: true });

/** Koji's 401 alone expires a connection: its Zaps would all be held, also for a fault of Amplitude's keys. */
const expires = ({ details }: VendorFailure): boolean => details.service === 'Koji' && details.status === 401;

type Shown = { message: string; code: string; status: number };

const zapierErrors: Record<FailureKind, (z: ZObject, failure: VendorFailure, shown: Shown) => Error> = {
  connection: (z, failure, { message, code, status }) =>
    expires(failure)
      ? withoutBundle(new z.errors.ExpiredAuthError(message))
      : new z.errors.Error(message, code, status),
  data: (z, _failure, { message }) => withoutBundle(new z.errors.HaltedError(message)),
  wait: (z, { details }, { message }) => new z.errors.ThrottledError(message, details.waitSeconds),
  retry: (z, { details }, { message, code, status }) =>
    details.waitSeconds === undefined
      ? new z.errors.Error(message, code, status)
      : new z.errors.ThrottledError(message, details.waitSeconds),
};

/** In characters. What is shorter is a word like others, and blotting it out would spoil messages. */
const SHORTEST_BLOTTED_OUT = 6;
/** In characters: so much of a secret is as good as the whole for finding it. */
const PIECE = 8;

const secretsIn = (authData: Bundle['authData']): string[] =>
  Object.entries(authData)
    .filter(([field]) => /key|secret/.test(field))
    .flatMap(([, value]) => secretsOf(String(value ?? '')))
    .filter((secret) => secret.length >= SHORTEST_BLOTTED_OUT);

/** The same without the word of people's own choice: it may be `cohort`, which addresses hold, and opens no service. */
const keysIn = ({ amplitude_webhook_secret: _word, ...others }: Bundle['authData']): string[] => secretsIn(others);

const isPieceIn = (text: string, secret: string): boolean => {
  const lastStart = Math.max(0, secret.length - PIECE);
  return Array.from({ length: lastStart + 1 }, (_, start) => secret.slice(start, start + PIECE)).some((piece) =>
    text.includes(piece),
  );
};

/** Signs between letters are passed over as well: `3c4f…/a3bf` shows as much of a key as `3c4fa3bf` does. */
const closedUp = (text: string): string => text.replace(/[^\p{Letter}\p{Number}\s]/gu, '');

const holdsPieceOf = (text: string, secret: string): boolean => {
  const [words, key] = [text.toLowerCase(), secret.toLowerCase()];
  return isPieceIn(words, key) || isPieceIn(closedUp(words), closedUp(key));
};

/** What stands of a text in the base64 of a longer one, wherever it begins in it: without the signs it shares. */
const base64Within = (text: string): string[] =>
  [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });

/** Whether an address holds a secret, as it is or as addresses and headers spell it. */
const isIn = (address: string, secret: string): boolean =>
  [secret, encodeURIComponent(secret), ...base64Within(secret)].some((spelled) => address.includes(spelled));

/** A message without the connection's secrets: what a vendor says is left out as soon as it holds a piece of one. */
export const withoutSecrets = (message: string, authData: Bundle['authData']): string => {
  const secrets = secretsIn(authData);
  const isOurs = !secrets.some((secret) => holdsPieceOf(message, secret));
  return secrets.reduce(
    (text, secret) => text.replaceAll(secret, '•••'),
    isOurs ? message : message.replace(/“.*”/s, '•••'),
  );
};

/** What people see of a failure. */
export const shownOf = ({ message, details }: VendorFailure, authData: Bundle['authData']): Shown => {
  const { code, status } = details;
  const isKey = secretsIn(authData).some((secret) => holdsPieceOf(code, secret));
  return { message: withoutSecrets(message, authData), code: isKey ? `http_${status}` : code, status };
};

/** Whatever a perform throws, as an error that Zapier knows what to do with, and that shows nobody's data. */
const toZapierError = (z: ZObject, error: unknown, authData: Bundle['authData']): unknown => {
  if (error instanceof VendorFailure) return zapierErrors[error.details.kind](z, error, shownOf(error, authData));
  return error instanceof Error ? withoutBundle(error) : error;
};

/** A perform whose failures reach people as Zapier's errors. */
export const guarded =
  <AnyBundle extends Bundle, Result>(perform: (z: ZObject, bundle: AnyBundle) => Promise<Result>) =>
  async (z: ZObject, bundle: AnyBundle): Promise<Result> => {
    try {
      return await perform(z, bundle);
    } catch (error) {
      throw toZapierError(z, error, bundle.authData ?? {});
    }
  };
