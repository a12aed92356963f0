/** What the service does, as Prometheus reads it. Names nobody. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { pausedSeconds, services, type WorkingEngine } from './engine.ts';

export type Metrics = ReturnType<typeof metricsOf>;

/** The numbers come from the queue, so they are the same in every process and outlive each. */
export const metricsOf = (engine: WorkingEngine) => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const waiting = new Gauge({
    name: 'forwarder_jobs_waiting',
    help: 'Jobs that wait or are under way, by what is to be done.',
    labelNames: ['kind'],
    registers,
  });
  const dead = new Gauge({ name: 'forwarder_jobs_dead', help: 'Jobs that were given up.', registers });
  const paused = new Gauge({
    name: 'forwarder_paused_seconds',
    help: 'How long a service is still left alone.',
    labelNames: ['service'],
    registers,
  });
  const outcomes = new Counter({
    name: 'forwarder_outcomes_total',
    help: 'What became of people and interviews.',
    labelNames: ['what'],
    registers,
  });
  const requests = new Histogram({
    name: 'forwarder_request_duration_seconds',
    help: 'Time to the answer of this process.',
    labelNames: ['route', 'status'],
    registers,
  });
  return {
    contentType: registry.contentType,
    /** Rejects when the queue can't be reached. */
    text: async (): Promise<string> => {
      const [counts, totals] = await Promise.all([engine.counts(), engine.totals()]);
      for (const [kind, jobs] of Object.entries(counts.waiting)) waiting.set({ kind }, jobs);
      dead.set(counts.dead);
      for (const service of services) paused.set({ service }, pausedSeconds(counts, service));
      outcomes.reset();
      for (const { what, times } of totals) outcomes.inc({ what }, times);
      return registry.metrics();
    },
    /** One request that was answered, with the seconds it took. */
    observe: (route: string, status: number, seconds: number) => requests.observe({ route, status }, seconds),
  };
};
