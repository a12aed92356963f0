import { hostFromEnvironment } from '../boundary/host.ts';

/** Where an Amplitude project's data lives. */
export const regions = ['us', 'eu'] as const;
export type Region = (typeof regions)[number];

/** What each region is called where people choose it. */
export const regionNames: Record<Region, string> = { us: 'US', eu: 'EU' };

/** How people tell which region is theirs. */
export const WHICH_REGION = 'EU if you open Amplitude at app.eu.amplitude.com, else US.';
/** Where Amplitude shows the keys of a project, and sets up what hears of a cohort (A18). */
export const WHERE_PROJECTS_ARE = 'Settings → Projects';
export const WHERE_COHORT_WEBHOOKS_ARE = 'Catalog → Destinations → Cohorts → Webhook';

/** https://amplitude.com/docs/apis/analytics/http-v2 (A1). */
const documentedHosts: Record<Region, Hosts> = {
  us: { ingestion: 'https://api2.amplitude.com', rest: 'https://amplitude.com' },
  eu: { ingestion: 'https://api.eu.amplitude.com', rest: 'https://analytics.eu.amplitude.com' },
};

/** Environment variables that replace a host, for every region (sandbox, tests, self-hosting). */
export const hostVariables = { ingestion: 'AMPLITUDE_INGESTION_URL', rest: 'AMPLITUDE_REST_URL' } as const;

/** A region's two hosts: events go to `ingestion`, everything that reads goes to `rest`. */
export type Hosts = { ingestion: string; rest: string };

/** The hosts of a region. Throws when the environment names one that is neither https nor loopback. */
export const hostsOf = (region: Region, environment: Record<string, string | undefined>): Hosts => ({
  ingestion: hostFromEnvironment(environment, hostVariables.ingestion, documentedHosts[region].ingestion),
  rest: hostFromEnvironment(environment, hostVariables.rest, documentedHosts[region].rest),
});

/** The region that a key of this one could have been meant for. */
export const otherRegion = (region: Region): Region => (region === 'us' ? 'eu' : 'us');

/** Paths below a region's hosts: `upload` is the ingestion host's, the others are the rest host's. */
export const paths = {
  upload: '/2/httpapi',
  cohorts: '/api/3/cohorts',
  exportUsage: '/api/3/cohorts/usage',
  exportRequest: (cohortId: string) => `/api/5/cohorts/request/${encodeURIComponent(cohortId)}`,
  exportStatus: (requestId: string) => `/api/5/cohorts/request-status/${encodeURIComponent(requestId)}`,
  exportFile: (requestId: string) => `/api/5/cohorts/request/${encodeURIComponent(requestId)}/file`,
  userSearch: '/api/2/usersearch',
  userActivity: '/api/2/useractivity',
  taxonomy: (entries: string) => `/api/2/taxonomy/${entries}`,
  annotations: '/api/3/annotations',
  annotationCategories: '/api/3/annotation-categories',
} as const;
