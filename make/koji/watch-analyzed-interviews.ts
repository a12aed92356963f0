import {
  ANALYSIS_READY_EVENT,
  ANALYZED_STATUS,
  KOJI_API_URL,
  paths,
  sentiments,
  subscriptionBody,
  WHERE_WEBHOOKS_ARE,
} from '../../koji/contract.ts';
import { kojiFindings } from '../../koji/errors.ts';
import type { Module, Parameter, RequestStep, Webhook } from '../language/format.ts';
import { MINIMUM, minimumQuality, NONE } from '../language/values.ts';
import { KOJI_SECRETS, kojiHeaders } from './connection.ts';
import { kojiData, kojiErrorDirective } from './errors.ts';
import { NOT_OF_AN_ID } from './get-interview.ts';
import { answered, flagsIn, interviewInterface, interviewOutput, interviewSamples } from './interview.ts';
import { CHOSEN_STUDY, study } from './list-studies.ts';

const titleCase = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** The gate as a form: the same keys and defaults as on Zapier. */
const gateParameters: Parameter[] = [
  study,
  minimumQuality(
    'Koji scores each interview from 1 to 5. Lower ones, and those without a score, do not pass the gate. Use 3 for all that count, 4 for only the strongest, which Koji calls primary evidence.',
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

/** Where in a delivery the interview's id stands. */
const ID =
  "replace('' + ifempty(body.data.interview.interview_id, ifempty(body.data.interview_id, body.interview_id)), " +
  `${NOT_OF_AN_ID}, '')`;

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
  response: { error: kojiErrorDirective, data: { externalHookId: '{{body.id}}' } },
};

const unsubscribing: RequestStep = {
  url: `${KOJI_API_URL}${paths.webhook('')}{{encodeURL(webhook.externalHookId)}}`,
  method: 'DELETE',
  headers: kojiHeaders,
  followRedirects: false,
  log: { sanitize: KOJI_SECRETS },
  response: { error: kojiErrorDirective },
};

/**
 * Takes a delivery's interview id and its flags, and nothing else: what is true is fetched with the key (M23), because Make shows an app
 * no bytes that a signature could be checked over (M28).
 */
export const analyzedWebhookOf = (isConfirmed: boolean): Webhook => ({
  id: 'analyzedInterviews',
  label: 'Analyzed interviews',
  connection: 'koji',
  parameters: gateParameters,
  ...(isConfirmed ? { attach: subscribing, detach: unsubscribing } : {}),
  connecting: `In Koji, open ${WHERE_WEBHOOKS_ARE} → Add Webhook Endpoint, paste the address, choose \`${ANALYSIS_READY_EVENT}\` and save.`,
  communication: {
    condition: `{{if(ifempty(body.event, body.type) = '${ANALYSIS_READY_EVENT}', ${ID}, false)}}`,
    output: {
      interview_id: `{{${ID}}}`,
      // Flags of the delivery count, wherever they are in it.
      flags: flagsIn(
        'body',
        'body.respondent',
        'body.data',
        'body.data.respondent',
        'body.data.interview',
        'body.data.interview.respondent',
      ),
      study_id: CHOSEN_STUDY,
      minimum_quality: MINIMUM,
      sentiments: '{{ifempty(parameters.sentiments, emptyarray)}}',
      skip_anonymous: '{{ifempty(parameters.skip_anonymous, false)}}',
    },
  },
});

export const analyzedWebhook = analyzedWebhookOf(WEBHOOKS_CONFIRMED);

/** Why the gate keeps an interview out, as koji/gate.ts does, else nothing. */
const REASON =
  "ifempty(temp.unasked, if(temp.score >= payload.minimum_quality, ifempty(temp.unwanted, if(payload.skip_anonymous & (temp.flags | !temp.email), 'anonymous', null)), if(temp.score > 0, 'below_quality', 'no_quality_score')))";

/**
 * Whether anything of the analysis can be read. The delivery is the news of it, so where nothing is there yet it came too
 * early, and no other one may come: the run fails, to be run again (koji/api.ts does so).
 */
const HOLDS_ANALYSIS = `(temp.interview.status = '${ANALYZED_STATUS}' | temp.score > 0 | length('' + ifempty(temp.interview.sentiment, temp.interview.themes[1])) > 0)`;

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
    temp: NONE,
    url: `${KOJI_API_URL}${paths.interview('')}{{encodeURL(payload.interview_id)}}`,
    method: 'GET',
    response: {
      temp: {
        ...answered,
        flags: `{{payload.flags}}${answered.flags}`,
        unasked:
          "{{if(payload.study_id, if('' + ifempty(body.interview.study_id, body.study_id) = payload.study_id, '', 'other_study'), '')}}",
        unwanted:
          "{{if(length(payload.sentiments) = 0, '', if(contains(payload.sentiments, lower(trim('' + ifempty(body.interview.sentiment, body.sentiment)))), '', 'sentiment_not_chosen'))}}",
      },
      valid: kojiData(
        `'' + temp.interview.interview_id = payload.interview_id & ${HOLDS_ANALYSIS}`,
        kojiFindings.notAnalyzedYet,
      ),
      output: {
        ...interviewOutput,
        is_analyzed: true,
        passes_gate: `{{${REASON} = null}}`,
        gate_reason: `{{${REASON}}}`,
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
