/**
 * `npm run deliver`: sends what Koji would send to a webhook, signed with the secret from the environment, and says what
 * came back. Exit code 0 when everything was answered with 2xx (what is forged may be refused), 1 when not, 2 when it
 * can't begin.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { isLoopback } from '../boundary/host.ts';
import { retryAfterSeconds } from '../boundary/send.ts';
import { durationInWords } from '../boundary/text.ts';
import {
  ANALYSIS_READY_EVENT,
  qualityScale,
  SIGNATURE_HEADER,
  sentiments,
  signatureParts,
  VERIFICATION_EVENT,
  WHERE_WEBHOOKS_ARE,
} from '../koji/contract.ts';
import { sampleWireInterview } from '../koji/sample.ts';
import { secretsOf, sign } from '../koji/signature.ts';
import { type Command, commandLine, refuse } from './command-line.ts';

/** Where the secret stands: for the forwarder, and for Zapier's CLI. */
const SECRETS = ['KOJI_WEBHOOK_SECRET', 'authData_koji_webhook_secret'];
/** Koji is answered within seconds, or takes it for a failure. */
const PATIENCE = 10_000;
/** In seconds, where an address that is busy does not say for how long. */
const UNSAID_WAIT = 60;
/** So much of an answer's body is shown. */
const LONGEST_SHOWN = 300;

const takes = z.object({
  to: z.url({ protocol: /^https?$/ }).describe('the address of a webhook'),
  quality: z.coerce
    .number()
    .int()
    .min(qualityScale.lowest)
    .max(qualityScale.highest)
    .default(sampleWireInterview.quality_score),
  sentiment: z.enum(sentiments).default('negative'),
  anonymous: z.boolean().default(false).describe('held in anonymous mode: nobody’s id or email'),
  interview: z.string().min(1).optional().describe('an interview’s id, in place of the sample’s'),
  user: z.string().min(1).optional().describe('the Amplitude user id to write to, with an interview of its own'),
  twice: z.boolean().default(false).describe('delivers the same bytes again'),
  forged: z.boolean().default(false).describe('signs with another secret'),
  verification: z.boolean().default(false).describe('sends the request by which Koji checks an address instead'),
});
const command: Command<typeof takes> = {
  called: 'npm run deliver',
  does: 'Sends a signed test delivery to a webhook, as Koji would, and says what came back. The sample interview writes nobody.',
  takes,
};
const given = commandLine(command);

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const target = new URL(given.to);
if (target.protocol === 'http:' && !isLoopback(target)) {
  refuse(command, ['--to takes an https address; without encryption it has to be this machine.']);
}
if (target.username !== '' || target.password !== '') {
  refuse(command, ['--to takes an address without a name and a password in it, as Koji does.']);
}
const [whole, first] = secretsOf(SECRETS.map((name) => process.env[name]).find((value) => value?.trim()));
// Where two stand in one field, any of them signs.
const secret = first ?? whole;
if (secret === undefined && !given.forged) {
  refuse(command, [
    `The secret of the webhook is needed: put ${SECRETS[0]} into .env, as Koji shows it under ${WHERE_WEBHOOKS_ARE}.`,
  ]);
}

const interviewOf = () => {
  const id =
    given.interview ?? (given.user === undefined ? sampleWireInterview.interview_id : `int_test_${randomUUID()}`);
  const now = new Date().toISOString();
  const nobody = { external_id: null, display_name: null, metadata: {} };
  return {
    ...sampleWireInterview,
    interview_id: id,
    transcript_url: sampleWireInterview.transcript_url.replace(sampleWireInterview.interview_id, id),
    completed_at: now,
    analyzed_at: now,
    quality_score: given.quality,
    sentiment: given.sentiment,
    ...(given.user === undefined ? {} : { respondent: { ...sampleWireInterview.respondent, external_id: given.user } }),
    ...(given.anonymous ? { respondent_email: null, respondent: { ...nobody, anonymous: true } } : {}),
  };
};

const interview = interviewOf();
const body = JSON.stringify(
  given.verification
    ? { event: VERIFICATION_EVENT }
    : {
        event: ANALYSIS_READY_EVENT,
        id: `evt_test_${randomUUID()}`,
        created_at: new Date().toISOString(),
        data: interview,
      },
);
const signature = `${signatureParts.digest}${sign(given.forged ? randomUUID() : (secret ?? ''), body).toString('hex')}`;

type Answer = { status: number; location: string | null; waitSeconds: number; text: string };

/** What stands in the way of an answer, in words. */
const fault = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return `none within ${PATIENCE / 1_000} seconds`;
  const { data } = z.object({ cause: z.object({ code: z.string() }) }).safeParse(error);
  if (data?.cause.code === 'ECONNREFUSED') return 'nobody listens at that address';
  if (data?.cause.code === 'ENOTFOUND') return `there is no host ${target.hostname}`;
  return `the connection broke${data === undefined ? '' : ` (${data.cause.code})`}`;
};

const deliver = async (): Promise<Answer | string> => {
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const header = (name: string) => response.headers.get(name);
    const reply = { status: response.status, header, body: await response.text() };
    const waitSeconds = retryAfterSeconds(reply) ?? UNSAID_WAIT;
    return { status: reply.status, location: header('location'), waitSeconds, text: reply.body };
  } catch (error) {
    return fault(error);
  }
};

const REFUSALS = new Set([401, 403]);

/** Whether it went as it should, and what it means. */
const judge = ({ status, location, waitSeconds }: Answer): { isGood: boolean; meaning: string } => {
  if (status >= 200 && status < 300) {
    return { isGood: true, meaning: given.forged ? 'taken; what came of it stands in the history there' : 'taken' };
  }
  if (REFUSALS.has(status)) {
    return given.forged
      ? { isGood: true, meaning: 'refused, as a forged delivery has to be' }
      : { isGood: false, meaning: 'refused: is the secret the one of this webhook?' };
  }
  if (status >= 300 && status < 400) {
    const to =
      location !== null && URL.canParse(location, given.to) ? `to ${new URL(location, given.to).host}` : 'elsewhere';
    return { isGood: false, meaning: `sent on ${to}, which was not followed: give the final address` };
  }
  if (status === 404 || status === 410) return { isGood: false, meaning: 'nobody takes deliveries there (any more)' };
  if (status === 429) {
    const meaning = `too many deliveries for that address: send it again in ${durationInWords(waitSeconds)}; Koji would try again`;
    return { isGood: false, meaning };
  }
  if (status >= 500) return { isGood: false, meaning: 'failed there; Koji would try again' };
  return { isGood: false, meaning: 'not taken: is it the whole address of a webhook that hears Koji?' };
};

/** On one line, and without what would steer the terminal. */
const shown = (text: string): string =>
  (secret === undefined ? text : text.replaceAll(secret, '•••'))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, LONGEST_SHOWN)
    .trim();

print(
  given.verification
    ? `The verification request, to ${target.host}.`
    : `${interview.interview_id}${interview.interview_id === sampleWireInterview.interview_id ? ' (the sample: nobody is written)' : ''}, quality ${given.quality}, ${given.sentiment}${given.anonymous ? ', anonymous' : ''}${given.forged ? ', forged' : ''}, to ${target.host}.`,
);
let isGood = true;
for (let round = 0; round < (given.twice ? 2 : 1); round += 1) {
  const began = performance.now();
  const answer = await deliver();
  const took = `${Math.round(performance.now() - began)} ms`;
  if (typeof answer === 'string') {
    print(`No answer: ${answer} (${took}).`);
    isGood = false;
    continue;
  }
  const judged = judge(answer);
  isGood = isGood && judged.isGood;
  print(
    `${answer.status}: ${judged.meaning} (${took}).${shown(answer.text) === '' ? '' : ` It said: ${shown(answer.text)}`}`,
  );
}
process.exitCode = isGood ? 0 : 1;
