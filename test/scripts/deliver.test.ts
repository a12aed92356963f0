import { readDelivery } from '../../koji/delivery.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { verify } from '../../koji/signature.ts';
import { type Answer, type LocalServer, startServer } from '../../sandbox/server.ts';
import { runCommand, startCommand } from '../support/command.ts';

const SECRET = 'whsec_0123456789abcdef0123456789abcdef';
let receiver: LocalServer;
let answer: Answer;
beforeEach(async () => {
  answer = { status: 200, body: { status: 'success' } };
  receiver = await startServer(() => answer);
});
afterEach(() => receiver.close());

/** The command as `npm run deliver` runs it, with this for its `.env`. */
const deliver = (words: string[], env: Record<string, string> = { KOJI_WEBHOOK_SECRET: SECRET }) =>
  runCommand('scripts/deliver.ts', words, { env });

/** What arrived, verified and read as every platform does it. */
const heard = () =>
  receiver.calls.map(({ call }) => ({
    signature: verify([SECRET], call.body, call.headers, Date.now(), { back: 300, ahead: 300 }),
    delivery: readDelivery(call.body),
    body: call.body,
  }));

test('the sample interview arrives signed, and what came back is said without the secret', async () => {
  answer = { status: 200, body: `thanks for ${SECRET}` };
  const { code, out, err } = await startCommand('scripts/deliver.ts', ['--to', `${receiver.url}/hook`], {
    env: { KOJI_WEBHOOK_SECRET: SECRET },
  }).ended;
  expect(err).toBe('');
  expect(heard()).toMatchObject([
    {
      signature: 'valid',
      delivery: {
        kind: 'interview',
        interview: { interview_id: sampleWireInterview.interview_id, quality_score: 4, sentiment: 'negative' },
      },
    },
  ]);
  expect(out).toContain('(the sample: nobody is written), quality 4, negative, to 127.0.0.1');
  expect(out).toMatch(/200: taken \(\d+ ms\)\. It said: thanks for •••/);
  expect(code).toBe(0);
});

test('an answer that would steer the terminal is shown as plain text', async () => {
  answer = { status: 200, body: 'thanks\u001b[31m\u0007\u0000 a lot' };
  const { out } = await deliver(['--to', receiver.url]);
  expect(out).toContain('It said: thanks [31m a lot');
});

test('quality, sentiment and a person can be chosen; the person’s interview is a new one', async () => {
  await deliver(['--to', receiver.url, '--quality', '2', '--sentiment', 'positive', '--user', 'user_77']);
  const [first] = heard();
  expect(first?.delivery).toMatchObject({
    interview: { quality_score: 2, sentiment: 'positive', respondent_id: 'user_77', is_anonymous: false },
  });
  expect(first?.delivery).not.toMatchObject({ interview: { interview_id: sampleWireInterview.interview_id } });
});

test('--anonymous names nobody', async () => {
  await deliver(['--to', receiver.url, '--anonymous', '--user', 'user_77']);
  const [first] = heard();
  expect(first?.delivery).toMatchObject({
    interview: { is_anonymous: true, respondent_email: null, respondent_id: null },
  });
  expect(first?.body).not.toMatch(/user_77|ada@example.com/);
});

test('--twice sends the same bytes again', async () => {
  const { out } = await deliver(['--to', receiver.url, '--twice']);
  const [first, second] = heard();
  expect(second?.body).toBe(first?.body);
  expect(out.match(/200: taken/g)).toHaveLength(2);
});

test('--forged is signed with another secret, and refused as it has to be', async () => {
  answer = { status: 401, body: 'no' };
  const { code, out } = await deliver(['--to', receiver.url, '--forged'], {});
  expect(heard()[0]?.signature).toBe('wrong');
  expect(out).toContain('401: refused, as a forged delivery has to be');
  expect(code).toBe(0);
});

test('--verification sends the request by which Koji checks an address', async () => {
  const { out } = await deliver(['--to', receiver.url, '--verification']);
  expect(heard()).toMatchObject([{ signature: 'valid', delivery: { kind: 'verification' } }]);
  expect(out).toContain('The verification request, to 127.0.0.1');
});

test.each<[string, Answer, string]>([
  [
    'redirects',
    { status: 302, headers: { location: 'https://elsewhere.example/x' } },
    '302: sent on to elsewhere.example',
  ],
  ['redirects to no address', { status: 302, headers: { location: 'http://' } }, '302: sent on elsewhere'],
  ['answers 500', { status: 500, body: 'oh' }, '500: failed there; Koji would try again'],
  ['refuses', { status: 401 }, '401: refused: is the secret the one of this webhook?'],
  [
    'is busy',
    { status: 429, headers: { 'retry-after': '30' }, body: 'slow down' },
    '429: too many deliveries for that address: send it again in 30 seconds; Koji would try again',
  ],
  ['is busy without saying for how long', { status: 429 }, 'send it again in a minute'],
  ['takes something else', { status: 400 }, '400: not taken: is it the whole address of a webhook that hears Koji?'],
  ['is gone', { status: 410 }, '410: nobody takes deliveries there (any more)'],
  ['breaks the connection', 'reset', 'No answer: the connection broke'],
])('an address that %s is named as that, and the command ends with 1', async (_what, how, words) => {
  answer = how;
  const { code, out } = await deliver(['--to', receiver.url]);
  expect(out).toContain(words);
  expect(receiver.calls).toHaveLength(1);
  expect(code).toBe(1);
});

test('an address that hangs is given up after 10 seconds', async () => {
  answer = 'hang';
  const { code, out } = await deliver(['--to', receiver.url]);
  expect(out).toContain('No answer: none within 10 seconds');
  expect(code).toBe(1);
});

test('an address where nobody listens is named as that', async () => {
  const { url } = receiver;
  await receiver.close();
  const { code, out } = await deliver(['--to', url]);
  expect(out).toContain('No answer: nobody listens at that address');
  expect(code).toBe(1);
});

test.each([
  ['no address', [], 'to is needed'],
  ['an address that is none', ['--to', 'hooks'], '--to takes the address of a webhook'],
  ['an address in the open', ['--to', 'http://example.com/hook'], '--to takes an https address'],
  ['a password in the address', ['--to', 'https://me:word@example.com'], '--to takes an address without a name'],
  ['a quality that there is not', ['--to', 'https://example.com', '--quality', '6'], '--quality takes'],
])('%s is refused before anything is sent', async (_what, words, message) => {
  const { code, err } = await deliver(words);
  expect(err).toContain(message);
  expect(code).toBe(2);
});

test('without a secret it says where one goes', async () => {
  const { code, err } = await deliver(['--to', receiver.url], {});
  expect(err).toContain('put KOJI_WEBHOOK_SECRET into .env');
  expect(receiver.calls).toEqual([]);
  expect(code).toBe(2);
});
