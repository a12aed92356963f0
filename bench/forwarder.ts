/**
 * What the forwarder takes: `npx node bench/forwarder.ts`. Koji's webhook at a steady pace beside the bare POST, and many
 * people at once, worked off at a Koji that is 60 times as fast, while processes are killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { ANALYSIS_READY_EVENT, SIGNATURE_HEADER } from '../koji/contract.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { type LocalServer, startServer } from '../sandbox/server.ts';
import { commandLine } from '../scripts/command-line.ts';

const given = commandLine({
  called: 'npx node bench/forwarder.ts',
  does: 'Measures the forwarder: Koji’s webhook at a steady pace, and many people at once while processes are killed.',
  takes: z.object({
    what: z.enum(['webhook', 'people']).default('webhook'),
    seconds: z.coerce.number().int().min(1).max(600).default(60),
    people: z.coerce.number().int().min(10).max(100_000).default(10_000),
    postgres: z.string().optional().describe('an empty database; without it the queue is in a folder'),
  }),
});

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const SECRET = 'a-secret-of-the-benchmark';

type Service = { child: ChildProcess; url: string };
const folder = mkdtempSync(join(tmpdir(), 'forwarder-bench-'));
const start = (koji: LocalServer, amplitude: LocalServer): Promise<Service> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['forwarder/hosts/node.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        KOJI_API_KEY: 'pk_live_benchmark',
        KOJI_WEBHOOK_SECRET: SECRET,
        AMPLITUDE_API_KEY: 'benchmark',
        AMPLITUDE_WEBHOOK_SECRET: SECRET,
        ETL_SECRET: SECRET,
        KOJI_API_URL: koji.url,
        AMPLITUDE_INGESTION_URL: amplitude.url,
        AMPLITUDE_REST_URL: amplitude.url,
        FORWARDER_FOLDER: folder,
        START_SPACING_MILLISECONDS: '18',
        MOST_QUEUED: '1000000',
        ...(given.postgres === undefined ? {} : { DATABASE_URL: given.postgres }),
      },
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (printed.length < 5_000) printed += chunk.toString();
      const url = /alive\?\s+(http:\S+)\/healthz/.exec(printed)?.[1];
      if (url !== undefined) resolve({ child, url });
    });
    child.once('exit', (code) => reject(new Error(`The forwarder ended with ${code}.`)));
  });

/** Resident memory of a process in MB: now, and at its most. */
const memoryOf = ({ child }: Service): string => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const megabytes = (name: string): string =>
    (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
  return `${megabytes('VmRSS')} MB now, ${megabytes('VmHWM')} MB at most`;
};

const POST = { method: 'POST' };
const uploaded = { status: 200, body: { code: 200, events_ingested: 1 } };
/** Amplitude takes 30 milliseconds for an answer. */
const amplitude = await startServer(async () => {
  await sleep(30);
  return uploaded;
});

const started = new Map<string, number>();
let refused = 0;
let recent: number[] = [];
const respondent = z.object({ respondent: z.object({ external_id: z.string() }) });
/** Koji takes 60 starts in any one second, and 30 milliseconds for each. */
const koji = await startServer(async ({ body }) => {
  const now = performance.now();
  recent = recent.filter((at) => at > now - 1_000);
  if (recent.length >= 60) {
    refused += 1;
    return { status: 429, headers: { 'retry-after': '1' }, body: { error: 'rate_limited', message: 'Wait.' } };
  }
  recent.push(now);
  await sleep(30);
  const { external_id } = respondent.parse(JSON.parse(body)).respondent;
  started.set(external_id, (started.get(external_id) ?? 0) + 1);
  return { status: 201, body: { interview_id: `int_${external_id}`, status: 'in_progress' } };
});

const percentile = (sorted: number[], share: number): string =>
  `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)}`;
const summary = (name: string, times: number[]): void => {
  const sorted = times.toSorted((a, b) => a - b);
  print(
    `${name.padEnd(24)} ${times.length} sent, p50 ${percentile(sorted, 0.5)} ms, p95 ${percentile(sorted, 0.95)} ms, p99 ${percentile(sorted, 0.99)} ms`,
  );
};

/** Sends 50 a second to each address in turn, whether or not the last ones were answered. */
const webhook = async (service: Service): Promise<void> => {
  const ours: number[] = [];
  const bare: number[] = [];
  const wrong: number[] = [];
  const timed = async (into: number[], send: () => Promise<Response>): Promise<void> => {
    const began = performance.now();
    const answer = await send();
    await answer.text();
    into.push(performance.now() - began);
    if (answer.status !== 200) wrong.push(answer.status);
  };
  const sent: Promise<void>[] = [];
  const many = given.seconds * 50;
  const began = performance.now();
  for (let index = 0; index < many; index += 1) {
    await sleep(Math.max(0, began + index * 20 - performance.now()));
    const data = { ...sampleWireInterview, interview_id: `int_${index}`, completed_at: new Date().toISOString() };
    const body = JSON.stringify({ event: ANALYSIS_READY_EVENT, id: `evt_${index}`, data });
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { [SIGNATURE_HEADER]: `sha256=${signature}` };
    sent.push(timed(ours, () => fetch(`${service.url}/koji/webhook`, { ...POST, body, headers })));
    sent.push(timed(bare, () => fetch(`${amplitude.url}/2/httpapi`, { ...POST, body })));
  }
  await Promise.all(sent);
  summary('POST /koji/webhook', ours);
  summary('bare POST to Amplitude', bare);
  print(`answers other than 200: ${wrong.length}; memory ${memoryOf(service)}`);
};

const people = async (first: Service): Promise<void> => {
  const ids = Array.from({ length: given.people }, (_, index) => `u_${index}`);
  const half = Math.floor(ids.length / 2);
  const cohort = JSON.stringify({
    cohort_id: 'c',
    in_cohort: true,
    users: ids.slice(0, half).map((user_id) => ({ user_id, user_properties: { email: `${user_id}@example.com` } })),
  });
  const timed = async (name: string, send: () => Promise<Response>): Promise<void> => {
    const began = performance.now();
    const answer = await send();
    await answer.text();
    print(`${name}: ${answer.status} after ${(performance.now() - began).toFixed(0)} ms; memory ${memoryOf(first)}`);
  };
  const services = [first];
  if (given.postgres !== undefined) {
    for (let more = 0; more < 3; more += 1) services.push(await start(koji, amplitude));
  }
  const began = performance.now();
  await timed(`${half} members by the cohort webhook`, () =>
    fetch(`${first.url}/amplitude/cohort`, { ...POST, body: cohort, headers: { 'x-webhook-secret': SECRET } }),
  );
  for (let from = half; from < ids.length; from += 5_000) {
    const rows = ids.slice(from, from + 5_000).map((external_id) => ({ external_id }));
    await timed(`${rows.length} rows by /etl/respondents`, () =>
      fetch(`${first.url}/etl/respondents`, {
        ...POST,
        body: JSON.stringify(rows),
        headers: { authorization: `Bearer ${SECRET}` },
      }),
    );
  }
  /** Until so many were started; whoever was not when Koji has heard of nobody for two minutes is lost. */
  const until = async (many: number): Promise<void> => {
    while (started.size < many && performance.now() - (recent.at(-1) ?? began) < 120_000) await sleep(50);
  };
  await until(Math.floor(ids.length / 3));
  const killed = services.slice(0, given.postgres === undefined ? 1 : 2);
  for (const { child } of killed) child.kill('SIGKILL');
  await sleep(200);
  if (given.postgres === undefined) services.push(await start(koji, amplitude));
  await until(ids.length);
  const seconds = (performance.now() - began) / 1_000;
  await sleep(2_000);
  const doubled = [...started.values()].filter((times) => times > 1).length;
  const ideal = (ids.length * 18) / 1_000;
  print(
    `${started.size} of ${ids.length} started, ${ids.length - started.size} lost, ${doubled} asked for twice, ${refused} times 429, in ${seconds.toFixed(0)} s (ideal ${ideal.toFixed(0)} s), ${killed.length} processes killed`,
  );
  for (const { child } of services) child.kill('SIGKILL');
};

print(`${given.postgres === undefined ? 'folder' : 'Postgres'}; load ${loadavg()[0]?.toFixed(1)} on this machine`);
const service = await start(koji, amplitude);
print(`idle memory ${memoryOf(service)}`);
await (given.what === 'webhook' ? webhook(service) : people(service));
service.child.kill('SIGKILL');
await Promise.all([koji.close(), amplitude.close()]);
rmSync(folder, { recursive: true, force: true });
print(`load ${loadavg()[0]?.toFixed(1)} at the end`);
process.exit(0);
