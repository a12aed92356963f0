/**
 * What nobody can see offline, on a real account of Make's: each group of modules runs once in a scenario of its own, one
 * runs into an error, and everything that was made is deleted, what an earlier run left behind first.
 */
import type { JSONValue, Make } from '@makehq/sdk';
import { sampleWireInterview } from '../../koji/sample.ts';

/** Everything that is made carries this name, so that a run that was cut off is cleared away by the next. */
export const MADE_BY_QA = 'made by make:qa';

export type Keys = { koji: string; amplitude: string; amplitudeSecret: string; region: string };

/** What is run, and what must come of it. */
type Trial = {
  point: string;
  module: string;
  connection: 'koji' | 'amplitude';
  mapper: Record<string, JSONValue>;
  ends: 'SUCCESS' | 'ERROR';
  says?: RegExp;
};

/** Each shows an open point of docs/make/maintainer.md. */
export const trials = (now: Date): Trial[] => [
  {
    point: 'an error of base has our words, by its status',
    module: 'getInterview',
    connection: 'koji',
    mapper: { interview_id: 'int_made_by_make_qa' },
    ends: 'ERROR',
    says: /^\[404\] Koji /,
  },
  {
    point: 'a step without an address refuses before any request',
    module: 'startInterview',
    connection: 'koji',
    mapper: { respondent_name: 'Nobody' },
    ends: 'ERROR',
    says: /whom to interview/,
  },
  {
    point: 'steps without an address share temp, and what is skipped is a result',
    module: 'sendInterviewEvent',
    connection: 'amplitude',
    mapper: {
      interview_id: sampleWireInterview.interview_id,
      completed_at: now.toISOString(),
      respondent_email: 'ada@example.com',
      quality_score: '4',
    },
    ends: 'SUCCESS',
  },
  {
    point: 'replace takes JavaScript’s patterns: a score that is no number is a skip',
    module: 'sendInterviewEvent',
    connection: 'amplitude',
    mapper: {
      interview_id: 'int_made_by_make_qa',
      completed_at: now.toISOString(),
      respondent_email: 'ada@example.com',
      quality_score: 'n/a (3 answers)',
    },
    ends: 'SUCCESS',
  },
  {
    point: 'iterate and its condition run over a list of Amplitude’s',
    module: 'searchCohorts',
    connection: 'amplitude',
    mapper: { name: 'made by make qa', limit: 1 },
    ends: 'SUCCESS',
  },
];

/** What was seen of one point. */
export type Verdict = { point: string; verdict: 'confirmed' | 'wrong'; seen: string };

/** Deletes what this command made, now or in a run that was cut off. Gives how many things these were. */
export const clear = async (make: Make, team: number): Promise<number> => {
  const scenarios = (await make.scenarios.list(team)).filter(({ name }) => name.includes(MADE_BY_QA));
  for (const { id } of scenarios) await make.scenarios.delete(id);
  const connections = (await make.connections.list(team)).filter(({ name }) => name.includes(MADE_BY_QA));
  for (const { id } of connections) await make.connections.delete(id);
  return scenarios.length + connections.length;
};

const blueprintOf = (app: string, { module, mapper }: Trial, connection: number) => ({
  name: `${module}, ${MADE_BY_QA}`,
  flow: [
    {
      id: 1,
      module: `app#${app}:${module}`,
      version: 1,
      parameters: { __IMTCONN__: connection },
      mapper,
      metadata: { designer: { x: 0, y: 0 } },
    },
  ],
  metadata: {
    version: 1,
    scenario: { roundtrips: 1, maxErrors: 3, autoCommit: true, sequential: false, dlq: false },
    designer: { orphans: [] },
  },
});

const seenOf = ({ ends, says }: Trial, status: string, message: string): Pick<Verdict, 'verdict' | 'seen'> => {
  const isRight = status === ends && (says === undefined || says.test(message));
  return { verdict: isRight ? 'confirmed' : 'wrong', seen: message === '' ? status : `${status}: ${message}` };
};

const tried = async (make: Make, team: number, app: string, trial: Trial, connection: number): Promise<Verdict> => {
  const { id } = await make.scenarios.create({
    teamId: team,
    scheduling: JSON.stringify({ type: 'on-demand' }),
    blueprint: JSON.stringify(blueprintOf(app, trial, connection)),
  });
  try {
    const { executionId } = await make.scenarios.run(id);
    const { status, error } = await make.executions.getDetail(id, executionId);
    return { point: trial.point, ...seenOf(trial, status, error?.message ?? '') };
  } finally {
    await make.scenarios.delete(id);
  }
};

/**
 * Runs every trial. `accounts` are the names that Make gave the app's connections, as makecomapp.json has them after a
 * deploy. Whatever happens, nothing that it made is left, unless the process is killed: then the next run clears it.
 */
export const qa = async (
  make: Make,
  team: number,
  app: string,
  accounts: Record<'koji' | 'amplitude', string>,
  keys: Keys,
  now: Date,
): Promise<Verdict[]> => {
  await clear(make, team);
  try {
    const koji = await make.connections.create({
      name: `Koji, ${MADE_BY_QA}`,
      teamId: team,
      accountName: accounts.koji,
      data: { koji_api_key: keys.koji },
    });
    const amplitude = await make.connections.create({
      name: `Amplitude, ${MADE_BY_QA}`,
      teamId: team,
      accountName: accounts.amplitude,
      data: {
        amplitude_api_key: keys.amplitude,
        amplitude_secret_key: keys.amplitudeSecret,
        amplitude_region: keys.region,
      },
    });
    const connections = { koji: koji.id, amplitude: amplitude.id };
    const verdicts: Verdict[] = [];
    for (const trial of trials(now)) {
      verdicts.push(await tried(make, team, app, trial, connections[trial.connection]));
    }
    return verdicts;
  } finally {
    await clear(make, team);
  }
};
