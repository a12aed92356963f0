import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import * as z from 'zod';
import { type Blueprint, type BlueprintModule, scenario as scenarioOf } from '../../../make/blueprints/blueprint.ts';
import { folderOf } from '../../../make/build/built.ts';
import { newOrigin } from '../../../make/origins/origins.ts';
import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { sandboxKeys } from '../../../sandbox/koji/projects.ts';
import { startKoji } from '../../../sandbox/koji/server.ts';
import { readApp } from '../../../sandbox/make/app.ts';
import { MakeError } from '../../../sandbox/make/error.ts';
import { fetchTo } from '../../../sandbox/make/network.ts';
import { runRpc, testConnection } from '../../../sandbox/make/run.ts';
import { type Execution, Scenario } from '../../../sandbox/make/scenario.ts';

export const APP_ID = 'koji-amplitude-a1b2c3';

/** How Make may be otherwise than our notes say. */
export type Otherwise = {
  /** It takes no Ignore on a trigger. */
  refusesIgnoreOnTrigger?: true;
  /** It passes over `verification`. */
  ignoresVerification?: true;
  /** All people of one delivery are one execution. */
  joinsPeople?: true;
  /** An error of a token turns a scenario off, whatever its handlers. */
  turnsOff?: true;
  /** A filter on an error's way sees no type, so that all goes to Break. */
  hidesErrorTypes?: true;
  /** A dropdown gets no connection with what it is asked. */
  opensWithoutConnection?: true;
  /** The services are down while the dropdowns open. */
  breaksDropdowns?: true;
  /** Koji refuses an ID that it does not know. */
  refusesUnknownIds?: true;
  /** A run is never answered. */
  hangs?: true;
};

const localIds = { 'connection-k1': 'koji', 'connection-a1': 'amplitude' } as const;
const hookIds = { 'webhook-k1': 'analyzedInterviews', 'webhook-a1': 'cohortMembers' } as const;

/** Where the app lies, as a deploy to this stand-in would have noted it. */
export const originAt = (url: string) => {
  const origin = newOrigin(`${url}/api`, APP_ID);
  const mapped = (ids: object) => Object.entries(ids).map(([remote, local]) => ({ local, remote }));
  return { ...origin, idMapping: { ...origin.idMapping, connection: mapped(localIds), webhook: mapped(hookIds) } };
};

/** On the wire, the account's name is the connection's, and its type what Make calls the app's. */
const connectionSchema = z
  .object({ accountName: z.string(), accountType: z.enum(['connection-k1', 'connection-a1']) })
  .catchall(z.string());
const hookSchema = z.looseObject({
  name: z.string(),
  typeName: z.enum(['webhook-k1', 'webhook-a1', 'gateway-webhook']),
  __IMTCONN__: z.number().optional(),
});
const creationSchema = z.object({ blueprint: z.string(), scheduling: z.string() });

type Log = { id: string; imtId: string; status: 1 | 2 | 3; timestamp: string; executions: Execution[] };
type Made = { id: number; name: string };
type MadeHook = Made & { typeName: keyof typeof hookIds | 'gateway-webhook'; data: Record<string, unknown> };
type MadeConnection = Made & { local: 'koji' | 'amplitude'; data: Record<string, string> };
type MadeScenario = Made & {
  scenario: Scenario;
  trigger: string;
  hook: number | undefined;
  isActive: boolean;
  logs: Log[];
  kept: object[];
};

/**
 * A local stand-in for the part of Make's API that the command calls. It runs the scenarios in our own runner, against a
 * local Koji and a local Amplitude.
 */
export const startMake = async (otherwise: Otherwise = {}) => {
  const clock = new VirtualClock(Date.now());
  const koji = await startKoji({ clock });
  if (otherwise.refusesUnknownIds) {
    const refusal = { status: 403, body: { error: 'not_yours', message: 'No.' } };
    koji.failNext(({ path }) => path.includes('/interviews/int_made_by_make_qa'), refusal, Number.POSITIVE_INFINITY);
  }
  const amplitude = await startAmplitude({ now: clock.now });
  const http = fetchTo({
    'https://koji.so/api/v1': koji.url,
    'https://api2.amplitude.com': amplitude.url,
    'https://amplitude.com': amplitude.url,
  });
  const app = readApp(folderOf('koji-amplitude'));
  const scenarios = new Map<number, MadeScenario>();
  const hooks = new Map<number, MadeHook>();
  const connections = new Map<number, MadeConnection>();
  let next = 1;
  let started = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });

  /** The values of the connections that a scenario names; a hook's own stands for its trigger's. */
  const accountsOf = (ids: unknown[]) =>
    Object.fromEntries(
      ids.map((id) => {
        const one = connections.get(Number(id));
        if (one === undefined) throw new Error(`There is no connection ${id}.`);
        return [one.local, one.data];
      }),
    );

  /** One log for each run, which begins with the scenario's first step. */
  const logRuns = (made: MadeScenario, since: number): void => {
    for (const execution of made.scenario.executions.slice(since)) {
      if (execution.module === made.trigger && !(otherwise.joinsPeople && made.logs.length > 0)) {
        const id = `run-${made.id}-${made.logs.length}`;
        const timestamp = new Date(clock.now() + made.logs.length).toISOString();
        made.logs.push({ id, imtId: id, status: 1, timestamp, executions: [] });
      }
      made.logs.at(-1)?.executions.push(execution);
    }
    for (const log of made.logs) {
      const outcomes = log.executions.map(({ outcome }) => outcome);
      if (outcomes.includes('ignored') || outcomes.includes('kept to run again')) log.status = 2;
      if (outcomes.includes('failed')) log.status = 3;
    }
  };
  const moving = async (made: MadeScenario, begin: () => void): Promise<void> => {
    const since = made.scenario.executions.length;
    begin();
    await clock.advance(10_000);
    logRuns(made, since);
  };

  const routes = new Hono();
  routes.get('/api/v2/scenarios', (context) =>
    context.json({ scenarios: [...scenarios.values()].map(({ id, name, isActive }) => ({ id, name, isActive })) }),
  );
  routes.post('/api/v2/scenarios', async (context) => {
    const { blueprint } = creationSchema.parse(await context.req.json());
    const { name, flow }: Blueprint = JSON.parse(blueprint);
    if (otherwise.refusesIgnoreOnTrigger && /builtin:Ignore/.test(JSON.stringify(flow[0]?.onerror ?? []))) {
      return context.json({ message: 'Ignore is not allowed on a trigger.' }, 400);
    }
    const settings = flow.map(({ parameters }) => parameters);
    const hook = settings.flatMap(({ __IMTHOOK__, hook: id }) => __IMTHOOK__ ?? id ?? []).map(Number)[0];
    const theHook = hooks.get(hook ?? 0);
    const ids = [...settings.map(({ __IMTCONN__ }) => __IMTCONN__), theHook?.data.__IMTCONN__];
    const id = next++;
    const plain = flow.map(({ parameters, ...one }: BlueprintModule): BlueprintModule => {
      const { __IMTCONN__: _connection, __IMTHOOK__: _hook, hook: _id, maxResults: _most, ...others } = parameters;
      const isOurs = one.module.startsWith(`app#${APP_ID}:`);
      return isOurs ? { ...one, parameters: {}, mapper: { ...one.mapper, ...others } } : { ...one, parameters: others };
    });
    const { name: _name, typeName: _type, __IMTCONN__: _account, ...hookParameters } = theHook?.data ?? {};
    scenarios.set(id, {
      id,
      name,
      hook,
      trigger: flow[0]?.module ?? '',
      isActive: false,
      logs: [],
      kept: [],
      scenario: new Scenario(
        scenarioOf(name, plain),
        app,
        clock,
        { connections: accountsOf(ids.filter((one) => one !== undefined)), http },
        hookParameters,
      ),
    });
    return context.json({ scenario: { id } });
  });
  const scenarioAt = (id: string): MadeScenario => {
    const made = scenarios.get(Number(id));
    if (made === undefined) throw new Error(`There is no scenario ${id}.`);
    return made;
  };
  for (const [path, isActive] of [
    ['start', true],
    ['stop', false],
  ] as const) {
    routes.post(`/api/v2/scenarios/:id/${path}`, (context) => {
      scenarioAt(context.req.param('id')).isActive = isActive;
      return context.json({ scenario: { isActive } });
    });
  }
  routes.get('/api/v2/scenarios/:id', (context) => {
    const { id, name, isActive, scenario, hook, logs } = scenarioAt(context.req.param('id'));
    const hadTokenError = logs.some(({ executions }) =>
      executions.some(({ error }) => error?.type === 'InvalidAccessTokenError'),
    );
    // Only what a webhook starts is turned off by an error.
    return context.json({
      scenario: {
        id,
        name,
        isActive,
        isinvalid: hook !== undefined && (!scenario.isOn || (otherwise.turnsOff === true && hadTokenError)),
      },
    });
  });
  routes.post('/api/v2/scenarios/:id/run', async (context) => {
    const made = scenarioAt(context.req.param('id'));
    started();
    if (otherwise.hangs) await new Promise(() => {});
    await moving(made, () => made.scenario.runOnce());
    return context.json({ executionId: made.logs.at(-1)?.id });
  });
  routes.get('/api/v2/scenarios/:id/logs', (context) =>
    context.json({
      scenarioLogs: [
        // What Make logs besides executions.
        { id: 'x', type: 'modify', timestamp: new Date(clock.now()).toISOString() },
        ...scenarioAt(context.req.param('id')).logs.map(({ executions: _executions, ...log }) => log),
      ],
    }),
  );
  routes.get('/api/v2/scenarios/:id/executions/:run', (context) => {
    const { logs } = scenarioAt(context.req.param('id'));
    const log = logs.find(({ id }) => id === context.req.param('run'));
    const error = log?.executions.findLast((one) => one.error !== undefined)?.error;
    return context.json({
      status: ['', 'SUCCESS', 'WARNING', 'ERROR'][log?.status ?? 0],
      outputs: log?.executions.find(({ module }) => module === 'scenario-service:ReturnData')?.output ?? {},
      ...(error === undefined ? {} : { error: { name: error.type, message: error.message } }),
    });
  });
  routes.get('/api/v2/dlqs', (context) => {
    const { id, logs, kept } = scenarioAt(context.req.query('scenarioId') ?? '');
    const incomplete = logs.flatMap(({ executions }) =>
      executions.filter(
        ({ outcome }) =>
          outcome === 'kept to run again' || (otherwise.hidesErrorTypes === true && outcome === 'ignored'),
      ),
    );
    return context.json({
      dlqs: incomplete.map((_one, index) => ({ id: `${id}-${Math.min(index, kept.length - 1)}` })),
    });
  });
  routes.get('/api/v2/dlqs/:id/bundle', (context) => {
    const [scenario = '', index] = context.req.param('id').split('-');
    return context.json({ response: scenarioAt(scenario).kept[Number(index)] ?? {} });
  });
  routes.delete('/api/v2/scenarios/:id', (context) => {
    const { id, isActive } = scenarioAt(context.req.param('id'));
    if (isActive) return context.json({ message: 'The scenario is on.' }, 422);
    scenarios.delete(id);
    return context.json({});
  });

  routes.get('/api/v2/hooks', (context) =>
    context.json({ hooks: [...hooks.values()].map(({ id, name }) => ({ id, name })) }),
  );
  routes.post('/api/v2/hooks', async (context) => {
    const { typeName, name, ...data } = hookSchema.parse(await context.req.json());
    const id = next++;
    hooks.set(id, { id, name, typeName, data });
    return context.json({ hook: { id, name } });
  });
  routes.get('/api/v2/hooks/:id', (context) => {
    const { id, name, data } = hooks.get(Number(context.req.param('id'))) ?? {};
    return context.json({ hook: { id, name, data } });
  });
  let url = '';
  routes.get('/api/v2/hooks/:id/ping', (context) =>
    context.json({ address: `${url}/hook/${context.req.param('id')}`, attached: true, learning: false, gone: false }),
  );
  routes.delete('/api/v2/hooks/:id', (context) => {
    const id = Number(context.req.param('id'));
    if ([...scenarios.values()].some(({ hook }) => hook === id)) return context.json({ message: 'In use.' }, 422);
    hooks.delete(id);
    return context.json({});
  });
  routes.post('/hook/:id', async (context) => {
    const id = Number(context.req.param('id'));
    const made = [...scenarios.values()].find(({ hook, isActive }) => hook === id && isActive);
    if (made === undefined) return context.text('Nobody listens.', 410);
    // Which text a list becomes is not known to the runner: here it is one of its entries with commas.
    const body = (await context.req.text()).replace(/("name":)\["(\w+)","(\w+)"\]/, '$1"$2, $3"');
    made.kept.push({ delivery: body });
    let status = 0;
    await moving(made, () => {
      status = made.scenario.receive({ headers: context.req.header(), body }).status;
    });
    return new Response('Accepted', { status: otherwise.ignoresVerification ? 200 : status });
  });

  routes.get('/api/v2/connections', (context) =>
    context.json({ connections: [...connections.values()].map(({ id, name }) => ({ id, name })) }),
  );
  routes.post('/api/v2/connections', async (context) => {
    const { accountName: name, accountType, ...data } = connectionSchema.parse(await context.req.json());
    const local = localIds[accountType];
    try {
      await testConnection(app, local, data, { connections: {}, parameters: {}, http, now: clock.now });
    } catch (error) {
      if (!(error instanceof MakeError)) throw error;
      return context.json({ message: error.message }, 400);
    }
    const id = next++;
    connections.set(id, { id, name, local, data });
    return context.json({ connection: { id, name } });
  });
  routes.delete('/api/v2/connections/:id', (context) => {
    connections.delete(Number(context.req.param('id')));
    return context.json({});
  });

  const questionSchema = z.object({ data: z.object({ __IMTCONN__: z.number() }), schema: z.tuple([]) });
  routes.post(`/api/v2/sdk/apps/${APP_ID}/1/rpcs/:rpc`, async (context) => {
    const { data } = questionSchema.parse(await context.req.json());
    if (otherwise.opensWithoutConnection) return context.json({ message: 'The connection is missing.' }, 400);
    const around = {
      connections: accountsOf([data.__IMTCONN__]),
      parameters: {},
      http: otherwise.breaksDropdowns ? async () => ({ status: 500, headers: {}, body: '' }) : http,
      now: clock.now,
    };
    try {
      return context.json(await runRpc(app, context.req.param('rpc'), around));
    } catch (error) {
      if (!(error instanceof MakeError)) throw error;
      return context.json({ message: error.message }, 400);
    }
  });

  const server = serve({ fetch: routes.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    keys: {
      KOJI_API_KEY: sandboxKeys.full,
      AMPLITUDE_API_KEY: sandboxProject.apiKey,
      AMPLITUDE_SECRET_KEY: sandboxProject.secretKey,
    },
    running,
    /** The names of everything that is on Make now. */
    names: () => [...scenarios.values(), ...hooks.values(), ...connections.values()].map(({ name }) => name),
    /** What people made there themselves. */
    keep: (name: string) => hooks.set(next, { id: next++, name, typeName: 'gateway-webhook', data: {} }),
    events: () => amplitude.events(sandboxProject.apiKey),
    close: async () => {
      server.close();
      await Promise.all([koji.close(), amplitude.close()]);
    },
  };
};
