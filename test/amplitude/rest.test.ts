import * as z from 'zod';
import { callRest, restData } from '../../amplitude/rest.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import type { OutgoingRequest, Reply } from '../../boundary/send.ts';

const HOST = 'https://amplitude.com';
const answer = (status: number, body: unknown): Reply => ({
  status,
  header: () => null,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const users = z.object({ matches: z.array(z.string()) });

test("a call goes to the region's host and asks for JSON", async () => {
  const sent: OutgoingRequest[] = [];
  const send = async (request: OutgoingRequest) => {
    sent.push(request);
    return answer(200, {});
  };
  await callRest({ send, host: HOST }, 'GET', '/api/3/cohorts');
  expect(sent).toEqual([
    {
      method: 'GET',
      url: 'https://amplitude.com/api/3/cohorts',
      headers: { accept: 'application/json' },
      timeoutMilliseconds: 10_000,
    },
  ]);
});

test('a form is sent as one, its values encoded', async () => {
  const sent: OutgoingRequest[] = [];
  const send = async (request: OutgoingRequest) => {
    sent.push(request);
    return answer(200, {});
  };
  await callRest({ send, host: HOST }, 'POST', '/api/2/taxonomy/event', {
    form: { event_type: 'a & b' },
    timeoutMilliseconds: 5_000,
  });
  expect(sent[0]).toMatchObject({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'event_type=a+%26+b',
    timeoutMilliseconds: 5_000,
  });
});

test('a call that gets no answer names the host', async () => {
  const send = async () => {
    throw new Error('socket hang up');
  };
  await expect(callRest({ send, host: HOST }, 'GET', '/api/3/cohorts')).rejects.toThrow(
    'Amplitude could not be reached at amplitude.com',
  );
});

test("the answer's data is read", () => {
  expect(restData(answer(200, { matches: ['a'], more: 1 }), users)).toEqual({ matches: ['a'] });
});

test.each([
  ['a refusal', answer(403, { error: { metadata: { details: 'Invalid API Key' } } }), 'invalid_api_key'],
  ['a web page', answer(200, '<html>'), 'unreadable'],
  ['data of another shape', answer(200, { matches: 'none' }), 'unreadable'],
])('%s is a failure that says so', (_name, reply, code) => {
  const read = () => restData(reply, users);
  expect(read).toThrow(VendorFailure);
  expect(read).toThrow(expect.objectContaining({ details: expect.objectContaining({ code, service: 'Amplitude' }) }));
});
