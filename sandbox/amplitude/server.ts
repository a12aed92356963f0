import { type Call, type LocalServer, startServer } from '../server.ts';
import { type Cohort, type CohortOptions, cohortRoom } from './cohorts.ts';
import { ingestion, type Tenant } from './ingestion.ts';
import { type Project, sandboxProject } from './projects.ts';
import type { Properties } from './properties.ts';
import { authenticate, lookups, restError } from './rest.ts';
import { type FileCall, startStorage } from './storage.ts';
import { type TrackingPlan, taxonomyRoom } from './taxonomy.ts';
import { type AmplitudeUser, type StoredEvent, UserStore } from './users.ts';

export type AmplitudeOptions = {
  /** The time in milliseconds since the epoch. */
  now: () => number;
  /** The region this server plays (A1); keys of the other one are unknown here. */
  region?: 'us' | 'eu';
  projects?: Project[];
  cohorts?: CohortOptions;
};

export type AmplitudeSandbox = LocalServer & {
  /** The project's events in the order of arrival, without `$identify` and duplicates. */
  events: (apiKey: string) => StoredEvent[];
  /** The person with this user id; undefined when nothing was ever heard of them. */
  user: (apiKey: string, userId: string) => AmplitudeUser | undefined;
  /** Makes somebody known from long before, without an event. */
  putUser: (apiKey: string, userId: string, properties?: Properties) => AmplitudeUser;
  /** Makes a cohort, or puts a new computation in its place; its members become people Amplitude knows. */
  putCohort: (apiKey: string, cohort: Cohort) => void;
  /** What the tracking plan holds. */
  trackingPlan: (apiKey: string) => TrackingPlan;
  /** The host of large cohort files, and what was asked of it. */
  files: { url: string; calls: FileCall[] };
};

/** A local Amplitude: the ingestion host and the REST host of one region at one address. */
export const startAmplitude = async (options: AmplitudeOptions): Promise<AmplitudeSandbox> => {
  const { now, region = 'us', projects = [sandboxProject] } = options;
  const tenants = new Map<string, Tenant>();
  for (const project of projects) {
    if (project.region === region) tenants.set(project.apiKey, { project, users: new UserStore() });
  }
  const findTenant = (apiKey: string): Tenant | undefined => tenants.get(apiKey);
  const tenantOf = (apiKey: string): Tenant => {
    const tenant = findTenant(apiKey);
    if (tenant === undefined) throw new Error('The sandbox has no such Amplitude project.');
    return tenant;
  };

  const ingest = ingestion(findTenant, now);
  const lookup = lookups(now);
  const storage = await startStorage(now);
  const cohorts = cohortRoom(now, storage, options.cohorts ?? {});
  const taxonomy = taxonomyRoom(now);

  const rest = (call: Call) => {
    const tenant = authenticate(findTenant, call);
    if ('refusal' in tenant) return tenant.refusal;
    return (
      lookup(tenant, call) ??
      cohorts.answer(tenant, call) ??
      taxonomy.answer(tenant, call) ??
      restError(404, 'Not found')
    );
  };

  const server = await startServer((call) => (call.path.startsWith('/api/') ? rest(call) : ingest(call)));
  return {
    ...server,
    events: (apiKey) => structuredClone(tenantOf(apiKey).users.events),
    user: (apiKey, userId) => structuredClone(tenantOf(apiKey).users.user(userId)),
    putUser: (apiKey, userId, properties = {}) => structuredClone(tenantOf(apiKey).users.put(userId, properties)),
    putCohort: (apiKey, cohort) => cohorts.put(tenantOf(apiKey), cohort),
    trackingPlan: (apiKey) => structuredClone(taxonomy.plan(tenantOf(apiKey))),
    files: { url: storage.url, calls: storage.calls },
    close: async () => {
      await Promise.all([server.close(), storage.close()]);
    },
  };
};
