import * as z from 'zod';
import { callRest, restData } from '../../amplitude/rest.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import { network, reply } from '../support/wire.ts';

const HOST = 'https://amplitude.com';
const users = z.object({ matches: z.array(z.string()) });

test("a call goes to the region's host and asks for JSON", async () => {
  const { send, requests } = network(reply(200, {}));
  await callRest({ send, host: HOST }, 'GET', '/api/3/cohorts');
  expect(requests).toEqual([
    {
      method: 'GET',
      url: 'https://amplitude.com/api/3/cohorts',
      headers: { accept: 'application/json' },
      timeoutMilliseconds: 10_000,
    },
  ]);
});

test('a form is sent as one, its values encoded', async () => {
  const { send, requests } = network(reply(200, {}));
  await callRest({ send, host: HOST }, 'POST', '/api/2/taxonomy/event', {
    form: { event_type: 'a & b' },
    timeoutMilliseconds: 5_000,
  });
  expect(requests[0]).toMatchObject({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'event_type=a+%26+b',
    timeoutMilliseconds: 5_000,
  });
});

test('an object is sent as JSON', async () => {
  const { send, requests } = network(reply(200, {}));
  await callRest({ send, host: HOST }, 'POST', '/api/3/annotations', { json: { label: 'a & b' } });
  expect(requests[0]).toMatchObject({
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: '{"label":"a & b"}',
  });
});

test('a call that gets no answer names the host', async () => {
  const { send } = network(new Error('socket hang up'));
  await expect(callRest({ send, host: HOST }, 'GET', '/api/3/cohorts')).rejects.toThrow(
    'Amplitude could not be reached at amplitude.com',
  );
});

test("the answer's data is read", () => {
  expect(restData(reply(200, { matches: ['a'], more: 1 }), users)).toEqual({ matches: ['a'] });
});

test.each([
  ['a refusal', reply(403, { error: { metadata: { details: 'Invalid API Key' } } }), 'invalid_api_key'],
  ['a refusal that brings data all the same', reply(400, { matches: [] }), 'blocked'],
  ['a redirect that brings data all the same', reply(300, { matches: [] }), 'redirect'],
  ['a web page', reply(200, '<html>'), 'unreadable'],
  ['data of another shape', reply(200, { matches: 'none' }), 'unreadable'],
])('%s is a failure that says so', (_name, answer, code) => {
  const read = () => restData(answer, users);
  expect(read).toThrow(VendorFailure);
  expect(read).toThrow(expect.objectContaining({ details: expect.objectContaining({ code, service: 'Amplitude' }) }));
});
