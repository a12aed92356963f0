import type { Region } from '../../amplitude/hosts.ts';
import { type LocalServer, serveRoutes } from '../server.ts';
import { emptyBook, type StoredAnnotation } from './annotations.ts';
import { type CohortDestination, syncCohort } from './cohort-sync.ts';
import { type Cohort, type CohortOptions, type CohortRule, computeCohort, putCohort } from './cohorts.ts';
import { AVERAGED_OVER_SECONDS } from './ingestion.ts';
import { type Project, sandboxProject } from './projects.ts';
import type { Properties } from './properties.ts';
import { amplitudeRoutes } from './routes.ts';
import type { AmplitudeState, Tenant } from './state.ts';
import { startStorage } from './storage.ts';
import { Tally } from './tally.ts';
import { emptyPlan, type TrackingPlan } from './taxonomy.ts';
import { type AmplitudeUser, type Arrival, type StoredEvent, UserStore } from './users.ts';

export type AmplitudeOptions = {
  /** The time in milliseconds since the epoch. */
  now: () => number;
  /** The region this server plays (A1); keys of the other one are unknown here. */
  region?: Region;
  projects?: Project[];
  cohorts?: CohortOptions;
};

export type AmplitudeSandbox = LocalServer & {
  /** The project's events in the order of arrival, without `$identify` and duplicates. */
  events: (apiKey: string) => StoredEvent[];
  /** The person with this user id; undefined when nothing was ever heard of them. */
  user: (apiKey: string, userId: string) => AmplitudeUser | undefined;
  /** Everybody of whom anything was ever heard. */
  users: (apiKey: string) => AmplitudeUser[];
  /** Makes somebody known from long before, without an event. */
  putUser: (apiKey: string, userId: string, properties?: Properties) => AmplitudeUser;
  /** Makes a cohort, or puts a new computation in its place; its members become people Amplitude knows. */
  putCohort: (apiKey: string, cohort: Cohort) => void;
  /** Amplitude computes a cohort from what it knows now. Gives their user ids. */
  computeCohort: (apiKey: string, rule: CohortRule) => string[];
  /** Tells a destination who entered and who left since it was last told; the first time that is everybody (A18). */
  syncCohort: (apiKey: string, cohortId: string, destination: CohortDestination) => Promise<void>;
  /** Takes in what the customer's product sent. */
  receive: (apiKey: string, events: readonly Arrival[]) => void;
  /** What the tracking plan holds. */
  trackingPlan: (apiKey: string) => TrackingPlan;
  annotations: (apiKey: string) => StoredAnnotation[];
  /** The host of large cohort files, and what was asked of it. */
  files: LocalServer;
};

/** A local Amplitude: the ingestion host and the REST host of one region at one address. */
export const startAmplitude = async (options: AmplitudeOptions): Promise<AmplitudeSandbox> => {
  const { now, region = 'us', projects = [sandboxProject], cohorts = {} } = options;
  const storage = await startStorage(now);
  const amplitude: AmplitudeState = {
    now,
    storage,
    jobMilliseconds: cohorts.jobMilliseconds ?? 45_000,
    mostDirectMembers: cohorts.mostDirectMembers ?? 1000,
    tenants: new Map(
      projects.filter((project) => project.region === region).map((project) => [project.apiKey, newTenant(project)]),
    ),
    spent: newTallies(),
  };
  const server = await serveRoutes(amplitudeRoutes(amplitude), now);
  const tenantOf = (apiKey: string): Tenant => {
    const tenant = amplitude.tenants.get(apiKey);
    if (tenant === undefined) throw new Error('The sandbox has no such Amplitude project.');
    return tenant;
  };
  return {
    ...server,
    // An event never changes, and properties are replaced as a whole.
    events: (apiKey) => [...tenantOf(apiKey).users.events],
    user: (apiKey, userId) => {
      const user = tenantOf(apiKey).users.user(userId);
      return user === undefined ? undefined : { ...user, events: [...user.events] };
    },
    users: (apiKey) => tenantOf(apiKey).users.all.map((user) => ({ ...user, events: [...user.events] })),
    putUser: (apiKey, userId, properties = {}) => ({ ...tenantOf(apiKey).users.put(userId, properties) }),
    putCohort: (apiKey, cohort) => putCohort(amplitude, tenantOf(apiKey), cohort),
    computeCohort: (apiKey, rule) => computeCohort(amplitude, tenantOf(apiKey), rule),
    syncCohort: (apiKey, cohortId, destination) => syncCohort(amplitude, tenantOf(apiKey), cohortId, destination),
    receive: (apiKey, events) => {
      const { users } = tenantOf(apiKey);
      for (const event of events) users.receive(event, event.time ?? now());
    },
    trackingPlan: (apiKey) => structuredClone(tenantOf(apiKey).plan),
    annotations: (apiKey) => structuredClone(tenantOf(apiKey).annotations.annotations),
    files: storage.server,
    close: async () => {
      await Promise.all([server.close(), storage.server.close()]);
    },
  };
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Each limit's span: A6, A19, A16, A20 and A27. */
export const newTallies = (): AmplitudeState['spent'] => ({
  uploads: new Tally(AVERAGED_OVER_SECONDS * SECOND),
  lookups: new Tally(HOUR),
  exports: new Tally(10 * MINUTE),
  taxonomy: new Tally(HOUR),
  charts: new Tally(5 * MINUTE),
  chartsByHour: new Tally(HOUR),
});

/** A project that nothing has happened in yet. */
export const newTenant = (project: Project): Tenant => ({
  project,
  users: new UserStore(),
  cohorts: new Map(),
  jobs: new Map(),
  exports: new Map(),
  synced: new Map(),
  plan: emptyPlan(),
  annotations: emptyBook(),
});
