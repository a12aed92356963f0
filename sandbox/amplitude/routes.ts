import { Hono, type MiddlewareHandler } from 'hono';
import { paths } from '../../amplitude/hosts.ts';
import type { ServiceEnv } from '../server.ts';
import { answerAnnotations, answerCategories } from './annotations.ts';
import { answerChart } from './charts.ts';
import { answerCohorts, answerExport, answerExportFile, answerExportStatus, answerUsage } from './cohorts.ts';
import { answerUpload, invalidPath } from './ingestion.ts';
import { answerLookup, authenticate, restError, userActivity, userSearch } from './rest.ts';
import type { AmplitudeState, Tenant } from './state.ts';
import { answerTaxonomy } from './taxonomy.ts';

type RestEnv = ServiceEnv<{ tenant: Tenant }>;

/** The ingestion host and the REST host of one region at one address. */
export const amplitudeRoutes = (amplitude: AmplitudeState): Hono<ServiceEnv> =>
  new Hono<ServiceEnv>()
    .route('/api', restRoutes(amplitude))
    .post(paths.upload, ({ var: { reply, call } }) => reply(answerUpload(amplitude, call)))
    .all('*', ({ var: { reply } }) => reply(invalidPath()));

const restRoutes = (amplitude: AmplitudeState): Hono<RestEnv> =>
  new Hono<RestEnv>()
    .use(knowsTenant(amplitude))
    .get('/2/usersearch', ({ var: { reply, tenant, call } }) =>
      reply(answerLookup(amplitude, tenant, userSearch, call)),
    )
    .get('/2/useractivity', ({ var: { reply, tenant, call } }) =>
      reply(answerLookup(amplitude, tenant, userActivity, call)),
    )
    .get('/2/:chart{funnels|retention|events/segmentation}', ({ req, var: { reply, tenant, call } }) =>
      reply(answerChart(amplitude, tenant, req.param('chart'), call)),
    )
    .get('/3/cohorts', ({ var: { reply, tenant } }) => reply(answerCohorts(tenant)))
    .get('/3/cohorts/usage', ({ var: { reply, tenant } }) => reply(answerUsage(amplitude, tenant)))
    .get('/5/cohorts/request/:id', ({ req, var: { reply, tenant, call } }) =>
      reply(answerExport(amplitude, tenant, req.param('id'), call.query)),
    )
    .get('/5/cohorts/request-status/:id', ({ req, var: { reply, tenant } }) =>
      reply(answerExportStatus(amplitude, tenant, req.param('id'))),
    )
    .get('/5/cohorts/request/:id/file', ({ req, var: { reply, tenant } }) =>
      reply(answerExportFile(amplitude, tenant, req.param('id'))),
    )
    .on(['GET', 'POST'], '/2/taxonomy/:kind', ({ req, var: { reply, tenant, call } }) =>
      reply(answerTaxonomy(amplitude, tenant, call, req.param('kind'))),
    )
    .on(['GET', 'POST'], '/3/annotations', ({ var: { reply, tenant, call } }) => reply(answerAnnotations(tenant, call)))
    .on(['GET', 'POST'], '/3/annotation-categories', ({ var: { reply, tenant, call } }) =>
      reply(answerCategories(tenant, call)),
    )
    .all('*', ({ var: { reply } }) => reply(restError(404, 'Not found')));

const knowsTenant =
  (amplitude: AmplitudeState): MiddlewareHandler<RestEnv> =>
  async (context, next) => {
    const tenant = authenticate(amplitude, context.var.call);
    if ('refusal' in tenant) return context.var.reply(tenant.refusal);
    context.set('tenant', tenant);
    return next();
  };
