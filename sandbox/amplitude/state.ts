import type { AnnotationBook } from './annotations.ts';
import type { Cohort } from './cohorts.ts';
import type { Project } from './projects.ts';
import type { Storage } from './storage.ts';
import type { Tally } from './tally.ts';
import type { TrackingPlan } from './taxonomy.ts';
import type { AmplitudeUser, UserStore } from './users.ts';

export type StoredCohort = Cohort & { users: AmplitudeUser[]; createdAt: number; computedAt: number };

/** An export of a cohort, which takes its time. */
export type Job = { requestId: string; cohortId: string; requestedAt: number; members: number; csv: string };

/** A project with what it has received, made and asked for. */
export type Tenant = {
  project: Project;
  users: UserStore;
  cohorts: Map<string, StoredCohort>;
  jobs: Map<string, Job>;
  /** Exports by month, as `2026-05`. */
  exports: Map<string, number>;
  /** Who was in a cohort when a destination was last told, by the destination's address. */
  synced: Map<string, Set<string>>;
  plan: TrackingPlan;
  annotations: AnnotationBook;
};

/** All that the local Amplitude holds. */
export type AmplitudeState = {
  /** The time in milliseconds since the epoch. */
  now: () => number;
  storage: Storage;
  /** How long an export runs. */
  jobMilliseconds: number;
  /** Up to so many members the file comes at once, above by a redirect. */
  mostDirectMembers: number;
  /** By API key. */
  tenants: Map<string, Tenant>;
  /** What counts towards limits, by API key; uploads by the ids of their people and devices too. */
  spent: {
    uploads: Tally;
    lookups: Tally;
    exports: Tally;
    taxonomy: Tally;
    charts: Tally;
    chartsByHour: Tally;
  };
};
