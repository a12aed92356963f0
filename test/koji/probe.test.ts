import { probeKojiKey } from '../../koji/probe.ts';
import { failureOf } from '../support/failures.ts';
import { errorReply, htmlReply, kojiAnswering, kojiUnreachable } from '../support/koji.ts';
import { reply } from '../support/wire.ts';

const UNKNOWN = '0f5a1f6e-6f0e-4b0f-9a53-0c9f2c0c7d11';

test('the key is tested by asking for an interview that does not exist: nothing is written, nothing started', async () => {
  const { koji, requests } = kojiAnswering(errorReply(404, 'not_found', 'No such interview'));
  await probeKojiKey(koji, UNKNOWN, 7_500);
  expect(requests).toEqual([
    {
      method: 'GET',
      url: 'https://koji.so/api/v1/interviews/0f5a1f6e-6f0e-4b0f-9a53-0c9f2c0c7d11',
      headers: { accept: 'application/json' },
      timeoutMilliseconds: 7_500,
    },
  ]);
});

test.each([
  ["404 in Koji's own words means that the key is good", errorReply(404, 'not_found'), 'good'],
  ['403 forbidden means a good key that may not read', errorReply(403, 'forbidden'), 'may not read'],
  ['400 of an id that Koji calls none says nothing against the key', errorReply(400, 'invalid_id'), 'unchecked'],
  ['422 of an id that Koji calls none says nothing against the key', errorReply(422, 'invalid_id'), 'unchecked'],
])('%s', async (_name, answer, state) => {
  await expect(probeKojiKey(kojiAnswering(answer).koji, UNKNOWN, 7_500)).resolves.toBe(state);
});

test.each([
  ['404 of a web page, which any host answers', htmlReply(404)],
  ['404 with JSON of another kind', reply(404, { detail: 'Not Found' })],
  ['200 with an interview that can not exist', reply(200, { interview_id: UNKNOWN })],
  ['200 of a web page', htmlReply(200)],
])('%s: this is not Koji', async (_name, answer) => {
  const failure = await failureOf(() => probeKojiKey(kojiAnswering(answer).koji, UNKNOWN, 7_500));
  expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'not_koji', status: answer.status });
  expect(failure.message).toBe(
    `koji.so does not answer like Koji's API (status ${answer.status}), so the API key could not be checked. Try again in a few minutes.`,
  );
});

test.each([
  ['401: the key is wrong', errorReply(401, 'unauthorized'), 'connection'],
  ['401 of a web page: it is not about the key', htmlReply(401), 'retry'],
  ['400 of a web page: try again', htmlReply(400), 'retry'],
  ['402: the plan does not allow it', errorReply(402, 'payment_required'), 'connection'],
  ['403 with a plan code: the plan does not allow it', errorReply(403, 'plan_required'), 'connection'],
  ['403 of Koji’s with another code: refused', errorReply(403, 'region_blocked'), 'connection'],
  ['403 of a web page: try again', htmlReply(403), 'retry'],
  ['429: wait', reply(429), 'wait'],
  ['502 of a web page: try again', htmlReply(502), 'retry'],
  ['a page of several addresses: trying again will not mend it', reply(300), 'connection'],
  ['a redirect: trying again will not mend it', reply(301, '', { location: 'https://www.koji.so/' }), 'connection'],
])('%s', async (_name, answer, kind) => {
  const failure = await failureOf(() => probeKojiKey(kojiAnswering(answer).koji, UNKNOWN, 7_500));
  expect(failure.details).toMatchObject({ service: 'Koji', kind, status: answer.status });
});

test.each(['not_found', 'forbidden'])('200 with the error %s in it proves nothing', async (code) => {
  const answer = errorReply(200, code);
  const failure = await failureOf(() => probeKojiKey(kojiAnswering(answer).koji, UNKNOWN, 7_500));
  expect(failure.details).toMatchObject({ kind: 'retry', status: 200 });
});

test('a connection that never answers is said to be one, without the key', async () => {
  const failure = await failureOf(() => probeKojiKey(kojiUnreachable, UNKNOWN, 7_500));
  expect(failure.details).toEqual({ service: 'Koji', kind: 'retry', code: 'unreachable', status: 0 });
  expect(failure.message).not.toContain('pk_live');
});
