/** Koji's webhook: an analyzed interview, written to Amplitude at once, or queued where Amplitude can't take it. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { tolerance } from '../../koji/contract.ts';
import { type Delivery, isVerification, readDelivery } from '../../koji/delivery.ts';
import { type Verification, verify } from '../../koji/signature.ts';
import { textOf } from '../body.ts';
import { KEPT_OUT, type Outcome, REPLACED } from '../engine.ts';
import { factsOf } from '../fault.ts';
import type { Forwarder } from '../forwarder.ts';
import { hashOf, isNobodys, type Job, readJob, writeJob } from '../jobs.ts';
import { forAWhile } from '../services.ts';
import { handlerOf } from '../work.ts';

const MOST = { bytes: 1_000_000 };
/** Koji waits for the answer, so both services together get so many milliseconds before the queue takes over. */
const PATIENCE = 3_500;
/** What the queue is only asked or told by the way holds nobody up for longer. */
const QUEUE_PATIENCE = 1_000;

/**
 * What the queue gives in time, else what takes its place: one that can't be asked, or hangs, stops no interview. An answer
 * that came while this process was busy is in time: it is heard at the next turn.
 */
const inTime = <Value>({ say }: Forwarder, asked: Promise<Value>, otherwise: Value): Promise<Value> =>
  Promise.race([
    asked.catch((error: unknown) => {
      say('the queue was neither asked nor told of an interview', factsOf(error), 'warn');
      return otherwise;
    }),
    sleep(QUEUE_PATIENCE, undefined, { ref: false }).then(() => turn(otherwise)),
  ]);

/** What it mostly comes from that a delivery's signature is not valid. */
const signatureReasons: Record<Exclude<Verification, 'valid'>, string> = {
  wrong: 'KOJI_WEBHOOK_SECRET is not what Koji signs with, or it was not Koji.',
  missing: 'It came without a signature, so it was not Koji.',
  malformed: 'Its signature is of no form that Koji has, so it was not Koji.',
  stale: "It was signed more than five minutes before or after this machine's clock.",
};

const answer = (what: string): Response => Response.json({ status: what });

/** Answers a delivery. Everything that Koji could send again to no use is 200. */
export const hearKoji = async (forwarder: Forwarder, request: Request): Promise<Response> => {
  const { config, services, say } = forwarder;
  const body = await textOf(request, MOST);
  const headers = Object.fromEntries(request.headers);
  const verification = verify(config.koji.webhookSecrets, body, headers, services.now(), tolerance.immediate);
  if (verification !== 'valid') {
    // Nothing comes of it, and the secret may not be known yet (koji/contract.ts).
    if (isVerification(body)) return answer('verified');
    const why = signatureReasons[verification];
    say('a delivery was refused', { signature: verification, why }, 'warn');
    return Response.json({ status: `signature ${verification}`, message: why }, { status: 401 });
  }
  const delivery = readDelivery(body);
  if (delivery.kind === 'verification') return answer('verified');
  if (delivery.kind === 'interview' || delivery.kind === 'id')
    return answer(await hearInterview(forwarder, jobOf(forwarder, delivery)));
  const why = delivery.kind === 'unreadable' ? delivery.because : 'another event';
  say('a delivery was ignored', { why });
  return answer('ignored');
};

/** What a delivery asks for. */
const jobOf = ({ config: { project } }: Forwarder, delivery: Extract<Delivery, { kind: 'interview' | 'id' }>): Job =>
  delivery.kind === 'id'
    ? readJob(project, delivery.interviewId, delivery.isAnonymous)
    : writeJob(project, delivery.interview);

/** Of each interview of which a delivery is being heard in this process, the one that came last. */
const latest = new Map<string, Job>();

const hearInterview = async (forwarder: Forwarder, job: Job): Promise<string> => {
  latest.set(job.id, job);
  const isLatest = (): boolean => latest.get(job.id) === job;
  try {
    return await workOrQueue({ ...forwarder, services: forAWhile(forwarder.services, PATIENCE) }, job, isLatest);
  } finally {
    if (isLatest()) latest.delete(job.id);
  }
};

/** Gives what became of it. */
const workOrQueue = async (forwarder: Forwarder, job: Job, isLatest: () => boolean): Promise<string> => {
  const { config, engine, services, say } = forwarder;
  const work = handlerOf(services, config);
  const outcome: Outcome = isNobodys(job)
    ? KEPT_OUT
    : ((await inTime(forwarder, engine.foreseen(job), null)) ?? (await work(job, 0, async () => isLatest())));
  if (outcome.result === 'next') return workOrQueue(forwarder, outcome.job, isLatest);
  const isReplaced = !isLatest() && !isNobodys(job);
  if (outcome.result === 'done' || isReplaced) {
    const { what } = outcome.result === 'done' ? outcome : REPLACED;
    say('an interview was heard', { outcome: what, whose: hashOf(job) });
    // Where it was replaced, what waits is the newer one's. Where it is not written, what waits is older, and must not be.
    const over = isReplaced ? engine.tally(what) : engine.over(job, what);
    await (isReplaced || what === 'written' ? inTime(forwarder, over, undefined) : over);
    return what;
  }
  // What can't succeed is queued, too: there it is kept, for somebody to mend and try again.
  await engine.queue([job]);
  say(
    'an interview was queued',
    { why: outcome.why, whose: hashOf(job) },
    outcome.result === 'again' ? 'warn' : 'info',
  );
  return 'queued';
};
