/**
 * Everything this product takes for granted about Koji, by the ids of its contract (K1–K14), as data and wire schemas.
 * Koji's public pages (https://www.koji.so/docs) leave much unsaid: what is marked "assumed" or "contradictory" is a
 * choice. When a real account shows otherwise, this file and its fixture `sample.ts` are the one place to mend.
 */
import * as z from 'zod';
import { shallow } from '../boundary/values.ts';

// K1, contradictory: pages name both koji.so and www.koji.so; the endpoint pages say koji.so.
export const KOJI_API_URL = 'https://koji.so/api/v1';
/** Environment variable that replaces {@link KOJI_API_URL} (sandbox, tests, self-hosting). */
export const KOJI_API_URL_VARIABLE = 'KOJI_API_URL';

/** Documented: `Authorization: Bearer pk_live_…` on every call (https://www.koji.so/docs/api-authentication). */
export const kojiAuthorization = (apiKey: string): string => `Bearer ${apiKey}`;

/** Paths below the API's address. start and get are documented; list (K6) and webhooks (K7) are assumed. */
export const paths = {
  start: '/interviews/start',
  list: '/interviews',
  interview: (interviewId: string) => `/interviews/${encodeURIComponent(interviewId)}`,
  webhooks: '/webhooks',
  webhook: (webhookId: string) => `/webhooks/${encodeURIComponent(webhookId)}`,
} as const;

/** Documented: permissions of a key; `forbidden` is the code when one is missing. */
export const permissions = {
  start: 'interview:start',
  read: 'interview:read',
  /** K7, assumed: pages name no permission for webhooks; reading is what they hand on. */
  webhooks: 'interview:read',
} as const;

/** K, contradictory: pages name both places for making keys, so both are named to people. */
export const WHERE_KEYS_ARE = 'Settings → Integrations (or Profile → API Keys)';
/** Documented: https://www.koji.so/docs/webhook-setup. */
export const WHERE_WEBHOOKS_ARE = 'Settings → Integrations → Webhooks';
export const errorCodes = { unauthorized: 'unauthorized', forbidden: 'forbidden' } as const;

/** Documented: 60 requests a minute per key. */
export const REQUESTS_PER_MINUTE = 60;

/** Documented: how an interview is held. */
export const modes = ['text', 'voice'] as const;

/** K11, assumed, only `negative` is attested: an unknown word is passed through. */
export const sentiments = ['positive', 'neutral', 'negative', 'mixed'] as const;

/** Documented: scores go from 1 to 5, and 3 is where an interview counts. */
export const qualityScale = { lowest: 1, highest: 5, defaultMinimum: 3 } as const;

/** K6 and K12, assumed: the status of an interview whose analysis is there. */
export const ANALYZED_STATUS = 'analysis_ready';

/** Documented on one of two pages that name Koji's events (K8). */
export const ANALYSIS_READY_EVENT = 'interview.analysis_ready';

// ---- Errors: documented `{"error": "<code>", "message": "<text>"}`.
export const wireError = z.object({ error: z.string(), message: z.string().catch('') });

/** K13, assumed: a 402, or a 403 whose code holds one of these words, speaks of the plan or the credits. */
export const PLAN_CODE = /(^|[_-])(plan|credits?|quota|billing|upgrade|payment)/i;

// ---- Start (K2, K3, K4).

/** K2: the newest documented body, with the older page's `respondent_email` beside it. */
export type StartBody = {
  respondent: {
    external_id: string;
    display_name?: string;
    metadata: Record<string, string>;
  };
  respondent_email?: string;
  mode?: string;
  locale?: string;
};

/** K2: the metadata key that carries the email. It is ours, so it is taken out of the metadata that people see. */
export const EMAIL_METADATA_KEY = 'email';

const wireText = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((text) => (text === undefined || text === '' ? null : text))
  .catch(null);

const bareStarted = z
  .object({
    interview_id: wireText,
    interview_url: wireText,
    link: wireText,
    url: wireText,
    started_at: z.unknown().optional(),
  })
  .transform(({ interview_id, interview_url, link, url, started_at }) => ({
    interview_id,
    interview_link: interview_url ?? link ?? url,
    started_at,
  }));

/** The answer to start, bare or as `{interview: {…}}` (K12), also for a start that met an existing interview (K3). */
export const wireStarted = z.union([
  z
    .object({ interview: bareStarted.refine(({ interview_id }) => interview_id !== null) })
    .transform(({ interview }) => interview),
  bareStarted,
]);

/** K3, assumed: the status of a start that met an existing interview and gives it no second one. */
export const startStatus = { created: 201, existing: 200, conflict: 409 } as const;

/**
 * K4, assumed: a study's public link takes the parameters that Koji documents for its embed
 * (https://www.koji.so/docs/embed-widget-reference).
 */
export const linkParameter = { externalId: 'external_id' } as const;

// ---- Webhooks (K7–K10).

/** K7, assumed. */
export const subscriptionBody = (url: string) => ({ url, events: [ANALYSIS_READY_EVENT] });
export const wireSubscription = z.object({
  id: z.union([z.string().min(1), z.number().transform(String)]),
  secret: z.string().trim().nullish().catch(null),
});
/** K7: the API answers these where it has no such endpoint. */
export const MISSING_ENDPOINT = new Set([404, 405]);
/** K7, K12: what an unsubscribe answers when there is nothing left to delete, and a read of what was deleted. */
export const ALREADY_GONE = new Set([404, 410]);

/** K9, assumed: header of the signature, `sha256=<hex>` over the raw body. */
export const SIGNATURE_HEADER = 'X-Koji-Signature';
/** K9: how the parts of that header are marked, where they are: digest, Unix timestamp, digest over timestamp and body. */
export const signatureParts = { digest: 'sha256=', timestamp: 't=', timestampedDigest: 'v1=' } as const;
/** K9: the Standard Webhooks headers (https://www.standardwebhooks.com), read as well. */
export const STANDARD_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;
export const STANDARD_VERSION = 'v1,';
export const STANDARD_SECRET_PREFIX = 'whsec_';
/**
 * K9: how far a signed timestamp may lie from now, in seconds. `delayed` is for platforms that take a delivery at once
 * and run it much later.
 */
export const tolerance = {
  immediate: { back: 300, ahead: 300 },
  delayed: { back: 86_400, ahead: 300 },
} as const;

/** K10, assumed: the event of the request by which Koji checks an address. */
export const VERIFICATION_EVENT = 'webhook.verification';

/** K14: how an interview is flagged anonymous. In doubt it is: whatever a service may write for yes counts. */
const flag = z
  .unknown()
  .optional()
  .transform((value) =>
    typeof value === 'object'
      ? value !== null
      : !['', '0', 'false', 'no', 'null', 'undefined'].includes(
          String(value ?? '')
            .trim()
            .toLowerCase(),
        ),
  );
const anonymityFlags = z.object({ anonymous: flag, is_anonymous: flag });

/** K8, assumed: `{event, id, created_at, data}`; `type` for `event` and a flat body are read too. */
export const wireDelivery = z.looseObject({
  event: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  data: z.unknown().optional(),
  ...anonymityFlags.shape,
});

// ---- Interviews (K11, K12, K14).

const wireSeconds = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish()
  .transform((seconds) => seconds ?? null)
  .catch(null);
const record = z.record(z.string(), shallow).catch({});

const wireTheme = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).catch('');
const wireThemes = z
  .union([z.string().transform((text) => text.split(',')), z.array(wireTheme)])
  .catch([])
  .transform((themes) => themes.map((theme) => theme.trim()).filter((theme) => theme !== ''));

const wireRespondent = z
  .object({
    external_id: wireText,
    display_name: wireText,
    metadata: record,
    ...anonymityFlags.shape,
  })
  .catch({ external_id: null, display_name: null, metadata: {}, anonymous: false, is_anonymous: false });

const wireAnswer = z.object({
  question_id: wireText,
  question: wireText,
  type: wireText,
  value: shallow.optional(),
});

const wireAnswers = z
  .array(wireAnswer.nullable().catch(null))
  .catch([])
  .transform((answers) => answers.filter((answer) => answer !== null));

const bareInterview = z.object({
  interview_id: z.union([z.string().min(1), z.number().transform(String)]),
  study_id: wireText,
  study_name: wireText,
  status: wireText,
  started_at: z.unknown().optional(),
  completed_at: z.unknown().optional(),
  analyzed_at: z.unknown().optional(),
  mode: wireText,
  language: wireText,
  duration_seconds: wireSeconds,
  respondent_email: wireText,
  respondent: wireRespondent,
  ...anonymityFlags.shape,
  quality_score: z.unknown().optional(),
  sentiment: wireText,
  themes: wireThemes,
  summary: wireText,
  transcript_url: wireText,
  answers: wireAnswers,
});

type AnonymityFlags = z.infer<typeof anonymityFlags>;

/** K14: a flag outside the interview counts like one inside. */
export const withFlags = <Flagged extends AnonymityFlags>(interview: Flagged, around: AnonymityFlags): Flagged => ({
  ...interview,
  anonymous: interview.anonymous || around.anonymous || around.is_anonymous,
});

/** An interview as Koji sends it (K11), bare or as `{interview: {…}}` (K12). Odd values of optional fields count as absent. */
export const wireInterview = z.union([
  bareInterview,
  z
    .object({ interview: bareInterview, ...anonymityFlags.shape })
    .transform(({ interview, ...flags }) => withFlags(interview, flags)),
]);
export type WireInterview = z.infer<typeof wireInterview>;

/** K6, assumed: one page of interviews, newest analyzed first. */
export const wireInterviewList = z.object({
  interviews: z.array(z.unknown()),
  next_cursor: wireText,
});
