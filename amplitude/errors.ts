/**
 * What Amplitude's answers mean to people. The first row that fits an answer counts; docs/errors.md is printed from here.
 * Gaps: `{status}`, `{pause}`, `{said}` (Amplitude's own words), `{fields}` (what it objects to), `{what}` (what was asked for),
 * `{region}`, `{cohort}` (its name), `{bad}` of `{rows}` (lines of a file), `{exports}` (that a month has), and the labels below.
 */
import type { ErrorRow, ErrorTable, Gaps, OtherLabels } from '../boundary/error-table.ts';
import { WHERE_PROJECTS_ARE } from './hosts.ts';

/** What fills `{said}` where Amplitude says nothing. */
export const SAYS_NOTHING = 'nothing more';

/** What a form calls itself and its fields. A platform whose forms have other names hands in its own. */
export const labels = {
  here: 'in this step',
  connection: 'in the connection',
  'field:amplitude_api_key': 'Amplitude API Key',
  'field:amplitude_secret_key': 'Amplitude Secret Key',
  'field:amplitude_region': 'Amplitude Region',
  'field:min_id_length': 'Minimum ID Length',
  'field:event_properties': 'Event Properties',
  'field:export_every_hours': 'Export Every (Hours)',
  'field:chart_id': 'Chart ID',
  'field:identify_by': 'Identify By',
  'field:respondent_email': 'Respondent Email',
  'field:quality_score': 'Quality Score',
  'field:sentiment': 'Sentiment',
  'field:themes': 'Themes',
} as const satisfies Gaps;
export type Labels = OtherLabels<typeof labels>;

/** Codes of what may be about one user or one event alone, and no fault of the service or the keys. */
export const errorCodes = { dailyQuota: 'daily_quota', blocked: 'blocked' } as const;

/** Pauses, in seconds (A22): a throttled user, a user over the day's quota, a service overloaded. */
const pause = { throttled: 30, dailyQuota: 4 * 60 * 60, overloaded: 60, exports: 10 * 60 } as const;

/** How Amplitude refuses what it was asked, and not who asks. */
const REFUSALS = [400, 404, 409, 422] as const;

const wrongApiKey = {
  kind: 'connection',
  code: 'invalid_api_key',
  says: 'Amplitude does not know the API key in this region. Check {field:amplitude_api_key} and {field:amplitude_region} {connection}.',
} as const;

/** What every API of Amplitude's may answer: breakdowns, proxies and redirects. */
export const anyErrors: ErrorTable = {
  rows: [
    {
      when: { status: [503] },
      kind: 'retry',
      says: 'Amplitude has a problem right now ({status}). Nothing is lost: it can run again in {pause}.',
      waitSeconds: pause.overloaded,
    },
    {
      when: { status: [408, '5xx'] },
      kind: 'retry',
      says: 'Amplitude has a problem right now ({status}). Nothing is lost: run it again in a few minutes.',
    },
    {
      when: { status: ['3xx'] },
      kind: 'connection',
      code: 'redirect',
      says: 'Amplitude answered with a redirect ({status}), which is not followed because your keys would travel with it. Please tell Koji support.',
    },
    {
      when: { status: ['4xx'] },
      kind: 'connection',
      code: errorCodes.blocked,
      says: 'Something on the way to Amplitude blocked the request ({status}): a firewall, a proxy or a restricted region. The keys may be fine.',
    },
  ],
  otherwise: {
    when: {},
    kind: 'retry',
    code: 'unreadable',
    says: 'Amplitude answered {status} with something that is not its usual data. Run it again in a few minutes.',
  },
};

/** The answer to an upload. Amplitude also sends its lists empty (A7), which says nothing. */
export const uploadErrors: ErrorTable = {
  ...anyErrors,
  rows: [
    { when: { status: [400], itself: true, words: 'invalid api key', misses: 'api_key' }, ...wrongApiKey },
    {
      when: {
        status: [400],
        itself: true,
        words: 'invalid id length',
        holds: ['events_with_invalid_id_lengths'],
      },
      kind: 'data',
      code: 'invalid_id_length',
      says: 'Amplitude refused the user id as too short. If your ids are that short, set {field:min_id_length} {here} to the length of the shortest.',
    },
    {
      when: { status: [400], itself: true, holds: ['silenced_devices', 'silenced_events'] },
      kind: 'data',
      code: 'silenced',
      says: `Amplitude has silenced this user because of too many events. See Amplitude → ${WHERE_PROJECTS_ARE}.`,
    },
    {
      when: { status: [400], itself: true },
      kind: 'data',
      code: 'refused',
      says: 'Amplitude refused the event{fields}. Amplitude says: {said}',
    },
    {
      when: { status: [413] },
      kind: 'data',
      code: 'too_large',
      says: 'Amplitude refused the event as too large ({status}). Send fewer or shorter {field:event_properties}.',
    },
    {
      when: { status: [429], holds: ['exceeded_daily_quota_users', 'exceeded_daily_quota_devices'] },
      kind: 'wait',
      code: errorCodes.dailyQuota,
      says: 'Amplitude takes no more events of this user today ({status}, daily quota). It can run again in {pause}.',
      waitSeconds: pause.dailyQuota,
    },
    {
      when: { status: [429] },
      kind: 'wait',
      code: 'throttled',
      says: 'Amplitude asks for a pause ({status}): too many events of this user or project at once. It can run again in {pause}.',
      waitSeconds: pause.throttled,
    },
    ...anyErrors.rows,
  ],
};

/** The answer of the Basic-auth APIs. */
export const restErrors: ErrorTable = {
  ...anyErrors,
  rows: [
    {
      when: { status: [403], itself: true, words: 'invalid api/secret key' },
      kind: 'connection',
      code: 'invalid_secret_key',
      says: `Amplitude does not accept the secret key for this API key. Copy {field:amplitude_secret_key} again from Amplitude → ${WHERE_PROJECTS_ARE}.`,
    },
    { when: { status: [401, 403], itself: true, words: 'invalid api key' }, ...wrongApiKey },
    {
      when: { status: [401, 403], itself: true },
      kind: 'connection',
      code: 'forbidden',
      says: 'Amplitude refused this ({status}). Amplitude says: {said}',
    },
    {
      when: { status: REFUSALS, itself: true },
      kind: 'data',
      code: 'refused',
      says: 'Amplitude refused this ({status}). Amplitude says: {said}',
    },
    {
      when: { status: [429] },
      kind: 'wait',
      code: 'throttled',
      says: 'Amplitude asks for a pause ({status}). It can run again in {pause}.',
      waitSeconds: pause.throttled,
    },
    ...anyErrors.rows,
  ],
};

/** What the tracking plan's API answers besides; it may refuse with success. */
export const taxonomyErrors = [
  {
    when: { status: [403], words: 'not available on your plan' },
    kind: 'data',
    code: 'no_taxonomy',
    says: "Amplitude's plan of this project has no Taxonomy API (it is part of Enterprise), so nothing was registered. Sending interviews works without it.",
  },
  {
    when: { status: [200, 400, 401, 402, 403, 404, 405, 409, 422], itself: true },
    kind: 'data',
    code: 'refused',
    says: 'Amplitude refused {what}. Amplitude says: {said}',
  },
] as const satisfies readonly ErrorRow[];

/** The cohort was there when it was chosen. */
export const noCohort: ErrorRow = {
  when: { status: [404], itself: true, seen: 'or the list of cohorts lacks it' },
  kind: 'data',
  code: 'no_cohort',
  says: 'Amplitude does not list this cohort (any more): it was deleted, archived or made private, or belongs to another project. Choose a cohort {here} again.',
};

/** What the request for an export of a cohort answers besides. */
export const exportErrors: readonly ErrorRow[] = [
  noCohort,
  {
    when: { status: [429] },
    kind: 'wait',
    code: 'export_limit',
    says: "Amplitude starts no cohort export now ({status}): several run at once, or the project's {exports} of this month are used up. If it stays so, raise {field:export_every_hours}.",
    waitSeconds: pause.exports,
  },
];

/** What drawing on charts answers besides. A category that is missing has been made by then. */
export const annotationErrors = [
  {
    when: { status: [404], itself: true, seen: 'a chart is named' },
    kind: 'data',
    code: 'no_chart',
    says: 'Amplitude does not find this chart ({status}). Check {field:chart_id}: it is the part of the chart’s address after /chart/, of a chart in this project.',
  },
  {
    when: { status: REFUSALS, itself: true },
    kind: 'data',
    code: 'refused',
    says: 'Amplitude refused {what} ({status}). Amplitude says: {said}',
  },
] as const satisfies readonly ErrorRow[];

/** For a platform that can't make a success of it. */
export const categoryIsThere: ErrorRow = {
  when: { status: [409], seen: 'a category is made' },
  kind: 'retry',
  says: 'Amplitude has the category “{what}” by now ({status}): another run may have made it just before. Run it again.',
};

/** What no single answer shows. */
export const amplitudeFindings = {
  otherRegion: {
    when: { seen: 'the other region knows the key' },
    kind: 'connection',
    code: 'other_region',
    says: 'This Amplitude API key belongs to a project in the {region} region. Choose {region} as {field:amplitude_region}.',
  },
  noChartForCategory: {
    when: { status: [404], seen: 'a chart is named, and its category was made' },
    kind: 'data',
    code: 'no_chart',
    says: 'Amplitude does not find this chart ({status}). The category “{what}” was made before that showed, and is there for the next try. Check {field:chart_id}: it is the part of the chart’s address after /chart/, of a chart in this project.',
  },
  unreadableLine: {
    when: { seen: 'the charts have a line of the same label that can’t be read' },
    kind: 'data',
    code: 'unreadable_line',
    says: "Nothing was drawn: Amplitude has a line “{what}” that can't be read, and it may be this one. Delete that line in Amplitude, or choose another Label.",
  },
  notListed: {
    when: { seen: 'a poll finds a cohort missing in the list for the first time' },
    kind: 'retry',
    code: 'not_listed',
    says: 'Amplitude does not list this cohort now, so nobody was looked for. Nobody is lost: the next poll looks again. If it stays so, see in Amplitude whether the cohort was deleted, archived or made private.',
  },
  exportFailed: {
    when: { seen: 'an export ended without a file' },
    kind: 'retry',
    code: 'export_failed',
    says: 'Amplitude could not export the cohort {cohort}. Nobody is lost: it is asked again when the next export is due. If it stays so, open the cohort in Amplitude and see that it computes.',
  },
  unreadableFile: {
    when: { seen: "a cohort's file is incomplete or no list of members" },
    kind: 'retry',
    code: 'unreadable_file',
    says: "Amplitude's file of this cohort arrived incomplete or can't be read, so nobody of it was started. It is read again at the next poll.",
  },
  badRows: {
    when: {
      seen: "more than 1 in 100 rows of a cohort's file have more or fewer values than the header, or a stray quote",
    },
    kind: 'retry',
    code: 'bad_rows',
    says: "{bad} of the {rows} rows read of Amplitude's file of this cohort have more or fewer values than its header, or a stray quote, so nobody of it was started. Leave out Extra Properties whose values may break a table.",
  },
  endlessFile: {
    when: { seen: "a cohort's file is not read within the step's time" },
    kind: 'retry',
    code: 'endless_file',
    says: "Amplitude's file of this cohort takes longer than a step may, so nobody of it was started. Choose fewer Extra Properties or a narrower cohort.",
  },
  storageRefused: {
    when: { seen: "the storage that holds a cohort's file refuses it" },
    kind: 'retry',
    code: 'storage',
    says: 'The storage that Amplitude keeps the cohort file in refused it ({status}). It is fetched again at the next poll.',
  },
  endlessRedirects: {
    when: { seen: "a cohort's file is four addresses further" },
    kind: 'retry',
    code: 'redirects',
    says: 'Amplitude keeps sending us from one address of the cohort file to the next. It is fetched again at the next poll.',
  },
  unsafeRedirect: {
    when: { seen: "a cohort's file is at an address without https" },
    kind: 'retry',
    code: 'redirect',
    says: "Amplitude sent us to an address of the cohort file that can't be trusted. It is fetched again at the next poll.",
  },
} satisfies Record<string, ErrorRow>;
