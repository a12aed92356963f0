/** The forwarder with its queue on a database: the same for every host that runs Node. */
import { pino } from 'pino';
import { fingerprint } from '../boundary/text.ts';
import type { Config } from './config.ts';
import { factsOf } from './fault.ts';
import { createForwarder, type Say } from './forwarder.ts';
import { metricsOf } from './metrics.ts';
import { servicesOf } from './services.ts';
import type { Database } from './store/database.ts';
import { openEngine } from './store/engine.ts';
import { sayingHandlerOf } from './work.ts';

const log = pino({ base: null });
/** A line for the log. */
export const say: Say = (what, facts = {}, level = 'info') => log[level](facts, what);

export type Service = Awaited<ReturnType<typeof openService>>;

/** Opens the queue. Rejects when the database can't be reached. */
export const openService = async (config: Config, database: Database) => {
  const engine = await openEngine(database, {
    paceKeys: { Koji: config.project, Amplitude: fingerprint(`amplitude:${config.amplitude.apiKey}`) },
    spacingMilliseconds: config.spacingMilliseconds,
    notAgainDays: config.starting.notAgainDays,
    onError: (error) => say('work on the queue failed', factsOf(error), 'error'),
  }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const services = servicesOf(config);
  return {
    fetch: createForwarder(config, engine, services, say, metricsOf(engine)),
    /** Works on the queue until what it gives is called. */
    work: () => engine.work(sayingHandlerOf(services, config, say)),
    close: engine.close,
  };
};
