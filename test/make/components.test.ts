/** Every module, webhook, RPC and connection of both built apps, run against the sandbox's Koji and Amplitude. */
import { SECRET_HEADER } from '../../amplitude/cohort-webhook.ts';
import { sandboxProject } from '../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../sandbox/clock.ts';
import { sandboxKeys } from '../../sandbox/koji/projects.ts';
import { startKoji } from '../../sandbox/koji/server.ts';
import { readApp } from '../../sandbox/make/app.ts';
import { fetchTo, toOwnersOnly } from '../../sandbox/make/network.ts';
import { deliver, runInstantTrigger, runModule, runRpc, testConnection } from '../../sandbox/make/run.ts';

const HOSTS = {
  koji: 'https://koji.so/api/v1',
  ingestion: 'https://api2.amplitude.com',
  rest: 'https://amplitude.com',
};
const connections = {
  koji: { koji_api_key: sandboxKeys.full },
  amplitude: {
    amplitude_api_key: sandboxProject.apiKey,
    amplitude_secret_key: sandboxProject.secretKey,
    amplitude_region: 'us',
  },
};
const SECRET = 'open sesame';

/** A day in which one person was interviewed, and a cohort computed. */
const startWorld = async () => {
  const clock = new VirtualClock(Date.now() - 60_000);
  const koji = await startKoji({ clock });
  const amplitude = await startAmplitude({ now: clock.now });
  const interviewId = koji.openLink({ respondent: { external_id: 'user_1' }, respondent_email: 'ada@example.com' });
  koji.respond(interviewId, { quality_score: 4, sentiment: 'mixed', themes: ['pricing'] });
  await clock.advance(10_000);
  amplitude.putUser(sandboxProject.apiKey, 'user_1');
  amplitude.putCohort(sandboxProject.apiKey, { id: 'c1', name: 'Trial users', members: [{ userId: 'user_1' }] });
  const plain = fetchTo({ [HOSTS.koji]: koji.url, [HOSTS.ingestion]: amplitude.url, [HOSTS.rest]: amplitude.url });
  const http = toOwnersOnly(plain, [
    { secrets: [sandboxKeys.full], hosts: [HOSTS.koji] },
    { secrets: [sandboxProject.apiKey], hosts: [HOSTS.ingestion, HOSTS.rest] },
    // For reading alone; uploads carry the API key.
    { secrets: [sandboxProject.secretKey], hosts: [HOSTS.rest] },
  ]);
  return { koji, amplitude, interviewId, around: { connections, parameters: {}, http, now: clock.now } };
};
type World = Awaited<ReturnType<typeof startWorld>>;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => Promise.all([world.koji.close(), world.amplitude.close()]));

type App = ReturnType<typeof readApp>;
type Case = { run: (app: App) => Promise<unknown>; gives: unknown };

const runs = (id: string, parameters: () => Record<string, unknown>) => async (app: App) =>
  (await runModule(app, id, { ...world.around, parameters: parameters() })).bundles;
const heard = (app: App, webhook: string, body: unknown, parameters: Record<string, unknown> = {}) =>
  deliver(app, webhook, {
    parameters,
    now: world.around.now,
    request: { headers: { [SECRET_HEADER]: SECRET }, body: JSON.stringify(body) },
  });
const analyzed = () => ({ event: 'interview.analysis_ready', data: { interview_id: world.interviewId } });
const batch = { cohort_id: 'c1', cohort_name: 'Trial users', in_cohort: true, users: [{ user_id: 'user_1' }] };
const ada = { respondent_id: 'user_1', respondent_email: 'ada@example.com', quality_score: 4, themes: ['pricing'] };

const cases: Record<'connection' | 'webhook' | 'rpc' | 'module', Record<string, Case>> = {
  connection: {
    koji: {
      run: (app) => testConnection(app, 'koji', connections.koji, world.around),
      gives: expect.stringMatching(/^Key /),
    },
    amplitude: {
      run: (app) => testConnection(app, 'amplitude', connections.amplitude, world.around),
      gives: expect.stringMatching(/^Project .* us$/),
    },
  },
  webhook: {
    analyzedInterviews: {
      run: async (app) => heard(app, 'analyzedInterviews', analyzed()),
      gives: { status: 200, items: [{ interview_id: expect.any(String), minimum_quality: 3 }] },
    },
    cohortMembers: {
      run: async (app) => heard(app, 'cohortMembers', batch, { amplitude_webhook_secret: SECRET }),
      gives: { status: 200, items: [{ cohort_name: 'Trial users', amplitude_user_id: 'user_1' }] },
    },
  },
  rpc: {
    listInterviews: {
      run: (app) => runRpc(app, 'listInterviews', world.around),
      gives: [{ label: expect.stringContaining('ada@example.com'), value: expect.any(String) }],
    },
    listStudies: {
      run: (app) => runRpc(app, 'listStudies', world.around),
      gives: [{ label: expect.stringContaining('(latest interviews: 1 of 1, last one '), value: expect.any(String) }],
    },
    listCohorts: {
      run: (app) => runRpc(app, 'listCohorts', world.around),
      gives: [{ label: 'Trial users', value: 'c1' }],
    },
    listAnnotationCategories: { run: (app) => runRpc(app, 'listAnnotationCategories', world.around), gives: [] },
  },
  module: {
    watchAnalyzedInterviews: {
      run: async (app) => {
        const [item] = heard(app, 'analyzedInterviews', analyzed()).items;
        return runInstantTrigger(app, 'watchAnalyzedInterviews', item, world.around);
      },
      gives: { ...ada, passes_gate: true, gate_reason: null },
    },
    watchCohortMembers: {
      run: async (app) => {
        const [item] = heard(app, 'cohortMembers', batch, { amplitude_webhook_secret: SECRET }).items;
        return runInstantTrigger(app, 'watchCohortMembers', item, world.around);
      },
      gives: { amplitude_user_id: 'user_1' },
    },
    startInterview: {
      run: runs('startInterview', () => ({ respondent_id: 'user_1', respondent_email: 'ada@example.com' })),
      gives: [{ already_started: true }],
    },
    getInterview: { run: runs('getInterview', () => ({ interview_id: world.interviewId })), gives: [ada] },
    makeAnApiCall: {
      run: runs('makeAnApiCall', () => ({ url: `/interviews/${world.interviewId}`, method: 'GET' })),
      gives: [{ statusCode: 200, body: { respondent_email: 'ada@example.com' } }],
    },
    watchInterviews: { run: runs('watchInterviews', () => ({})), gives: [ada] },
    searchInterviews: {
      run: runs('searchInterviews', () => ({ respondent_email: 'ada@example.com' })),
      gives: [ada],
    },
    sendInterviewEvent: {
      run: runs('sendInterviewEvent', () => ({
        ...ada,
        interview_id: world.interviewId,
        amplitude_user_id: 'user_1',
        completed_at: new Date(world.around.now()).toISOString(),
      })),
      gives: [{ status: 'written', user_id: 'user_1', events_ingested: 2 }],
    },
    searchCohorts: { run: runs('searchCohorts', () => ({ name: 'trial' })), gives: [{ id: 'c1', size: 1 }] },
    findUser: {
      run: runs('findUser', () => ({ amplitude_user_id: 'user_1' })),
      gives: [{ amplitude_user_id: 'user_1', properties: expect.any(Object) }],
    },
    registerInterviewEvent: {
      run: runs('registerInterviewEvent', () => ({})),
      gives: [{ id: 'koji.interview_completed', created: expect.arrayContaining(['theme_top_1']) }],
    },
    createChartAnnotation: {
      run: runs('createChartAnnotation', () => ({ label: 'Interviews began', start: '2026-05-24T11:00:00Z' })),
      gives: [{ label: 'Interviews began', start: '2026-05-24T11:00:00.000Z' }],
    },
  },
};

describe.each(['koji', 'koji-amplitude'] as const)('make/app/%s', (target) => {
  const app = readApp(`make/app/${target}`);
  const all = (['connection', 'webhook', 'rpc', 'module'] as const).flatMap((kind) =>
    app.ids[kind].map((id): [kind: keyof typeof cases, id: string] => [kind, id]),
  );

  test.each(all)('the %s %s runs, and no key leaves its service', async (kind, id) => {
    const { run, gives } = cases[kind][id] ?? notWritten(`There is no case for the ${kind} ${id}.`);
    expect({ result: await run(app) }).toMatchObject({ result: gives });
  });
});

function notWritten(message: string): never {
  throw new Error(message);
}

describe('with keys that are wrong', () => {
  const wrong = 'k_wrong';
  let before: World['around'];
  beforeAll(() => {
    before = world.around;
    const amplitude = { amplitude_api_key: wrong, amplitude_secret_key: wrong, amplitude_region: 'us' };
    world = { ...world, around: { ...before, connections: { koji: { koji_api_key: wrong }, amplitude } } };
  });
  afterAll(() => {
    world = { ...world, around: before };
  });

  const app = readApp('make/app/koji-amplitude');
  const asking = [
    ...app.ids.rpc.map((id): ['rpc', string] => ['rpc', id]),
    // What Amplitude's webhook hears is the whole of Watch cohort members: it asks nobody.
    ...app.ids.module.flatMap((id): ['module', string][] => (id === 'watchCohortMembers' ? [] : [['module', id]])),
  ];
  test.each(asking)('the %s %s says which service does not take its key', async (kind, id) => {
    const { run } = cases[kind][id] ?? notWritten(`There is no case for the ${kind} ${id}.`);
    await expect(run(app)).rejects.toMatchObject({
      type: expect.stringMatching(/^(InvalidAccessTokenError|RuntimeError)$/),
      message: expect.stringMatching(/(Koji|Amplitude) does not (accept|know) the API key/),
    });
  });
});

test('a key that goes to another service is seen', async () => {
  const answer = { status: 200, headers: {}, body: '' };
  const http = toOwnersOnly(async () => answer, [{ secrets: ['k_secret'], hosts: [HOSTS.koji] }]);
  const request = { method: 'GET', url: HOSTS.rest, headers: {}, body: undefined };
  const authorization = `Basic ${Buffer.from('id:k_secret').toString('base64')}`;
  await expect(http(request)).resolves.toBe(answer);
  await expect(http({ ...request, headers: { authorization } })).rejects.toThrow('went to amplitude.com');
  await expect(http({ ...request, url: HOSTS.koji, headers: { authorization } })).resolves.toBe(answer);
});
