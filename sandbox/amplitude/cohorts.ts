import { EXPORTS_A_MONTH } from '../../amplitude/cohort-export.ts';
import type { Answer } from '../server.ts';
import type { Properties } from './properties.ts';
import { restError } from './rest.ts';
import type { AmplitudeState, Job, StoredCohort, Tenant } from './state.ts';
import type { AmplitudeUser } from './users.ts';

/** Null: an anonymous member, who has no user id in the file (A14). */
export type CohortMember = { userId: string | null; properties?: Properties };

export type Cohort = {
  id: string;
  name: string;
  members: CohortMember[];
  description?: string;
  /** Only "discoverable" cohorts are listed and exported (A10). */
  published?: boolean;
  archived?: boolean;
  /** Epoch seconds; now, when not given. */
  lastComputed?: number;
};

/** A cohort by what people did or have, as it is put together in Amplitude's web interface. */
export type CohortRule = { id: string; name: string; includes: (user: AmplitudeUser, now: number) => boolean };

export type CohortOptions = {
  /** How long an export runs: "30–60+ seconds regardless of cohort size" (A15). */
  jobMilliseconds?: number;
  /** Up to so many members the file comes at once, above by a redirect (A13; no number is given). */
  mostDirectMembers?: number;
};

/** A16. */
const EXPORTS_IN_TEN_MINUTES = 60;
const MOST_PARALLEL_EXPORTS = 4;
/** "The API request link is valid for seven days" (A13). */
const LINK_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

const monthOf = (now: number): string => new Date(now).toISOString().slice(0, 7);

const nextMonth = (now: number): string => {
  const date = new Date(now);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)).toISOString();
};

const quoted = (value: unknown): string => {
  if (value === undefined || value === null) return '""';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${text.replaceAll('"', '""')}"`;
};

/** Quoted CSV, header first (A14). A property's column has the property's name (A24). */
const csvOf = (users: AmplitudeUser[], propertyKeys: string[]): string => {
  const rows = users.map((user) => [user.amplitudeId, user.userId, ...propertyKeys.map((key) => user.properties[key])]);
  return [['amplitude_id', 'user_id', ...propertyKeys], ...rows]
    .map((row) => `${row.map((value) => quoted(typeof value === 'number' ? `${value}` : value)).join(',')}\n`)
    .join('');
};

const allPropertyKeys = (users: AmplitudeUser[]): string[] => [
  ...new Set(users.flatMap((user) => Object.keys(user.properties))),
];

/** Makes a cohort, or puts a new computation in its place; its members become people Amplitude knows. */
export const putCohort = ({ now }: AmplitudeState, { cohorts, users }: Tenant, cohort: Cohort): void => {
  cohorts.set(cohort.id, {
    ...cohort,
    users: cohort.members.map(({ userId, properties = {} }) => users.put(userId, properties)),
    createdAt: cohorts.get(cohort.id)?.createdAt ?? seconds(now()),
    computedAt: cohort.lastComputed ?? seconds(now()),
  });
};

/** Amplitude computes the cohort anew from what it knows now. Gives their user ids. */
export const computeCohort = (
  { now }: AmplitudeState,
  { cohorts, users }: Tenant,
  { id, name, includes }: CohortRule,
): string[] => {
  const members = users.known.filter((user) => includes(user, now()));
  cohorts.set(id, {
    id,
    name,
    members: members.map(({ userId }) => ({ userId })),
    users: members,
    createdAt: cohorts.get(id)?.createdAt ?? seconds(now()),
    computedAt: seconds(now()),
  });
  return members.flatMap(({ userId }) => (userId === null ? [] : [userId]));
};

const discoverable = ({ cohorts }: Tenant): StoredCohort[] =>
  [...cohorts.values()].filter(({ published = true }) => published);

export const answerCohorts = (tenant: Tenant): Answer => ({
  status: 200,
  body: { cohorts: discoverable(tenant).map((cohort) => wireCohort(tenant, cohort)) },
});

const exportsThisMonth = ({ now }: AmplitudeState, { exports }: Tenant): number => exports.get(monthOf(now())) ?? 0;

/** Of the two shapes that were seen, the nested one (A11). */
export const answerUsage = (amplitude: AmplitudeState, tenant: Tenant): Answer => ({
  status: 200,
  body: {
    rest_download: {
      limit: EXPORTS_A_MONTH,
      usage: exportsThisMonth(amplitude, tenant),
      resets_at: nextMonth(amplitude.now()),
    },
  },
});

const isRunning = ({ now, jobMilliseconds }: AmplitudeState, job: Job): boolean =>
  now() - job.requestedAt < jobMilliseconds;

/** The wording and shape of these 429 answers are assumptions. */
const overLimit = (amplitude: AmplitudeState, tenant: Tenant): Answer | undefined => {
  if (exportsThisMonth(amplitude, tenant) >= EXPORTS_A_MONTH) {
    return restError(429, `Exceeded limit of ${EXPORTS_A_MONTH} cohort downloads per month`);
  }
  if (amplitude.spent.exports.count(tenant.project.apiKey, amplitude.now()) >= EXPORTS_IN_TEN_MINUTES) {
    return restError(429, `Exceeded limit of ${EXPORTS_IN_TEN_MINUTES} cohort requests per 10 minutes`);
  }
  const running = [...tenant.jobs.values()].filter((job) => isRunning(amplitude, job));
  if (running.length >= MOST_PARALLEL_EXPORTS) {
    return restError(429, `Exceeded limit of ${MOST_PARALLEL_EXPORTS} parallel cohort requests`);
  }
  return undefined;
};

/** Asks for a cohort's export. */
export const answerExport = (
  amplitude: AmplitudeState,
  tenant: Tenant,
  cohortId: string,
  query: URLSearchParams,
): Answer => {
  const cohort = discoverable(tenant).find(({ id }) => id === cohortId);
  if (cohort === undefined) return restError(404, 'Cohort not found');
  // `propKeys` is repeated; with brackets it breaks (A12).
  if (query.has('propKeys[]')) return restError(400, 'Invalid parameter: propKeys[]');
  const refused = overLimit(amplitude, tenant);
  if (refused !== undefined) return refused;

  const now = amplitude.now();
  amplitude.spent.exports.add(tenant.project.apiKey, now);
  tenant.exports.set(monthOf(now), exportsThisMonth(amplitude, tenant) + 1);
  const named = query.getAll('propKeys');
  const keys = query.get('props') !== '1' ? [] : named.length > 0 ? named : allPropertyKeys(cohort.users);
  const requestId = `export-${tenant.jobs.size + 1}`;
  const csv = csvOf(cohort.users, keys);
  tenant.jobs.set(requestId, { requestId, cohortId, requestedAt: now, members: cohort.users.length, csv });
  return { status: 202, body: { request_id: requestId, cohort_id: cohortId } };
};

const findJob = ({ now }: AmplitudeState, { jobs }: Tenant, requestId: string): Job | undefined => {
  const job = jobs.get(requestId);
  return job === undefined || now() - job.requestedAt > LINK_MILLISECONDS ? undefined : job;
};

export const answerExportStatus = (amplitude: AmplitudeState, tenant: Tenant, requestId: string): Answer => {
  const job = findJob(amplitude, tenant, requestId);
  if (job === undefined) return restError(404, 'Request not found');
  const body = { request_id: requestId, cohort_id: job.cohortId };
  return isRunning(amplitude, job)
    ? { status: 202, body: { ...body, async_status: 'JOB INPROGRESS' } }
    : { status: 200, body: { ...body, async_status: 'JOB COMPLETED' } };
};

/** Each call for a large file makes a new address (A13). */
export const answerExportFile = (amplitude: AmplitudeState, tenant: Tenant, requestId: string): Answer => {
  const job = findJob(amplitude, tenant, requestId);
  if (job === undefined || isRunning(amplitude, job)) return restError(404, 'File not found');
  if (job.members > amplitude.mostDirectMembers) {
    return { status: 302, headers: { location: amplitude.storage.sign(job.csv) } };
  }
  return { status: 200, headers: { 'content-type': 'text/csv' }, body: job.csv };
};

/** The fields of A10; times in epoch seconds. */
const wireCohort = (tenant: Tenant, cohort: StoredCohort): object => ({
  appId: tenant.project.appId,
  archived: cohort.archived ?? false,
  definition: { version: 3, cohortType: 'UNIQUES', andClauses: [] },
  description: cohort.description ?? '',
  finished: true,
  id: cohort.id,
  name: cohort.name,
  owners: ['owner@example.com'],
  viewers: [],
  published: cohort.published ?? true,
  size: cohort.users.length,
  type: 'redshift',
  lastMod: cohort.createdAt,
  createdAt: cohort.createdAt,
  lastComputed: cohort.computedAt,
  hidden: false,
  metadata: null,
  view_count: null,
  popularity: null,
  last_viewed: null,
  chart_id: null,
  edit_id: null,
  is_predictive: false,
  is_official_content: false,
  location_id: null,
  shortcut_ids: [],
});
