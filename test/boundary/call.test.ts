import { call } from '../../boundary/call.ts';
import { failure } from '../../boundary/failure.ts';
import { AnswerTooLarge, type OutgoingRequest } from '../../boundary/send.ts';

const request: OutgoingRequest = { method: 'GET', url: 'https://koji.so/api', headers: {}, timeoutMilliseconds: 1 };

test('a service that gives no answer is named with its host, without the words of the network', async () => {
  const silent = call('Koji', () => Promise.reject(new Error('connect ECONNREFUSED pk_live_secret')), request);
  await expect(silent).rejects.toThrow(/^Koji could not be reached at koji\.so: [^_]*$/);
});

test('a key that can not be used is not taken for silence', async () => {
  const unusable = failure('Koji', 'data', 'invalid_input', 'copy it again');
  await expect(call('Koji', () => Promise.reject(unusable), request)).rejects.toBe(unusable);
});

test('an answer that is too large is named with its host and what to do', async () => {
  const large = call('Amplitude', () => Promise.reject(new AnswerTooLarge(20)), request);
  await expect(large).rejects.toMatchObject({
    message:
      'Amplitude at koji.so answered with more than the 20 MB that one step can take. Ask for less: a narrower search, or fewer properties.',
    details: { service: 'Amplitude', kind: 'data', code: 'answer_too_large', status: 0 },
  });
});
