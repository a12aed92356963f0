import * as z from 'zod';
import { readConfig } from '../../forwarder/config.ts';
import { createForwarder, type Say } from '../../forwarder/forwarder.ts';
import { servicesOf } from '../../forwarder/services.ts';
import { sayingHandlerOf } from '../../forwarder/work.ts';
import { sandboxProject } from '../amplitude/projects.ts';
import { inApp, putAppsInto } from '../app-time.ts';
import { startQueue } from '../forwarder/queue.ts';
import { sandboxKeys } from '../koji/projects.ts';
import { type Answer, type Call, startServer } from '../server.ts';
import { entering, SECRET } from './entering.ts';
import type { Person } from './oracle.ts';
import type { Platform, World } from './platform.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_ROUNDS = 8;
const FIRST_SECRET = `whsec_${Buffer.from('the first secret of the campaign').toString('base64')}`;
const interview = z.object({ interview_id: z.string() });
/** The interview of a delivery, or the delivery as one (K8). */
const deliveredSchema = z.union([interview, z.object({ data: interview }).transform(({ data }) => data)]);
const answerSchema = z.object({ status: z.string() });

/** The forwarder's handler and its work, on the sandbox's queue. */
export const onForwarder = async ({ clock, koji, amplitude }: World): Promise<Platform> => {
  const restoreTime = putAppsInto(clock);
  // In this process and on the clock: the real one waits minutes of real time.
  const engine = startQueue(clock, 0);
  const lines: string[] = [];
  const skipped: string[] = [];
  let believed = 0;
  let givenUp = 0;
  let replays = 0;
  let last: Call | undefined;

  const say: Say = (what, facts = {}) => {
    lines.push(`${what} ${JSON.stringify(facts)}`);
    if (what.startsWith('an interview')) believed += 1;
    if (what === 'an interview was given up') givenUp += 1;
  };

  const configured = (secret: string) => {
    const config = readConfig({
      KOJI_API_KEY: sandboxKeys.full,
      KOJI_WEBHOOK_SECRET: secret,
      AMPLITUDE_API_KEY: sandboxProject.apiKey,
      AMPLITUDE_SECRET_KEY: sandboxProject.secretKey,
      ETL_SECRET: SECRET,
      AMPLITUDE_WEBHOOK_SECRET: SECRET,
      KOJI_API_URL: koji.url,
      AMPLITUDE_INGESTION_URL: amplitude.url,
      AMPLITUDE_REST_URL: amplitude.url,
    });
    const services = { ...servicesOf(config), now: clock.now };
    const work = sayingHandlerOf(services, config, say);
    engine.work((...given) => inApp(() => work(...given)));
    return createForwarder(config, engine, services, say);
  };
  let handler = configured(FIRST_SECRET);

  const ask = async ({ method, address, headers, bytes }: Pick<Call, 'method' | 'address' | 'headers' | 'bytes'>) => {
    const request = new Request(`http://forwarder${address}`, { method, headers, body: new Uint8Array(bytes) });
    const response = await inApp(() => handler(request));
    return { status: response.status, body: await response.text() };
  };
  const hear = async (call: Call): Promise<Answer> => {
    last = call;
    const { status, body } = await ask(call);
    lines.push(body);
    if (answerSchema.safeParse(JSON.parse(body)).data?.status.startsWith('skipped') === true) {
      skipped.push(deliveredSchema.parse(JSON.parse(call.body)).interview_id);
    }
    return { status, body };
  };
  const hook = await startServer(hear);
  const settle = () => clock.runUntilIdle();

  const attend = async (again: () => Promise<unknown>): Promise<void> => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const tried = await engine.tryAgain(null);
      if (tried === 0 && givenUp === 0) return;
      replays += tried + givenUp;
      if (givenUp > 0) await again();
      givenUp = 0;
      await settle();
    }
  };
  const row = ({ user_id, email, name }: Person) => ({
    address: '/etl/respondents',
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: user_id, email, display_name: name }),
  });
  /** Every other person comes through Amplitude's webhook. */
  const sent = (person: Person) =>
    /[02468]$/.test(person.user_id) ? { address: '/amplitude/cohort', ...entering(person) } : row(person);

  return {
    // As on Zapier, with Amplitude's secret key.
    promised: { unasked: HOUR, unanswered: DAY, atAll: 7 * DAY },
    readsAnswers: true,
    turnOn: async () => {
      await koji.addWebhookInSettings(`${hook.url}/koji/webhook`, FIRST_SECRET);
    },
    start: async (person) => {
      const { body, ...request } = sent(person);
      await ask({ method: 'POST', ...request, bytes: Buffer.from(body) });
      await settle();
      await attend(async () => {});
    },
    hook,
    setCache: () => {},
    settle,
    attend,
    replayLast: async () => {
      if (last !== undefined) await hear(last);
    },
    takeSecret: async () => {
      handler = configured(koji.webhooks()[0]?.secret ?? '');
    },
    believed: () => believed,
    skipped: () => skipped,
    lines: () => lines,
    replays: () => replays,
    close: async () => {
      restoreTime();
      await hook.close();
    },
  };
};
