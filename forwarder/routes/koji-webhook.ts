/** Koji's webhook: an analyzed interview, written to Amplitude at once, or queued where Amplitude can't take it. */
import { getInterview } from '../../koji/api.ts';
import { tolerance } from '../../koji/contract.ts';
import { readDelivery } from '../../koji/delivery.ts';
import { anonymized, type Interview } from '../../koji/interview.ts';
import { verify } from '../../koji/signature.ts';
import { textOf } from '../body.ts';
import type { Forwarder } from '../forwarder.ts';
import { type WriteJob, writeJob } from '../jobs.ts';
import { handlerOf } from '../work.ts';

const MOST_BYTES = 1_000_000;
/** Koji waits for the answer, so Amplitude gets so many milliseconds before the queue takes over. */
const PATIENCE = 2_500;

const answer = (status: number, what: string): Response => Response.json({ status: what }, { status });

/** Answers a delivery. Everything that Koji could send again to no use is 200. */
export const hearKoji = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const { config, services, say } = forwarder;
  const body = await textOf(request, MOST_BYTES);
  const headers = Object.fromEntries(request.headers);
  const verification = verify(config.koji.webhookSecrets, body, headers, services.now(), tolerance.immediate);
  if (verification !== 'valid') {
    say('a delivery was refused', { signature: verification });
    return answer(401, `signature ${verification}`);
  }
  const delivery = readDelivery(body);
  if (delivery.kind === 'verification') return answer(200, 'verified');
  if (delivery.kind === 'other event' || delivery.kind === 'unreadable') return answer(200, 'ignored');
  if (delivery.kind === 'interview') return handle(forwarder, delivery.interview);
  const interview = await getInterview(services.koji, delivery.interviewId);
  if (interview === null) return answer(200, 'ignored');
  return handle(forwarder, delivery.isAnonymous ? anonymized(interview) : interview);
};

const handle = async (forwarder: Forwarder, interview: Interview): Promise<Response> => {
  const completed_at = Date.parse(interview.completed_at ?? '');
  if (Number.isNaN(completed_at)) return answer(200, 'ignored: no completed_at');
  const job = writeJob(forwarder.project, { ...interview, completed_at });
  return writeOrQueue(forwarder, job);
};

const writeOrQueue = async (
  { config, engine, services, project, say }: Forwarder,
  job: WriteJob,
): Promise<Response> => {
  const outcome = await handlerOf(services, project, config, PATIENCE)(job);
  if (outcome.result === 'done') {
    say('an interview was heard', { outcome: outcome.what });
    return answer(200, outcome.what);
  }
  if (outcome.result === 'hopeless') {
    say('an interview was given up', { why: outcome.why });
    return answer(200, 'given up');
  }
  await engine.queue([job]);
  say('an interview waits for Amplitude', { why: outcome.why });
  return answer(200, 'queued');
};
