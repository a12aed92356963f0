/**
 * `npm run sandbox`: leaves a local Koji and a local Amplitude running, with people, interviews and cohorts in them, until
 * Ctrl-C. What it prints fits into `.env`: the connection as lines, everything else as comments. An interview that is
 * started here is answered five seconds later.
 */
import { sandboxProject } from './amplitude/projects.ts';
import { startAmplitude } from './amplitude/server.ts';
import { VirtualClock } from './clock.ts';
import { earlierStatus, type Outcome } from './koji/interviews.ts';
import { sandboxKeys } from './koji/projects.ts';
import { startKoji } from './koji/server.ts';

const MINUTE = 60_000;
/** How often the sandbox's clock is set to the real one. */
const TICK = 250;
const ANSWERED_AFTER = 5_000;

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

const startedByHand = Date.now();
const answerWhatWasStarted = (): void => {
  for (const { interview_id, started_at, status } of koji.interviews()) {
    const since = Date.parse(started_at);
    if (status !== earlierStatus.open || since < startedByHand || clock.now() - since < ANSWERED_AFTER) continue;
    koji.respond(interview_id);
    print(`# ${interview_id} was answered; its analysis is ready in 2 to 5 seconds.`);
  }
};

let isRunning = true;
let timer: NodeJS.Timeout | undefined;
const keepTime = async (): Promise<void> => {
  await clock.advance(Math.max(0, Date.now() - clock.now()));
  answerWhatWasStarted();
  if (isRunning) timer = setTimeout(keepTime, TICK);
};
await keepTime();

print(`# A local Koji and a local Amplitude. Put these lines into .env; Ctrl-C ends both.
KOJI_API_URL=${koji.url}
AMPLITUDE_INGESTION_URL=${amplitude.url}
AMPLITUDE_REST_URL=${amplitude.url}
authData_koji_api_key=${sandboxKeys.full}
authData_connection_name=Sandbox
authData_amplitude_api_key=${sandboxProject.apiKey}
authData_amplitude_secret_key=${sandboxProject.secretKey}
authData_amplitude_region=${sandboxProject.region}
authData_amplitude_webhook_secret=sandbox-cohort-webhook-secret
#
# Interviews, with Respondent ID and Respondent Email:
${lines.join('\n')}
# Cohorts: ${cohorts.map(({ id, name }) => `${id} (${name})`).join(', ')}
#
# Running. An interview that you start is answered 5 seconds later.`);

const stop = async (): Promise<void> => {
  // npm hands Ctrl-C on a second time, which must not end the process halfway.
  if (!isRunning) return;
  isRunning = false;
  clearTimeout(timer);
  await Promise.all([koji.close(), amplitude.close()]);
  process.exit(0);
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
