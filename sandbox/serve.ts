/**
 * `npm run sandbox`: leaves a local Koji and a local Amplitude running, with people, interviews and cohorts in them, until
 * Ctrl-C. An interview that is started here is answered five seconds later.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as z from 'zod';
import { builtApp, bundle } from '../scripts/bundle.ts';
import { commandLine } from '../scripts/command-line.ts';
import { sandboxProject } from './amplitude/projects.ts';
import { startAmplitude } from './amplitude/server.ts';
import { VirtualClock } from './clock.ts';
import { linesIn, withLines, withoutLines } from './env-file.ts';
import type { Outcome } from './koji/interviews.ts';
import { sandboxKeys } from './koji/projects.ts';
import { startKoji } from './koji/server.ts';
import { startPlayground } from './page/playground.ts';
import { servePage } from './page/server.ts';

const { 'write-env': writesEnv, port } = commandLine({
  called: 'npm run sandbox',
  does: 'Leaves a local Koji and a local Amplitude running until Ctrl-C, with a page to play with the loop.',
  takes: z.object({
    'write-env': z.boolean().default(false).describe('puts their connection into .env, beside what is there'),
    port: z.coerce.number().int().min(0).max(65_535).default(0).describe('where the page is; 0 takes any free one'),
  }),
});

const MINUTE = 60_000;
/** How often the sandbox's clock is set to the real one. */
const TICK = 250;
const ANSWERED_AFTER = 5_000;
/** Minutes that the page's clock jumps at once: as long as a Zap waits between two looks at its cohort. */
const MOST_AT_ONCE = 15;

/** Why a port can't be listened on. */
const listenError = z.object({ code: z.string() });

const ENV = resolve('.env');
// Zapier's core reads the app's package.json where it runs.
process.chdir(join(import.meta.dirname, '..'));

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const clock = new VirtualClock(Date.now() - 60 * MINUTE);
const koji = await startKoji({ clock });
// A real export takes 30 to 60 seconds; a command that is run by hand keeps nothing to come back with, so it must end sooner.
const amplitude = await startAmplitude({ now: clock.now, cohorts: { jobMilliseconds: 5_000 } });

const people = [
  { number: 10042, email: 'ada@example.com', name: 'Ada Example', story: 'quality 4' },
  { number: 10043, email: 'ben@example.com', name: 'Ben Example', story: 'quality 5' },
  { number: 10044, email: 'cleo@example.com', name: 'Cleo Example', story: 'anonymous' },
  { number: 10045, email: 'dan@example.com', name: 'Dan Example', story: 'quality 2, below the gate' },
  { number: 10046, email: 'eve@example.com', name: 'Eve Example', story: 'has not answered' },
] as const;
type Story = (typeof people)[number]['story'];

const outcomes: Partial<Record<Story, Outcome>> = {
  'quality 4': {},
  'quality 5': { quality_score: 5, sentiment: 'positive', themes: ['fast setup', 'friendly support'] },
  anonymous: { anonymous: { flag: 'anonymous', at: 'interview', hides: 'everything' } },
  'quality 2, below the gate': { quality_score: 2 },
};

const userId = ({ number }: { number: number }): string => `user_${number}`;

const lines = [];
for (const person of people) {
  const { email, name, story } = person;
  const interviewId = koji.openLink({
    respondent: { external_id: userId(person), display_name: name, metadata: { email } },
    respondent_email: email,
  });
  await clock.advance(9 * MINUTE);
  const outcome = outcomes[story];
  if (outcome !== undefined) koji.respond(interviewId, outcome);
  await clock.advance(MINUTE);
  lines.push(`#   ${interviewId}  ${userId(person)}  ${email.padEnd(16)}  ${story}`);
}

const members = people.map((person) => ({
  userId: userId(person),
  properties: { email: person.email, name: person.name, plan: 'trial' },
}));
const cohorts = [
  { id: 'trialend', name: 'Trial ended without upgrade', members: [...members.slice(0, 3), { userId: null }] },
  { id: 'poweruse', name: 'Power users', members: members.slice(3) },
];
for (const cohort of cohorts) amplitude.putCohort(sandboxProject.apiKey, cohort);

await bundle('public');
const app = await builtApp('public');
const playground = await startPlayground(app, { clock, koji, amplitude }, (minutes) =>
  inTurn(async () => {
    for (let left = minutes; left > 0; left -= MOST_AT_ONCE) {
      ahead += Math.min(left, MOST_AT_ONCE) * MINUTE;
      await catchUp();
    }
  }),
);

const startedByHand = Date.now();
const answerWhatWasStarted = (): void => {
  const answered = koji.respondAfter(
    ANSWERED_AFTER,
    ({ started_at, respondent }) =>
      Date.parse(started_at) < startedByHand || playground.isPlayed(respondent.external_id),
  );
  for (const interviewId of answered) print(`# ${interviewId} was answered; its analysis is ready in 2 to 5 seconds.`);
};

let isRunning = true;
let timer: NodeJS.Timeout | undefined;
/** How far the clock is ahead of the real one, in milliseconds. */
let ahead = 0;
const catchUp = async (): Promise<void> => {
  // Whoever waits for an answer that does not come moves the clock, too.
  ahead = Math.max(ahead, clock.now() - Date.now());
  await clock.advanceTo(Date.now() + ahead);
  await playground.poll();
  answerWhatWasStarted();
};
let turn = Promise.resolve();
/** One after the other: time that is moved on the page, and time that goes by. */
const inTurn = (act: () => Promise<void>): Promise<void> => {
  turn = turn.then(act);
  return turn;
};
const keepTime = async (): Promise<void> => {
  await inTurn(catchUp);
  if (isRunning) timer = setTimeout(keepTime, TICK);
};
await keepTime();
const page = await servePage(playground, port).catch((error: unknown) => {
  const { code } = listenError.parse(error);
  console.error(
    `Port ${port} ${code === 'EADDRINUSE' ? 'is taken' : `can not be had (${code})`}: name another one with --port.`,
  );
  process.exit(1);
});

const connection = {
  KOJI_API_URL: koji.url,
  AMPLITUDE_INGESTION_URL: amplitude.url,
  AMPLITUDE_REST_URL: amplitude.url,
  authData_koji_api_key: sandboxKeys.full,
  authData_connection_name: 'Sandbox',
  authData_amplitude_api_key: sandboxProject.apiKey,
  authData_amplitude_secret_key: sandboxProject.secretKey,
  authData_amplitude_region: sandboxProject.region,
  authData_amplitude_webhook_secret: 'sandbox-secret-of-cohort',
};

const envFile = (): string => (existsSync(ENV) ? readFileSync(ENV, 'utf8') : '');

/** Whether the sandbox whose lines `.env` has is running; one that was killed leaves them there. */
const isAnotherRunning = async (): Promise<boolean> => {
  const { KOJI_API_URL: address } = linesIn(envFile());
  return address !== undefined && (await fetch(address).then(Boolean, () => false));
};

/** Why the connection can't be put into `.env`; null once it is. */
const writeEnv = async (): Promise<string | null> => {
  if (await isAnotherRunning()) {
    return 'has the connection of another sandbox, which is running. End that one, or run this one in another folder or without --write-env.';
  }
  const written = withLines(envFile(), connection);
  if ('taken' in written) {
    return `sets ${written.taken.join(', ')} already, which may be somebody's keys. Move that file away and run this again.`;
  }
  writeFileSync(ENV, written.file);
  return null;
};

/** Takes the connection out of `.env` again. */
const clearEnv = (): void => {
  const others = withoutLines(envFile());
  if (others.trim() === '') rmSync(ENV, { force: true });
  else writeFileSync(ENV, others);
};

const refusal = writesEnv ? await writeEnv() : null;
if (refusal !== null) {
  console.error(`Nothing was written: ${basename(ENV)} ${refusal}`);
  process.exit(1);
}
const stop = async (): Promise<void> => {
  // npm hands Ctrl-C on a second time, which must not end the process halfway.
  if (!isRunning) return;
  isRunning = false;
  clearTimeout(timer);
  if (writesEnv) clearEnv();
  await Promise.all([page.close(), playground.close()]);
  await Promise.all([koji.close(), amplitude.close()]);
  process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
// The terminal was closed.
process.on('SIGHUP', stop);

// Last of all: whoever reads it may end this at once.
const shown = Object.entries(connection).map(([name, value]) => `${name}=${value}`);
print(`# A local Koji and a local Amplitude.${writesEnv ? ` ${basename(ENV)} has their connection.` : ''} Ctrl-C ends both.
${writesEnv ? '#' : `${shown.join('\n')}\n#`}
# Interviews, with Respondent ID and Respondent Email:
${lines.join('\n')}
# Cohorts: ${cohorts.map(({ id, name }) => `${id} (${name})`).join(', ')}
#
# The loop, to look at and play with: ${page.url}
# Running. An interview that you start is answered 5 seconds later.`);
