/**
 * What Koji's answers mean to people. The first row that fits an answer counts; docs/errors.md is printed from here.
 * Gaps: `{status}`, `{pause}`, `{said}` (Koji's own words), `{permission}` (the one that the request needs), `{instead}` (what there
 * is to use in place of what is missing), `{seconds}` (that a step had), `{host}` (that was asked), and the labels below.
 */
import type { ErrorRow, ErrorTable, Gaps, OtherLabels } from '../boundary/error-table.ts';
import {
  ALREADY_GONE,
  errorCodes,
  MISSING_ENDPOINT,
  PLAN_CODE,
  REQUESTS_PER_MINUTE,
  startStatus,
  WHERE_KEYS_ARE,
} from './contract.ts';

/** What fills `{said}` where Koji says nothing. */
export const SAYS_NOTHING = 'status {status}.';

/** What taking another key is called. A platform that keeps keys elsewhere hands in its own. */
export const labels = {
  'connect:it': 'reconnect',
  'connect:another': 'connect a key that has it',
} as const satisfies Gaps;
export type Labels = OtherLabels<typeof labels>;

/** How long to leave Koji alone when it does not say: its documented limit counts by the minute. */
const PAUSE_SECONDS = 60;
/** How long until what a delivery was ahead of may be there. */
const AHEAD_SECONDS = 60;

const plan = {
  kind: 'connection',
  says: 'Your Koji plan or credits do not allow this. Koji says: {said} Check your plan and credits in Koji.',
} as const;

const lacksPermission: ErrorRow = {
  when: { status: [403], code: new RegExp(`^${errorCodes.forbidden}$`) },
  kind: 'connection',
  says: 'The Koji API key lacks the permission {permission}. Give it that permission in Koji, or {connect:another}.',
};

/** Any answer of Koji's. */
export const kojiErrors: ErrorTable = {
  rows: [
    {
      when: { status: [401], itself: true },
      kind: 'connection',
      says: `Koji does not accept the API key: it is wrong or was revoked. Create or copy a key in Koji under ${WHERE_KEYS_ARE} and {connect:it}.`,
    },
    { when: { status: [402] }, ...plan },
    { when: { status: [403], code: PLAN_CODE }, ...plan },
    lacksPermission,
    {
      when: { status: [403], itself: true },
      kind: 'connection',
      says: 'Koji refused this ({status}). Koji says: {said}',
    },
    {
      when: { status: [401, 403] },
      kind: 'retry',
      code: 'blocked',
      says: 'Something on the way to Koji blocked the request ({status}): a firewall, a proxy or a restricted region. The key may be fine. Try again in a few minutes.',
    },
    {
      when: { status: [...ALREADY_GONE], itself: true },
      kind: 'data',
      says: "Koji did not find this in the key's project ({status}). Koji says: {said} Check the id.",
    },
    {
      when: { status: [429] },
      kind: 'wait',
      says: `Koji takes ${REQUESTS_PER_MINUTE} requests a minute for each key, and this was one too many. It can run again in {pause}.`,
      waitSeconds: PAUSE_SECONDS,
    },
    {
      when: { status: [503] },
      kind: 'retry',
      says: 'Koji has a problem right now ({status}). It can run again in {pause}.',
      waitSeconds: PAUSE_SECONDS,
    },
    {
      when: { status: [408, '5xx'] },
      kind: 'retry',
      says: 'Koji has a problem right now ({status}). Try again in a few minutes.',
    },
    {
      when: { status: ['3xx'] },
      kind: 'connection',
      says: 'Koji answered with a redirect ({status}), which is not followed because your API key would travel with it. Please tell Koji support.',
    },
    {
      when: { status: [405], itself: true },
      kind: 'connection',
      says: 'Koji did not take this ({status}). Koji says: {said}',
    },
    {
      when: { status: ['4xx'], itself: true },
      kind: 'data',
      says: 'Koji did not take this ({status}). Koji says: {said}',
    },
  ],
  otherwise: {
    when: {},
    kind: 'retry',
    says: 'Koji answered {status} with something that is not its usual data. Try again in a few minutes.',
  },
};

/** The answer to a start: no study for this key, or one that takes nobody, is no fault of one person. */
export const startErrors: ErrorTable = {
  ...kojiErrors,
  rows: [
    {
      when: { status: [...MISSING_ENDPOINT, startStatus.conflict], itself: true },
      kind: 'connection',
      says: "Koji starts nobody with this API key ({status}). Koji says: {said} Check that the key is your study's and that the study takes answers.",
    },
    ...kojiErrors.rows,
  ],
};

/** The same answer where a platform takes no 4xx for the success that it is. */
export const alreadyStarted: ErrorRow = {
  when: { status: [startStatus.conflict], seen: 'unless Koji says of the study that it takes nobody' },
  kind: 'data',
  says: 'This person was already started on an interview, so nobody was started twice.',
};

const noWebhooks = {
  kind: 'connection',
  says: 'Koji does not let this account add webhooks. Koji says: {said} {instead}',
} as const;

/** The answer to adding a webhook, which a plan or the API itself may lack. */
export const webhookErrors: ErrorTable = {
  ...kojiErrors,
  rows: [
    lacksPermission,
    { when: { status: [402, ...MISSING_ENDPOINT] }, ...noWebhooks },
    { when: { status: [403], itself: true }, ...noWebhooks },
    ...kojiErrors.rows,
  ],
};

/** What no single answer shows. */
export const kojiFindings = {
  noInterview: {
    when: { seen: 'Koji has no interview of the id that is to be read, asked up to three times within seconds' },
    kind: 'retry',
    code: 'no_interview',
    says: "Koji has no interview of this Interview ID in the API key's project: it was deleted, is another project's, or the id is something else. Map Interview ID from the trigger or Start Interview. If it is new, run this again in a few minutes.",
  },
  analysisPending: {
    when: { seen: 'the interview that is to be read ended within the last hour, and is not analyzed' },
    kind: 'retry',
    code: 'analysis_pending',
    says: 'This interview ended less than an hour ago, and Koji has not analyzed it yet. It can run again in {pause}.',
    waitSeconds: AHEAD_SECONDS,
  },
  notAnalyzedYet: {
    when: { seen: 'a delivery told of the analysis of an interview that has none yet' },
    kind: 'retry',
    code: 'not_analyzed_yet',
    says: "Koji told of the analysis of an interview, and it can't be read yet. It can run again in {pause}.",
    waitSeconds: AHEAD_SECONDS,
  },
  toldUnknown: {
    when: { seen: 'a delivery told of an interview that Koji does not have' },
    kind: 'retry',
    code: 'told_unknown',
    says: 'Koji told of an interview that it does not have: the delivery was ahead of it, it was deleted, or the webhook is of another project than the API key. It can run again in {pause}.',
    waitSeconds: AHEAD_SECONDS,
  },
  noList: {
    when: { seen: 'Koji has no list of interviews' },
    kind: 'connection',
    code: 'no_list',
    says: 'Koji does not list interviews for this account. {instead}',
  },
  newestLast: {
    when: { seen: 'the list begins with the oldest interviews, and the newest are behind the part that is read' },
    kind: 'connection',
    code: 'newest_last',
    says: "Koji's list begins with the oldest interviews, and the newest lie behind the part that one step can read. Use the trigger Interview Analysis Ready, or Start Interview, then Delay, then Find Interview by its Interview ID.",
  },
  unreadableList: {
    when: { seen: 'a list of interviews has entries, and none of them can be read as one' },
    kind: 'connection',
    code: 'unreadable_list',
    says: "Koji lists interviews in a form that can't be read, so nothing was found. Please tell Koji support.",
  },
  listBrokeOff: {
    when: { seen: 'Koji answers a later page of its list with 404, 405 or 410' },
    kind: 'retry',
    code: 'list_broke_off',
    says: 'Koji gave the beginning of its list of interviews and then found no more of it ({status}). Try again in a few minutes; a Zap that is on does so by itself.',
  },
  listTooSlow: {
    when: { seen: "the time was up before a list's end" },
    kind: 'retry',
    code: 'list_too_slow',
    says: 'Koji lists interviews so slowly that the {seconds} seconds of this step were up before the end. Try again in a few minutes; a Zap that is on does so by itself.',
  },
  notAmongFirst: {
    when: {
      seen: "a person's interview is not in the part of a list that is read, and Koji pays no heed to whose is asked for",
    },
    kind: 'data',
    code: 'not_among_first',
    says: "Koji lists other people's interviews, too, and none of this person's in the part that one search can read. There may be one further on: search by Interview ID instead, mapped from Start Interview.",
  },
  notKoji: {
    when: { seen: 'the test of a key met 2xx or 404 without a code of Koji’s' },
    kind: 'retry',
    code: 'not_koji',
    says: "{host} does not answer like Koji's API (status {status}), so the API key could not be checked. Try again in a few minutes.",
  },
} satisfies Record<string, ErrorRow>;
