/** The two apps that this source makes (M7). */
import { KOJI_API_URL } from '../../koji/contract.ts';
import { AMPLITUDE_SECRETS, amplitudeConnection } from '../amplitude/connection.ts';
import { createChartAnnotation, listAnnotationCategories } from '../amplitude/create-chart-annotation.ts';
import { registerInterviewEvent } from '../amplitude/register-interview-event.ts';
import { findUser, listCohorts, searchCohorts } from '../amplitude/searches.ts';
import { sendInterviewEvent } from '../amplitude/send-interview-event.ts';
import { cohortWebhook, watchCohortMembers } from '../amplitude/watch-cohort-members.ts';
import { KOJI_SECRETS, kojiConnection, kojiHeaders } from '../koji/connection.ts';
import { kojiErrorDirective, otherKojiErrors } from '../koji/errors.ts';
import { getInterview, interviewId } from '../koji/get-interview.ts';
import { listInterviews } from '../koji/list-interviews.ts';
import { listStudies, study, studyFromList } from '../koji/list-studies.ts';
import { makeAnApiCall } from '../koji/make-an-api-call.ts';
import { searchInterviews } from '../koji/search-interviews.ts';
import { startInterview } from '../koji/start-interview.ts';
import { analyzedWebhook, watchAnalyzedInterviews } from '../koji/watch-analyzed-interviews.ts';
import { watchInterviews } from '../koji/watch-interviews.ts';
import type { App, Module, Step, Webhook } from '../language/format.ts';

/** An app's modules in their groups, in the order in which Make shows them. */
const grouped = (groups: { label: string; modules: Module[] }[]): Pick<App, 'modules' | 'groups'> => ({
  modules: groups.flatMap(({ modules }) => modules),
  groups: groups.map(({ label, modules }) => ({ label, modules: modules.map(({ id }) => id) })),
});

/** Only Koji, and only what its pages document: aimed at Make's review. */
const koji: App = {
  target: 'koji',
  label: 'Koji',
  base: {
    baseUrl: KOJI_API_URL,
    headers: kojiHeaders,
    followRedirects: false,
    log: { sanitize: KOJI_SECRETS },
    response: { error: kojiErrorDirective },
  },
  connections: [kojiConnection],
  webhooks: [analyzedWebhook],
  rpcs: [],
  ...grouped([
    { label: 'Triggers', modules: [watchAnalyzedInterviews] },
    { label: 'Interviews', modules: [startInterview, getInterview] },
    { label: 'Other', modules: [makeAnApiCall] },
  ]),
};

/** A request with Koji's key and errors: what stood in base would reach Amplitude as well (M1). */
const toKoji = <AnyStep extends Step>(step: AnyStep): AnyStep =>
  step.url === undefined
    ? step
    : {
        ...step,
        headers: { ...kojiHeaders, ...step.headers },
        response: { ...step.response, error: { ...kojiErrorDirective, ...step.response?.error } },
      };

/** The same of all of a module's requests; Amplitude's have it all themselves. */
const asItsServices = (module: Module): Module => {
  if (module.connection !== 'koji') return module;
  switch (module.kind) {
    case 'instant_trigger':
      return 'url' in module.communication ? { ...module, communication: toKoji(module.communication) } : module;
    case 'trigger':
      return { ...module, communication: toKoji(module.communication), epoch: toKoji(module.epoch) };
    case 'universal':
      return { ...module, communication: module.communication.map(toKoji) };
    default:
      return {
        ...module,
        communication: Array.isArray(module.communication)
          ? module.communication.map(toKoji)
          : toKoji(module.communication),
      };
  }
};

/** With a dropdown of interviews, which rests on Koji's list; an id can still be typed in or mapped. */
const getInterviewFromList: Module = {
  ...getInterview,
  mappableParameters: [
    { ...interviewId, type: 'select', editable: true, mode: 'edit', options: { store: `rpc://${listInterviews.id}` } },
  ],
};

const analyzedWebhookWithList: Webhook = {
  ...analyzedWebhook,
  parameters: analyzedWebhook.parameters.map((field) => (field.name === study.name ? studyFromList : field)),
};

/** Both services, and what rests on endpoints that Koji has not documented: for private use or by invitation. */
const kojiAmplitude: App = {
  target: 'koji-amplitude',
  label: 'Koji and Amplitude',
  base: {
    baseUrl: KOJI_API_URL,
    followRedirects: false,
    log: { sanitize: [...new Set([...KOJI_SECRETS, ...AMPLITUDE_SECRETS])] },
    response: { error: otherKojiErrors },
  },
  connections: [kojiConnection, amplitudeConnection],
  webhooks: [analyzedWebhookWithList, cohortWebhook],
  rpcs: [
    ...[listInterviews, listStudies].map((rpc) => ({ ...rpc, communication: toKoji(rpc.communication) })),
    listCohorts,
    listAnnotationCategories,
  ],
  ...grouped(
    [
      { label: 'Triggers', modules: [watchAnalyzedInterviews, watchInterviews, watchCohortMembers] },
      { label: 'Interviews', modules: [startInterview, getInterviewFromList, searchInterviews] },
      {
        label: 'Amplitude',
        modules: [sendInterviewEvent, searchCohorts, findUser, registerInterviewEvent, createChartAnnotation],
      },
      { label: 'Other', modules: [makeAnApiCall] },
    ].map(({ label, modules }) => ({ label, modules: modules.map(asItsServices) })),
  ),
};

const both = { koji, 'koji-amplitude': kojiAmplitude } satisfies Record<App['target'], App>;
export const apps: App[] = Object.values(both);

/** One of them by its name. */
export const appOf = (target: App['target']): App => both[target];
