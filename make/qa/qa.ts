/**
 * What nobody can see offline, on a real account of Make's: each group of modules and each blueprint runs once in a
 * scenario of its own, and everything that was made is deleted, what an earlier run left behind first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Execution, type JSONValue, type Make, MakeError } from '@makehq/sdk';
import * as z from 'zod';
import type { BlueprintModule } from '../blueprints/blueprint.ts';
import { appOf } from '../build/apps.ts';
import type { ConnectionId, Rpc } from '../language/format.ts';
import type { Origin } from '../origins/origins.ts';
import { points } from './points.ts';
import {
  type Account,
  type Expected,
  type Hook,
  type Keys,
  MADE_BY_QA,
  type Outcome,
  type Trial,
  trials,
} from './trials.ts';

/** What was seen of a scenario or an open point. */
export type Verdict = { of: string; verdict: 'confirmed' | 'wrong' | 'not tried'; seen: string };

/** Where it runs, and how long it waits for one scenario, in milliseconds. */
export type Place = { make: Make; team: number; origin: Origin; patience: number };

const PAGE = 100;
type Named = { id: number; name: string };

/** What this command made, now or in a run that was cut off. */
const madeIn = async <Thing extends Named>(page: (offset: number) => Promise<Thing[]>): Promise<Thing[]> => {
  const found: Thing[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const some = await page(offset);
    found.push(...some.filter(({ name }) => name.includes(MADE_BY_QA)));
    if (some.length < PAGE) return found;
  }
};

/** Deletes it: first what uses, then what is used. */
export const clear = async ({ make, team }: Place): Promise<void> => {
  for (const { id, isActive } of await madeIn((offset) => make.scenarios.list(team, { pg: { offset, limit: PAGE } }))) {
    if (isActive) await make.scenarios.deactivate(id);
    await make.scenarios.delete(id);
  }
  for (const { id } of await madeIn((offset) => make.hooks.list(team, { pg: { offset, limit: PAGE } }))) {
    await make.hooks.delete(id);
  }
  const connections = await make.connections.list(team);
  for (const { id } of connections.filter(({ name }) => name.includes(MADE_BY_QA))) await make.connections.delete(id);
};

/** Make's own name for a connection or a webhook of the app's; a deploy noted it. */
const remoteOf = ({ idMapping }: Origin, kind: 'connection' | 'webhook', local: string): string => {
  const found = idMapping[kind].find((one) => one.local === local);
  if (found === undefined) throw new Error(`${kind} ${local} was never deployed; run npm run make:deploy.`);
  return found.remote;
};

const connect = async ({ make, team, origin }: Place, keys: Keys): Promise<Record<Account, number>> => {
  const made = async (account: ConnectionId, name: string, data: Record<string, string>): Promise<number> => {
    const accountName = remoteOf(origin, 'connection', account);
    return (await make.connections.create({ name: `${name}, ${MADE_BY_QA}`, teamId: team, accountName, data })).id;
  };
  return {
    koji: await made('koji', 'Koji', { koji_api_key: keys.koji }),
    wrongKoji: await made('koji', 'Koji with a wrong key', { koji_api_key: 'pk_live_made_by_make_qa' }),
    amplitude: await made('amplitude', 'Amplitude', {
      amplitude_api_key: keys.amplitude,
      amplitude_secret_key: keys.amplitudeSecret,
      amplitude_region: keys.region,
    }),
  };
};

const { modules: allModules, rpcs } = appOf('koji-amplitude');
const modules = new Map(allModules.map((module) => [module.id, module]));

/** A step with its connection, or the trigger with its hook. */
const settled = (
  one: BlueprintModule,
  accounts: Record<Account, number>,
  hook: number | undefined,
): BlueprintModule => {
  const own = modules.get(one.module.replace(/^app#[^:]+:/, ''));
  const added: Record<string, number> = {
    ...(own?.kind === 'instant_trigger' && hook !== undefined ? { __IMTHOOK__: hook } : {}),
    ...(own !== undefined && own.kind !== 'instant_trigger' ? { __IMTCONN__: accounts[own.connection] } : {}),
    ...(one.module === 'gateway:CustomWebHook' && hook !== undefined ? { hook, maxResults: 1 } : {}),
  };
  return { ...one, parameters: { ...one.parameters, ...added } };
};

const NOTHING: Outcome = {
  status: '',
  error: { name: '', message: '' },
  outputs: {},
  deliveries: [],
  kept: [],
  isOn: true,
  hookIsConnected: false,
};

/** Pauses that get longer, until patience ends. */
async function* rounds(patience: number): AsyncGenerator<void> {
  let pause = 100;
  for (let waited = 0; waited < patience; waited += pause, pause = Math.min(pause * 2, 4_000)) {
    yield;
    await sleep(pause);
  }
}

/** Executions that have ended. What Make logs of a scenario besides, such as that it was turned on, has no such status. */
const ended = async ({ make }: Place, scenario: number): Promise<Execution[]> =>
  (await make.executions.list(scenario)).filter(({ status }) => [1, 2, 3].includes(status));

/** Waits for an execution's end. Right after its start Make may not know it yet. */
const seen = async ({ make, patience }: Place, scenario: number, execution: string) => {
  for await (const _round of rounds(patience)) {
    const detail = await make.executions.getDetail(scenario, execution).catch((error: unknown) => {
      if (error instanceof MakeError && error.statusCode === 404) return undefined;
      throw error;
    });
    if (detail !== undefined && detail.status !== 'RUNNING') {
      const { status, error: { name = '', message = '' } = {}, outputs = {} } = detail;
      return { status, error: { name, message }, outputs };
    }
  }
  return { status: 'RUNNING' };
};

/** Sends the deliveries one after the other and waits for what they start; where nothing should start, a little. */
const deliver = async (
  place: Place,
  scenario: number,
  hook: number,
  { deliveries }: Pick<Hook, 'deliveries'>,
): Promise<Partial<Outcome>> => {
  const { make, patience } = place;
  const { address } = await make.hooks.ping(hook);
  const answers: Outcome['deliveries'] = [];
  for (const { headers, body, runs } of deliveries) {
    const before = (await ended(place, scenario)).length;
    const { status } = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      // What no answer came to is seen as well.
    }).catch(() => ({ status: 0 }));
    const started = async (): Promise<number> => (await ended(place, scenario)).length - before;
    for await (const _round of rounds(patience)) {
      if ((await started()) >= runs) break;
    }
    await sleep(patience / 20);
    answers.push({ status, runs: await started() });
  }
  const last = (await ended(place, scenario))
    .toSorted((one, other) => one.timestamp.localeCompare(other.timestamp))
    .at(-1);
  return { deliveries: answers, ...(last === undefined ? {} : await seen(place, scenario, last.id)) };
};

const hookSchema = z.object({ data: z.looseObject({ __IMTCONN__: z.number().optional() }).default({}) });

const makeHook = async ({ make, team, origin }: Place, trial: Trial, accounts: Record<Account, number>) => {
  if (trial.hook === undefined) return undefined;
  const { webhook, connection, data } = trial.hook;
  const given = connection === undefined ? {} : { __IMTCONN__: accounts[connection] };
  const made = await make.hooks.create({
    name: calledAs(trial),
    teamId: team,
    typeName: webhook === 'gateway-webhook' ? webhook : remoteOf(origin, 'webhook', webhook),
    data: { ...data, ...given },
  });
  const { data: kept } = hookSchema.parse(await make.hooks.get(made.id));
  return { id: made.id, isConnected: kept.__IMTCONN__ === given.__IMTCONN__, ...trial.hook };
};

const calledAs = ({ name }: Trial): string => `${name}, ${MADE_BY_QA}`;

const blueprintOf = (trial: Trial, accounts: Record<Account, number>, hook: number | undefined): string => {
  const { blueprint, returns } = trial;
  const isInstant = hook !== undefined;
  return JSON.stringify({
    ...blueprint,
    name: calledAs(trial),
    flow: blueprint.flow.map((one) => settled(one, accounts, hook)),
    metadata: {
      ...blueprint.metadata,
      instant: isInstant,
      // Where it is kept, the error of a scenario without handlers would not end in ERROR.
      scenario: { ...blueprint.metadata.scenario, dlq: isInstant },
    },
    interface: { input: [], output: returns.map((name) => ({ name, type: 'any' })) },
  });
};

/** Runs one scenario. What Make refuses is an outcome, too: an import that can't be is what was to be found out. */
const run = async (place: Place, trial: Trial, accounts: Record<Account, number>): Promise<Outcome> => {
  const { make, team } = place;
  try {
    const hook = await makeHook(place, trial, accounts);
    const { id } = await make.scenarios.create(
      {
        teamId: team,
        scheduling: { type: hook === undefined ? 'on-demand' : 'immediately' },
        blueprint: blueprintOf(trial, accounts, hook?.id),
      },
      { confirmed: true },
    );
    await make.scenarios.activate(id);
    const came =
      hook === undefined
        ? await seen(place, id, (await make.scenarios.run(id, undefined, { responsive: false })).executionId)
        : await deliver(place, id, hook.id, hook);
    const { isActive, isinvalid } = await make.scenarios.get(id);
    const kept: string[] = [];
    for (const incomplete of await make.incompleteExecutions.list(id)) {
      kept.push(JSON.stringify(await make.incompleteExecutions.bundle(incomplete.id)));
    }
    if (isActive) await make.scenarios.deactivate(id);
    const hookIsConnected = hook?.isConnected ?? false;
    return { ...NOTHING, ...came, kept, isOn: isActive && !isinvalid, hookIsConnected };
  } catch (error) {
    if (!(error instanceof MakeError)) throw error;
    return { ...NOTHING, status: 'REFUSED', error: { name: 'MakeError', message: error.message } };
  }
};

const valueAt = (outcome: Outcome, path: string): unknown =>
  path.split('.').reduce((value: unknown, key) => Object(value)[key], outcome);

const isAsExpected = (found: unknown, expected: JSONValue | RegExp): boolean =>
  expected instanceof RegExp
    ? expected.test(typeof found === 'string' ? found : JSON.stringify(found ?? ''))
    : isDeepStrictEqual(found, expected);

const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** What stands at the places that count, and the error that there was. */
const lookedAt = (outcome: Outcome, expected: Expected): string[] => [
  ...Object.keys(expected).map((path) => `${path}: ${short(JSON.stringify(valueAt(outcome, path)) ?? 'nothing')}`),
  ...(outcome.error.message === '' || 'error.message' in expected ? [] : [`error: ${short(outcome.error.message)}`]),
];

const judged = (of: string, outcomes: [outcome: Outcome, expected: Expected][]): Verdict => ({
  of,
  verdict: outcomes.every(([outcome, expected]) =>
    Object.entries(expected).every(([path, value]) => isAsExpected(valueAt(outcome, path), value)),
  )
    ? 'confirmed'
    : 'wrong',
  seen: outcomes.map(([outcome, expected]) => lookedAt(outcome, expected).join(', ')).join('; '),
});

const choicesSchema = z.array(z.object({ label: z.string(), value: z.string() }));
/** What our own errors begin with: the status of a service's answer. What Make itself refuses has none. */
const OWN_WORDS = /\[\d{3}\] .*/;
const NOT_LISTED = /does not list interviews/;

/**
 * A dropdown as its form opens it. Whether this call takes the connection as others do is not known (M31), so an answer
 * that is not ours shows nothing.
 */
const opened = async (
  { make, origin }: Place,
  { id, label, connection }: Rpc,
  accounts: Record<Account, number>,
): Promise<Verdict> => {
  const of = `Dropdown: ${label}`;
  try {
    const data = { __IMTCONN__: accounts[connection] };
    const answer = await make.sdk.rpcs.test(origin.appId, origin.appVersion, id, { data, schema: [] });
    const choices = choicesSchema.safeParse(answer).data;
    return choices === undefined
      ? { of, verdict: 'not tried', seen: 'an answer that is no list of choices' }
      : { of, verdict: 'confirmed', seen: `${choices.length} choices` };
  } catch (error) {
    if (!(error instanceof MakeError)) throw error;
    const [own] = OWN_WORDS.exec(error.message) ?? [];
    if (own === undefined) return { of, verdict: 'not tried', seen: short(error.message) };
    return { of, verdict: NOT_LISTED.test(own) ? 'confirmed' : 'wrong', seen: short(own) };
  }
};

/**
 * Runs every trial and opens every dropdown; gives what came of each scenario and of each open point. Whatever happens, nothing that it made on Make
 * is left, unless the process is killed: then the next run clears it.
 */
export const qa = async (place: Place, keys: Keys, now: Date): Promise<{ scenarios: Verdict[]; points: Verdict[] }> => {
  await clear(place);
  try {
    const accounts = await connect(place, keys);
    const seenOf: { trial: Trial; outcome: Outcome }[] = [];
    for (const trial of trials(place.origin.appId, keys, now)) {
      seenOf.push({ trial, outcome: await run(place, trial, accounts) });
    }
    const dropdowns: Verdict[] = [];
    for (const rpc of rpcs) dropdowns.push(await opened(place, rpc, accounts));
    return {
      scenarios: [...seenOf.map(({ trial, outcome }) => judged(trial.name, [[outcome, trial.expected]])), ...dropdowns],
      points: points.map(({ key, open, untried }) =>
        untried === undefined
          ? judged(
              open,
              seenOf.flatMap(({ trial: { shows }, outcome }): [Outcome, Expected][] =>
                shows[key] === undefined ? [] : [[outcome, shows[key]]],
              ),
            )
          : { of: open, verdict: 'not tried', seen: untried },
      ),
    };
  } finally {
    await clear(place);
  }
};
