/** The forwarder in the test's own process, against a local Koji and a local Amplitude. */
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder, type Say } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { handlerOf } from '../../forwarder/work.ts';
import { startQueue } from '../../sandbox/forwarder/queue.ts';
import { type Ask, health, senders, startServices } from './forwarder.ts';

/**
 * Both services, and the forwarder's handler in this process, on the sandbox's queue: for all that is the same whichever queue
 * it has, and whoever brings it the requests.
 */
export const startHere = async (more: Record<string, string> = {}) => {
  const services = await startServices();
  const config = readConfig({ ...services.settings, ...more });
  const queue = startQueue(services.clock, config.spacingMilliseconds);
  const reached = servicesOf(config);
  queue.work(handlerOf(reached, config));
  const log: Parameters<Say>[] = [];
  const handle = createForwarder(config, queue, reached, (...line) => {
    log.push(line);
  });
  const ask: Ask = (path, init) => handle(new Request(`http://forwarder${path}`, init));
  return {
    ...services,
    ...senders(ask),
    ask,
    /** What it says, as it says it. */
    log,
    waiting: async () => health.parse(await (await ask('/healthz', {})).json()).waiting,
    /** All that is due until nothing waits, at once. */
    nothingWaits: () => services.clock.runUntilIdle(),
    end: services.closeBoth,
  };
};
export type Here = Awaited<ReturnType<typeof startHere>>;
