/**
 * Everything this product takes for granted about Koji, as data and wire schemas, in the order of docs/facts/koji.md. K1
 * to K14 are choices, because Koji's public pages leave them open; the rest is documented. When a real account shows
 * otherwise, this file and its fixture `sample.ts` are the one place to mend.
 */
import * as z from 'zod';
import { isPlaceholder } from '../boundary/placeholders.ts';
import { number, type Property, shallow, text, trimmedText } from '../boundary/values.ts';

/** A text or a number; an empty one, and anything else, is null; undefined where nothing is said of it. */
const wireTextIfSaid = text
  .nullish()
  .transform((value) => (value === '' ? null : value))
  .catch(null);
/** The same; what nothing is said of is null, too. */
const wireText = wireTextIfSaid.transform((value) => value ?? null);

const wireId = text.pipe(z.string().min(1));
/** A placeholder would make one interview of all that have it. */
const wireInterviewId = wireId.refine((id) => !isPlaceholder(id));

const wireSeconds = number
  .pipe(z.number().nonnegative())
  .nullish()
  .transform((seconds) => seconds ?? null)
  .catch(null);

const record = z.record(z.string(), shallow).catch({});
const anObject = z.record(z.string(), z.unknown());

/** How an interview, a respondent or a delivery is flagged anonymous (K14). */
export const FLAGS = ['anonymous', 'is_anonymous', 'isAnonymous', 'anonymized'] as const;
/** In doubt it is: whatever a service may write for yes counts. */
const saysYes = (value: unknown): boolean =>
  typeof value === 'object'
    ? value !== null
    : !['', '0', 'false', 'no', 'null', 'undefined'].includes(
        String(value ?? '')
          .trim()
          .toLowerCase(),
      );
/** One field for all that may flag. */
const flagged = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((given) => {
    const read = anObject.safeParse(given).data;
    return read === undefined ? given : { ...read, anonymous: FLAGS.some((name) => saysYes(read[name])) };
  }, schema);

// ---- K1: where the API is, and the paths below it.

/** Pages name koji.so and www.koji.so; those about endpoints say koji.so. */
export const KOJI_API_URL = 'https://koji.so/api/v1';
/** Environment variable that replaces {@link KOJI_API_URL} (sandbox, tests, self-hosting). */
export const KOJI_API_URL_VARIABLE = 'KOJI_API_URL';

/** Paths below the API's address. start and get are documented; list and webhooks are assumed. */
export const paths = {
  start: '/interviews/start',
  list: '/interviews',
  interview: (interviewId: string) => `/interviews/${encodeURIComponent(interviewId)}`,
  webhooks: '/webhooks',
  webhook: (webhookId: string) => `/webhooks/${encodeURIComponent(webhookId)}`,
} as const;

// ---- K2: what a start sends.

/** The newest documented body, with the older page's `respondent_email` beside it. */
export type StartBody = {
  respondent: {
    external_id: string;
    display_name: string | undefined;
    metadata: Record<string, Property | undefined>;
  };
  respondent_email: string | undefined;
  mode: string | undefined;
  locale: string | undefined;
};

/** The metadata key that carries the email. It is ours, so it is taken out of the metadata that people see. */
export const EMAIL_METADATA_KEY = 'email';

// ---- K3: a person is interviewed once.

/** The statuses of a start: a new interview, the one that is there, or a conflict with it. */
export const startStatus = { created: 201, existing: 200, conflict: 409 } as const;

/**
 * What a conflict about the study says in its code or its words, which takes nobody: two patterns, because Make's expressions
 * stay short. What is {@link OF_A_PERSON} is not about the study.
 */
export const TAKES_NOBODY = [
  /(^|[^a-z])(closed|paused|archived|ended|inactive)($|[^a-z])/i,
  /(^|[^a-z])(full|limits?|quota|disabled)($|[^a-z])/i,
] as const;

/** What a conflict says that is about the person, who has an interview, whatever it says besides. */
export const OF_A_PERSON = /already|exist|per respondent|respondent_/i;

// ---- K4: where the link to an interview comes from.

/** What leads nowhere from an email, such as a path alone, is no link. */
const wireLink = z
  .url({ protocol: /^https?$/ })
  .nullable()
  .catch(null);

const bareStarted = z
  .object({
    interview_id: wireText,
    interview_url: wireLink,
    link: wireLink,
    url: wireLink,
    started_at: z.unknown().optional(),
  })
  .transform(({ interview_id, interview_url, link, url, started_at }) => ({
    interview_id,
    interview_link: interview_url ?? link ?? url,
    started_at,
  }));

/** The answer to start, bare or as `{interview: {…}}`, also for a start that met an existing interview. */
export const wireStarted = z.union([
  z
    .object({ interview: bareStarted.refine(({ interview_id }) => interview_id !== null) })
    .transform(({ interview }) => interview),
  bareStarted,
]);

/**
 * A study's public link takes the parameters that Koji documents for its embed
 * (https://www.koji.so/docs/embed-widget-reference). Koji's own personal links carry `rid`, an id of a contact of Koji's
 * that can't be made from one of ours (K20).
 */
export const linkParameter = { externalId: 'external_id' } as const;

// ---- K5: how a key is tested: an interview that does not exist is answered 404 with an error of Koji's.

/** How Koji may call an id no id: it looked at the request, and so took the key. */
export const REFUSED_ID = new Set([400, 422]);

export const errorCodes = { unauthorized: 'unauthorized', forbidden: 'forbidden' } as const;

/** An error of Koji's (K15): any host answers 404, and only Koji in this form. */
export const wireError = z.object({ error: z.string(), message: z.string().catch('') });

const message = z.string().catch('');
/** What a conflict says (K3): like any error, or with its code one level down or under its own name. */
export const wireConflict = z
  .union([
    wireError,
    z
      .object({ error: z.object({ code: z.string(), message }), message })
      .transform(({ error, message }) => ({ error: error.code, message: message || error.message })),
    z.object({ code: z.string(), message }).transform(({ code, message }) => ({ error: code, message })),
  ])
  .catch({ error: '', message: '' });

// ---- K6: the list of interviews.

/** The status of an interview whose analysis is there. */
export const ANALYZED_STATUS = 'analysis_ready';

/** What the API answers where it has no such endpoint. */
export const MISSING_ENDPOINT = new Set([404, 405, 410]);

/** How a list may be refused for a study that is not there (any more), or because it has no such filter. */
export const REFUSED_FILTER = new Set([400, 404, 422]);

/** One page of interviews, newest analyzed first. */
export const wireInterviewList = z.object({
  interviews: z.array(z.unknown()),
  next_cursor: wireText,
});

// ---- K7: webhooks over the API.

/** Named on one of two pages about Koji's events (K19). */
export const ANALYSIS_READY_EVENT = 'interview.analysis_ready';

export const subscriptionBody = (url: string) => ({ url, events: [ANALYSIS_READY_EVENT] });
export const wireSubscription = z.object({
  id: wireId,
  secret: trimmedText.nullish().catch(null),
});

/** What an unsubscribe answers when there is nothing left to delete, and a read of what was deleted. */
export const ALREADY_GONE = new Set([404, 410]);

// ---- K8: a delivery.

/** `{event, id, created_at, data}`; `type` for `event` and a flat body are read too. */
export const wireDelivery = z.looseObject({
  event: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  data: z.unknown().optional(),
});

// ---- K9: how a delivery is signed.

/** Header of the signature, `sha256=<hex>` over the raw body. */
export const SIGNATURE_HEADER = 'X-Koji-Signature';
/** How the parts of that header are marked, where they are: digest, Unix timestamp, digest over timestamp and body. */
export const signatureParts = { digest: 'sha256=', timestamp: 't=', timestampedDigest: 'v1=' } as const;
const standardHeaders = <Prefix extends string>(prefix: Prefix) =>
  ({ id: `${prefix}-id`, timestamp: `${prefix}-timestamp`, signature: `${prefix}-signature` }) as const;
/** The headers of Standard Webhooks (https://www.standardwebhooks.com), read as well, and those that they come from. */
export const STANDARD_HEADERS = [standardHeaders('webhook'), standardHeaders('svix')] as const;
export const STANDARD_VERSION = 'v1,';
export const STANDARD_SECRET_PREFIX = 'whsec_';
/**
 * How far a signed timestamp may lie from now, in seconds. `delayed` is for platforms that take a delivery at once
 * and run it much later.
 */
export const tolerance = {
  immediate: { back: 300, ahead: 300 },
  delayed: { back: 86_400, ahead: 300 },
} as const;

// ---- K10: how Koji checks an address.

/**
 * The event of the request by which Koji checks an address. It may come unsigned, or signed with a secret that Koji shows
 * only once the address is saved, so it is answered whatever its signature.
 */
export const VERIFICATION_EVENT = 'webhook.verification';

// ---- K11: an interview. Odd values of optional fields count as absent.

/** Only `negative` is attested: an unknown word is passed through. */
export const sentiments = ['positive', 'neutral', 'negative', 'mixed'] as const;

const wireTheme = z.union([text, z.object({ name: text }).transform(({ name }) => name)]).catch('');
const wireThemes = z
  .union([z.string().transform((text) => text.split(',')), z.array(wireTheme)])
  .catch([])
  .transform((themes) => themes.map((theme) => theme.trim()).filter((theme) => theme !== ''));

const wireQuote = z
  .union([
    z.string(),
    z.object({ text: z.string() }).transform(({ text }) => text),
    z.object({ quote: z.string() }).transform(({ quote }) => quote),
  ])
  .catch('');
const wireQuotes = z
  .array(wireQuote)
  .catch([])
  .transform((quotes) => quotes.map((quote) => quote.trim()).filter((quote) => quote !== ''));

/**
 * What a word in the respondent's place holds that keeps to itself who it was (K14), in small letters, as a regular
 * expression; a respondent written as a text begins with a brace.
 */
export const HIDES_WHO = '^[^{[]*(anonym|redacted|unknown|(^| )anon( |$))';
const hidesWho = new RegExp(HIDES_WHO, 'i');

const noMetadata: Record<string, unknown> = {};
const NO_RESPONDENT = {
  external_id: null,
  display_name: null,
  metadata: noMetadata,
  anonymous: false,
};

/** A respondent's id has two names: the one that a start sends it under, and `respondent_id`. A word may stand there instead. */
const wireRespondent = z
  .union([
    flagged(
      z.object({
        external_id: wireText,
        respondent_id: wireText,
        display_name: wireText,
        metadata: record,
        anonymous: z.boolean(),
      }),
    ).transform(({ respondent_id, ...respondent }) => ({
      ...respondent,
      external_id: respondent.external_id ?? respondent_id,
    })),
    z.string().transform((word) => ({ ...NO_RESPONDENT, anonymous: hidesWho.test(word) })),
  ])
  .catch(NO_RESPONDENT);

const wireAnswer = z.object({
  /** Given when a study is published, and the same from then on (K21). */
  question_id: wireText,
  question: wireText,
  type: wireText,
  value: shallow.optional(),
});

const wireAnswers = z
  .array(wireAnswer.nullable().catch(null))
  .catch([])
  .transform((answers) => answers.filter((answer) => answer !== null));

/** Whose an interview is. A custom id may stand by itself (K11). */
const whoseFields = {
  respondent_email: wireTextIfSaid,
  respondent_id: wireText,
  respondent: wireRespondent,
  anonymous: z.boolean(),
};
const whose = flagged(z.object(whoseFields));
type Whose = z.infer<typeof whose>;

const withOneId = <Told extends Whose>({ respondent_id, respondent, ...others }: Told) => ({
  ...others,
  respondent: { ...respondent, external_id: respondent.external_id ?? respondent_id },
});

/** Its id may stand as `id`, where nothing else has one. */
const identified = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((given) => {
    const read = anObject.safeParse(given).data;
    return read === undefined ? given : { ...read, interview_id: read.interview_id ?? read.id };
  }, schema);

const bareInterview = identified(
  flagged(
    z.object({
      interview_id: wireInterviewId,
      study_id: wireText,
      study_name: wireText,
      status: wireText,
      started_at: z.unknown().optional(),
      completed_at: z.unknown().optional(),
      analyzed_at: z.unknown().optional(),
      mode: wireText,
      language: wireText,
      duration_seconds: wireSeconds,
      ...whoseFields,
      quality_score: z.unknown().optional(),
      // Compared with the sentiments that people choose.
      sentiment: wireText.transform((word) => word?.trim() || null),
      themes: wireThemes,
      summary: wireText,
      key_quotes: wireQuotes,
      quotes: wireQuotes,
      transcript_url: wireText,
      answers: wireAnswers,
    }),
  ),
).transform(({ key_quotes, quotes, ...interview }) => ({
  ...withOneId(interview),
  key_quotes: key_quotes.length > 0 ? key_quotes : quotes,
}));
type BareInterview = z.infer<typeof bareInterview>;

// ---- K12: reading one interview. What counts as analyzed stands in `interview.ts`.

/** An interview, bare or as `{interview: {…}}`, beside which may stand whose it is. */
export const wireInterview = z.union([
  z.looseObject({ interview: bareInterview }).transform(({ interview, ...beside }) => {
    const { respondent_email, respondent } = withOneId(whose.parse(beside));
    const { external_id } = interview.respondent;
    return withFlags(
      {
        ...interview,
        respondent_email:
          interview.respondent_email ??
          (respondent_email === undefined ? interview.respondent_email : respondent_email),
        respondent: { ...interview.respondent, external_id: external_id ?? respondent.external_id },
      },
      beside,
    );
  }),
  bareInterview,
]);
export type WireInterview = z.infer<typeof wireInterview>;

// ---- K13: what the plan does not allow.

/** A 402, or a 403 whose code holds one of these words, speaks of the plan or the credits. */
export const PLAN_CODE = /(^|[_.:-])(plan|credits?|quota|billing|upgrade|payment)([_.:-]|$)/i;

// ---- K14: who is anonymous. Whoever has no email is; so is whoever a flag says it of, or a word in the respondent's place.

/** Whether something says by a flag, or of its respondent, that it is anonymous. */
export const isFlagged = ({ anonymous, respondent }: Pick<Whose, 'anonymous' | 'respondent'>): boolean =>
  anonymous || respondent.anonymous;

/** What is said around an interview counts like what it says itself. */
export const withFlags = (interview: BareInterview, around: object): BareInterview => ({
  ...interview,
  anonymous: interview.anonymous || isFlagged(whose.parse(around)),
});

// ---- Documented.

/** `Authorization: Bearer pk_live_…` on every call (K15). */
export const kojiAuthorization = (apiKey: string): string => `Bearer ${apiKey}`;

/** Permissions of a key (K15); `forbidden` is the code when one is missing. */
export const permissions = {
  start: 'interview:start',
  read: 'interview:read',
  /** Pages name no permission for webhooks; reading is what they hand on. */
  webhooks: 'interview:read',
} as const;

/** Pages name both places for making keys, so both are named to people (K17). */
export const WHERE_KEYS_ARE = 'Settings → Integrations (or Profile → API Keys)';
export const WHERE_WEBHOOKS_ARE = 'Settings → Integrations → Webhooks';

/** Requests that a key may make in a minute (K16). */
export const REQUESTS_PER_MINUTE = 60;

/** How an interview is held (K18). */
export const modes = ['text', 'voice'] as const;

/** Scores go from 1 to 5, and 3 is where an interview counts (K18). */
export const qualityScale = { lowest: 1, highest: 5, defaultMinimum: 3 } as const;
