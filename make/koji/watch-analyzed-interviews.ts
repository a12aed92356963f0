import {
  ANALYSIS_READY_EVENT,
  ANALYZED_STATUS,
  KOJI_API_URL,
  paths,
  permissions,
  qualityScale,
  SIGNATURE_HEADER,
  sentiments,
  signatureParts,
  subscriptionBody,
  WHERE_WEBHOOKS_ARE,
} from '../../koji/contract.ts';
import type { Module, Parameter, RequestStep, Webhook } from '../language/format.ts';
import { firstOf, quoted, value } from '../language/iml.ts';
import { qualityScoreOrNull, wireText } from '../language/values.ts';
import { KOJI_SECRETS, kojiHeaders } from './connection.ts';
import { kojiData, kojiErrors } from './errors.ts';
import { isPlainId } from './get-interview.ts';
import {
  answeredInterview,
  gateReason,
  interviewInterface,
  interviewOutput,
  interviewSamples,
  isFlagged,
  isInterview,
} from './interview.ts';

const titleCase = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const scores = Array.from(
  { length: qualityScale.highest - qualityScale.lowest + 1 },
  (_, index) => index + qualityScale.lowest,
);

/** The lowest score that counts, with what it decides here. */
export const minimumQuality = (help: string): Parameter => ({
  name: 'minimum_quality',
  label: 'Minimum quality',
  type: 'select',
  options: scores.map((score) => ({ label: String(score), value: score })),
  default: qualityScale.defaultMinimum,
  help,
});

/** The gate as a form: the same keys and defaults as on Zapier. */
export const gateParameters: Parameter[] = [
  minimumQuality(
    'Koji scores each interview from 1 to 5. Lower ones, and those without a score, do not pass the gate.',
  ),
  {
    name: 'sentiments',
    label: 'Sentiments',
    type: 'select',
    multiple: true,
    options: sentiments.map((word) => ({ label: titleCase(word), value: word })),
    help: 'Interviews with one of these pass. If none is chosen, all do.',
  },
  {
    name: 'skip_anonymous',
    label: 'Skip anonymous interviews',
    type: 'boolean',
    default: false,
    help: 'If yes, interviews without an email do not pass.',
  },
];

const id = wireText(firstOf('body.data.interview.interview_id', 'body.data.interview_id', 'body.interview_id'));
/** Flags of the delivery count, wherever they are in it. */
const flags = [
  'body',
  'body.respondent',
  'body.data',
  'body.data.respondent',
  'body.data.interview',
  'body.data.interview.respondent',
];
const flagged = isFlagged(flags.flatMap((place) => [`${place}.anonymous`, `${place}.is_anonymous`]));
const deliveredScore = qualityScoreOrNull(
  firstOf('body.data.interview.quality_score', 'body.data.quality_score', 'body.quality_score'),
);
const minimum = `ifempty(parameters.minimum_quality, ${qualityScale.defaultMinimum})`;
/** Only what the delivery itself shows; a score that is missing or under another name goes on to the fetch. */
const isBelow = `if((${deliveredScore}) = null, false, (${deliveredScore}) < ${minimum})`;
const signature = `${JSON.stringify(signatureParts.digest).replaceAll('"', "'")} + sha256(createJSON(body), 'hex', parameters.koji_webhook_secret)`;
const forged = `if(ifempty(parameters.koji_webhook_secret, '') = '', false, ifempty(headers.\`${SIGNATURE_HEADER.toLowerCase()}\`, '') != ${signature})`;

/** True has Make add and remove the webhook at Koji by itself, once Koji documents it; false has people do it. */
const WEBHOOKS_CONFIRMED = false;

const subscribing: RequestStep = {
  url: `${KOJI_API_URL}${paths.webhooks}`,
  method: 'POST',
  type: 'json',
  headers: kojiHeaders,
  followRedirects: false,
  log: { sanitize: KOJI_SECRETS },
  body: subscriptionBody('{{webhook.url}}'),
  response: { error: kojiErrors(permissions.webhooks), data: { externalHookId: '{{body.id}}' } },
};

const unsubscribing: RequestStep = {
  url: `${KOJI_API_URL}${paths.webhook('')}{{encodeURL(webhook.externalHookId)}}`,
  method: 'DELETE',
  headers: kojiHeaders,
  followRedirects: false,
  log: { sanitize: KOJI_SECRETS },
  response: { error: kojiErrors(permissions.webhooks) },
};

/**
 * Takes a delivery's interview id and nothing else: what is true is fetched with the key (M23). The
 * signature is checked over the body as Make writes it again, which is not what Koji signed byte for byte (M28).
 */
export const analyzedWebhookOf = (isConfirmed: boolean): Webhook => ({
  id: 'analyzedInterviews',
  label: 'Analyzed interviews',
  connection: 'koji',
  parameters: [
    ...gateParameters,
    {
      name: 'koji_webhook_secret',
      label: 'Koji webhook secret (beta)',
      type: 'password',
      advanced: true,
      help: 'Best left empty: each interview is fetched from Koji with your key, so nothing invented gets in. It is for accounts of which Koji says that it signs compact JSON; deliveries whose signature does not fit are then refused.',
    },
  ],
  ...(isConfirmed ? { attach: subscribing, detach: unsubscribing } : {}),
  communication: {
    verification: {
      condition: value(forged),
      respond: {
        type: 'text',
        status: 401,
        body: 'The signature does not fit the Koji webhook secret of this webhook in Make.',
      },
    },
    condition: value(
      `!(${forged}) & !isArray(body) & (ifempty(body.event, body.type) = '${ANALYSIS_READY_EVENT}') & (${isPlainId(id)}) & !(${isBelow})`,
    ),
    output: {
      interview_id: value(id),
      is_anonymous: value(flagged),
      minimum_quality: value(minimum),
      sentiments: value('ifempty(parameters.sentiments, emptyarray)'),
      skip_anonymous: value('ifempty(parameters.skip_anonymous, false)'),
    },
  },
});

export const analyzedWebhook = analyzedWebhookOf(WEBHOOKS_CONFIRMED);

const root = 'temp.interview';
const score = qualityScoreOrNull(`${root}.quality_score`);
const surroundings = {
  around: 'body',
  flagged: 'payload.is_anonymous',
  // The event says that the analysis is ready, and only an analyzed interview has a score.
  analyzed: `(${root}.status = ${quoted(ANALYZED_STATUS)}) | (${score} != null)`,
};
const reason = gateReason(root, surroundings, {
  minimum: 'payload.minimum_quality',
  sentiments: 'payload.sentiments',
  skipAnonymous: 'payload.skip_anonymous',
});

/** The loop's way back: fires for each delivery, and says whether the interview counts. */
export const watchAnalyzedInterviews: Module = {
  id: 'watchAnalyzedInterviews',
  kind: 'instant_trigger',
  label: 'Watch analyzed interviews',
  description: `Triggers when the analysis of an interview is ready. Copy the address into Koji under ${WHERE_WEBHOOKS_ARE}, and let through only what passes the gate (a filter on Passes gate).`,
  connection: 'koji',
  webhook: 'analyzedInterviews',
  staticParameters: [],
  communication: {
    url: `${KOJI_API_URL}${paths.interview('')}{{encodeURL(payload.interview_id)}}`,
    method: 'GET',
    response: {
      valid: kojiData(isInterview()),
      error: kojiErrors(permissions.read),
      temp: { interview: value(answeredInterview) },
      output: {
        ...interviewOutput(root, surroundings),
        passes_gate: value(`(${reason}) = null`),
        gate_reason: value(reason),
      },
    },
  },
  interface: [
    ...interviewInterface,
    { name: 'passes_gate', label: 'Passes gate', type: 'boolean' },
    { name: 'gate_reason', label: 'Gate reason', type: 'text' },
  ],
  samples: { ...interviewSamples, passes_gate: true, gate_reason: null },
};
