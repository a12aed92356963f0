import type { Answer, Call } from '../server.ts';
import type { Tenant } from './ingestion.ts';
import type { Properties } from './properties.ts';
import { restError } from './rest.ts';
import type { Storage } from './storage.ts';
import { Tally } from './tally.ts';
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

export type CohortOptions = {
  /** How long an export runs: "30–60+ seconds regardless of cohort size" (A15). */
  jobMilliseconds?: number;
  /** Up to so many members the file comes at once, above by a redirect (A13; no number is given). */
  mostDirectMembers?: number;
};

export type CohortRoom = {
  put: (tenant: Tenant, cohort: Cohort) => void;
  /** Undefined for a path of something else. */
  answer: (tenant: Tenant, call: Call) => Answer | undefined;
};

type StoredCohort = Cohort & { users: AmplitudeUser[]; createdAt: number; computedAt: number };
type Job = { apiKey: string; requestId: string; cohortId: string; requestedAt: number; members: number; csv: string };

/** A16. */
const EXPORTS_A_MONTH = 500;
const EXPORTS_IN_TEN_MINUTES = 60;
const MOST_PARALLEL_EXPORTS = 4;
const TEN_MINUTES = 10 * 60 * 1000;
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

/** Behavioral Cohorts API (A10, A12). */
export const cohortRoom = (now: () => number, storage: Storage, options: CohortOptions): CohortRoom => {
  const { jobMilliseconds = 45_000, mostDirectMembers = 1000 } = options;
  const cohorts = new Map<string, Map<string, StoredCohort>>();
  const jobs = new Map<string, Job>();
  const recent = new Tally(TEN_MINUTES);
  const monthly = new Map<string, number>();

  const discoverable = (tenant: Tenant): StoredCohort[] =>
    [...(cohorts.get(tenant.project.apiKey)?.values() ?? [])].filter((cohort) => cohort.published ?? true);

  const usageKey = (tenant: Tenant): string => `${tenant.project.apiKey} ${monthOf(now())}`;

  const list = (tenant: Tenant, query: URLSearchParams): Answer => ({
    status: 200,
    body: {
      cohorts: discoverable(tenant).map((cohort) => ({
        ...wireCohort(tenant, cohort),
        ...(query.get('includeSyncInfo') === 'true' ? { syncMetadata: [] } : {}),
      })),
    },
  });

  /** Of the two shapes that were seen, the nested one (A11). */
  const usage = (tenant: Tenant): Answer => ({
    status: 200,
    body: {
      rest_download: {
        limit: EXPORTS_A_MONTH,
        usage: monthly.get(usageKey(tenant)) ?? 0,
        resets_at: nextMonth(now()),
      },
    },
  });

  const isRunning = (job: Job): boolean => now() - job.requestedAt < jobMilliseconds;

  /** The wording and shape of these 429 answers are assumptions. */
  const overLimit = (tenant: Tenant): Answer | undefined => {
    const { apiKey } = tenant.project;
    if ((monthly.get(usageKey(tenant)) ?? 0) >= EXPORTS_A_MONTH) {
      return restError(429, `Exceeded limit of ${EXPORTS_A_MONTH} cohort downloads per month`);
    }
    if (recent.count(apiKey, now()) >= EXPORTS_IN_TEN_MINUTES) {
      return restError(429, `Exceeded limit of ${EXPORTS_IN_TEN_MINUTES} cohort requests per 10 minutes`);
    }
    const running = [...jobs.values()].filter((job) => job.apiKey === apiKey && isRunning(job));
    if (running.length >= MOST_PARALLEL_EXPORTS) {
      return restError(429, `Exceeded limit of ${MOST_PARALLEL_EXPORTS} parallel cohort requests`);
    }
    return undefined;
  };

  const request = (tenant: Tenant, cohortId: string, query: URLSearchParams): Answer => {
    const cohort = discoverable(tenant).find((candidate) => candidate.id === cohortId);
    if (cohort === undefined) return restError(404, 'Cohort not found');
    // `propKeys` is repeated; with brackets it breaks (A12).
    if (query.has('propKeys[]')) return restError(400, 'Invalid parameter: propKeys[]');
    const refused = overLimit(tenant);
    if (refused !== undefined) return refused;

    const { apiKey } = tenant.project;
    recent.add(apiKey, now());
    monthly.set(usageKey(tenant), (monthly.get(usageKey(tenant)) ?? 0) + 1);
    const named = query.getAll('propKeys');
    const keys = query.get('props') !== '1' ? [] : named.length > 0 ? named : allPropertyKeys(cohort.users);
    const requestId = `export-${jobs.size + 1}`;
    jobs.set(requestId, {
      apiKey,
      requestId,
      cohortId,
      requestedAt: now(),
      members: cohort.users.length,
      csv: csvOf(cohort.users, keys),
    });
    return { status: 202, body: { request_id: requestId, cohort_id: cohortId } };
  };

  const findJob = (tenant: Tenant, requestId: string): Job | undefined => {
    const job = jobs.get(requestId);
    if (job === undefined || job.apiKey !== tenant.project.apiKey) return undefined;
    return now() - job.requestedAt > LINK_MILLISECONDS ? undefined : job;
  };

  const status = (tenant: Tenant, requestId: string): Answer => {
    const job = findJob(tenant, requestId);
    if (job === undefined) return restError(404, 'Request not found');
    const body = { request_id: requestId, cohort_id: job.cohortId };
    return isRunning(job)
      ? { status: 202, body: { ...body, async_status: 'JOB INPROGRESS' } }
      : { status: 200, body: { ...body, async_status: 'JOB COMPLETED' } };
  };

  /** Each call for a large file makes a new address (A13). */
  const file = (tenant: Tenant, requestId: string): Answer => {
    const job = findJob(tenant, requestId);
    if (job === undefined || isRunning(job)) return restError(404, 'File not found');
    if (job.members > mostDirectMembers) return { status: 302, headers: { location: storage.sign(job.csv) } };
    return { status: 200, headers: { 'content-type': 'text/csv' }, body: job.csv };
  };

  return {
    put: (tenant, cohort) => {
      const ofProject = cohorts.get(tenant.project.apiKey) ?? new Map<string, StoredCohort>();
      cohorts.set(tenant.project.apiKey, ofProject);
      ofProject.set(cohort.id, {
        ...cohort,
        users: cohort.members.map((member) => tenant.users.put(member.userId, member.properties ?? {})),
        createdAt: ofProject.get(cohort.id)?.createdAt ?? seconds(now()),
        computedAt: cohort.lastComputed ?? seconds(now()),
      });
    },
    answer: (tenant, call) => {
      if (call.method !== 'GET') return undefined;
      if (call.path === '/api/3/cohorts') return list(tenant, call.query);
      if (call.path === '/api/3/cohorts/usage') return usage(tenant);
      const [, statusOf] = /^\/api\/5\/cohorts\/request-status\/([^/]+)$/.exec(call.path) ?? [];
      if (statusOf !== undefined) return status(tenant, decodeURIComponent(statusOf));
      const [, fileOf] = /^\/api\/5\/cohorts\/request\/([^/]+)\/file$/.exec(call.path) ?? [];
      if (fileOf !== undefined) return file(tenant, decodeURIComponent(fileOf));
      const [, requested] = /^\/api\/5\/cohorts\/request\/([^/]+)$/.exec(call.path) ?? [];
      return requested === undefined ? undefined : request(tenant, decodeURIComponent(requested), call.query);
    },
  };
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
