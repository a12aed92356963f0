/** The two apps that this source makes (M7). */
import { KOJI_API_URL } from '../../koji/contract.ts';
import { AMPLITUDE_SECRETS, amplitudeConnection, restHeaders } from '../amplitude/connection.ts';
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
import type { App, Module, RequestStep, Step, Webhook } from '../language/format.ts';

const documented = [watchAnalyzedInterviews, startInterview, getInterview, makeAnApiCall];

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
  modules: documented,
  groups: [
    { label: 'Triggers', modules: ['watchAnalyzedInterviews'] },
    { label: 'Interviews', modules: ['startInterview', 'getInterview'] },
    { label: 'Other', modules: ['makeAnApiCall'] },
  ],
};

const authorizationOf = (step: RequestStep, connection: string | null): { [name: string]: string } => {
  if (connection === 'koji') return kojiHeaders;
  // Uploads carry their key in the body; the reading APIs carry both in a header.
  return connection === 'amplitude' && step.method === 'GET' ? restHeaders() : {};
};

/** What Koji's answers mean; of Amplitude's, each request says it all. */
const errorsOf = ({ response }: RequestStep, connection: string | null): Pick<RequestStep, 'response'> =>
  connection === 'koji' ? { response: { ...response, error: { ...kojiErrorDirective, ...response?.error } } } : {};

/** Each request with its own service's key and errors: what stood in base would reach the other service as well (M1). */
const asItsServices = <AnyStep extends Step>(step: AnyStep, connection: string | null): AnyStep =>
  step.url === undefined
    ? step
    : {
        ...step,
        headers: { ...authorizationOf(step, connection), ...step.headers },
        ...errorsOf(step, connection),
      };

const allAsTheirServices = (module: Module): Module => {
  const { connection } = module;
  switch (module.kind) {
    case 'instant_trigger':
      return 'url' in module.communication
        ? { ...module, communication: asItsServices(module.communication, connection) }
        : module;
    case 'trigger':
      return {
        ...module,
        communication: asItsServices(module.communication, connection),
        epoch: asItsServices(module.epoch, connection),
      };
    case 'universal':
      return { ...module, communication: module.communication.map((step) => asItsServices(step, connection)) };
    default:
      return {
        ...module,
        communication: Array.isArray(module.communication)
          ? module.communication.map((step) => asItsServices(step, connection))
          : asItsServices(module.communication, connection),
      };
  }
};

/** With a dropdown of interviews, which rests on Koji's list; an id can still be typed in or mapped. */
const getInterviewFromList: Module = {
  ...getInterview,
  mappableParameters: [
    { ...interviewId, type: 'select', mode: 'edit', options: { store: `rpc://${listInterviews.id}` } },
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
  rpcs: [listInterviews, listStudies, listCohorts, listAnnotationCategories].map((rpc) => ({
    ...rpc,
    communication: asItsServices(rpc.communication, rpc.connection),
  })),
  modules: [
    watchAnalyzedInterviews,
    startInterview,
    getInterviewFromList,
    makeAnApiCall,
    watchInterviews,
    searchInterviews,
    watchCohortMembers,
    sendInterviewEvent,
    searchCohorts,
    findUser,
    registerInterviewEvent,
    createChartAnnotation,
  ].map(allAsTheirServices),
  groups: [
    { label: 'Triggers', modules: ['watchAnalyzedInterviews', 'watchInterviews', 'watchCohortMembers'] },
    { label: 'Interviews', modules: ['startInterview', 'getInterview', 'searchInterviews'] },
    {
      label: 'Amplitude',
      modules: ['sendInterviewEvent', 'searchCohorts', 'findUser', 'registerInterviewEvent', 'createChartAnnotation'],
    },
    { label: 'Other', modules: ['makeAnApiCall'] },
  ],
};

export const apps: App[] = [koji, kojiAmplitude];

/** One of them by its name. */
export const appOf = (target: App['target']): App => ({ koji, 'koji-amplitude': kojiAmplitude })[target];
