import * as z from 'zod';
import { apiKey, type Bench, basic, DAY, eventWith, SECOND, secretKey, startBench } from './amplitude.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ cohorts: { jobMilliseconds: 45 * SECOND, mostDirectMembers: 3 } });
  bench.amplitude.putCohort(apiKey, {
    id: 'small',
    name: 'Stuck in onboarding',
    members: [
      { userId: 'user-1001', properties: { email: 'ada@example.com', seats: 3, note: 'says "hi",\nthen leaves' } },
      { userId: 'user-1002', properties: { email: 'bob@example.com' } },
      { userId: null },
    ],
  });
  bench.amplitude.putCohort(apiKey, {
    id: 'large',
    name: 'Everybody',
    members: Array.from({ length: 4 }, (_, index) => ({ userId: `user-200${index}` })),
  });
});
afterEach(() => bench.amplitude.close());

const accepted = z.object({ request_id: z.string() });

const requestExport = async (path: string): Promise<string> => {
  const reply = await bench.get(`/api/5/cohorts/request/${path}`);
  expect(reply.status).toBe(202);
  return accepted.parse(reply.json).request_id;
};

/** The columns and rows of a file without line breaks in its values. */
const rowsOf = (csv: string): string[] => csv.trimEnd().split('\n');

describe('the list of cohorts', () => {
  test('has name, size and the time of the last computation in seconds', async () => {
    expect((await bench.get('/api/3/cohorts')).json).toMatchObject({
      cohorts: [
        { id: 'small', name: 'Stuck in onboarding', size: 3, lastComputed: bench.clock.now() / 1000, published: true },
        { id: 'large', name: 'Everybody', size: 4 },
      ],
    });
  });

  test('shows a new computation', async () => {
    await bench.clock.advance(60 * SECOND);
    bench.amplitude.putCohort(apiKey, { id: 'small', name: 'Stuck in onboarding', members: [{ userId: 'user-1001' }] });
    expect((await bench.get('/api/3/cohorts')).json).toMatchObject({
      cohorts: [{ id: 'small', size: 1, lastComputed: bench.clock.now() / 1000 }, { id: 'large' }],
    });
  });

  test('leaves out what is not discoverable', async () => {
    bench.amplitude.putCohort(apiKey, { id: 'small', name: 'Hidden', members: [], published: false });
    expect((await bench.get('/api/3/cohorts')).json).toMatchObject({ cohorts: [{ id: 'large' }] });
    expect((await bench.get('/api/5/cohorts/request/small')).status).toBe(404);
  });

  test('needs the secret key', async () => {
    expect((await bench.get('/api/3/cohorts', basic(apiKey, 'wrong'))).status).toBe(403);
  });
});

describe('an export', () => {
  test('runs for a while and is then completed', async () => {
    const id = await requestExport('small');
    const inProgress = await bench.get(`/api/5/cohorts/request-status/${id}`);
    expect(inProgress.status).toBe(202);
    expect(inProgress.json).toEqual({ request_id: id, cohort_id: 'small', async_status: 'JOB INPROGRESS' });
    expect((await bench.get(`/api/5/cohorts/request/${id}/file`)).status).toBe(404);
    await bench.clock.advance(45 * SECOND);
    const completed = await bench.get(`/api/5/cohorts/request-status/${id}`);
    expect(completed.status).toBe(200);
    expect(completed.json).toEqual({ request_id: id, cohort_id: 'small', async_status: 'JOB COMPLETED' });
  });

  test('that is small gives a quoted file with the properties asked for, an anonymous member without user id', async () => {
    const id = await requestExport('small?props=1&propKeys=email&propKeys=missing');
    await bench.clock.advance(45 * SECOND);
    const reply = await bench.get(`/api/5/cohorts/request/${id}/file`);
    expect(reply.status).toBe(200);
    expect(rowsOf(reply.text)).toEqual([
      '"amplitude_id","user_id","email","missing"',
      expect.stringMatching(/^"\d+","user-1001","ada@example.com",""$/),
      expect.stringMatching(/^"\d+","user-1002","bob@example.com",""$/),
      expect.stringMatching(/^"\d+","","",""$/),
    ]);
  });

  test('gives ids alone when no properties are asked for', async () => {
    const id = await requestExport('small');
    await bench.clock.advance(45 * SECOND);
    const reply = await bench.get(`/api/5/cohorts/request/${id}/file`);
    expect(rowsOf(reply.text)[0]).toBe('"amplitude_id","user_id"');
  });

  test('gives all properties when none is named, quotes doubled and line breaks kept', async () => {
    const id = await requestExport('small?props=1');
    await bench.clock.advance(45 * SECOND);
    const { text } = await bench.get(`/api/5/cohorts/request/${id}/file`);
    expect(text).toContain('"amplitude_id","user_id","email","seats","note"\n');
    expect(text).toContain('"user-1001","ada@example.com","3","says ""hi"",\nthen leaves"\n');
  });

  test('has properties that were written before the request', async () => {
    await bench.send(eventWith({ user_properties: { last_interview_quality: 4 } }));
    const id = await requestExport('small?props=1&propKeys=last_interview_quality');
    await bench.clock.advance(45 * SECOND);
    expect((await bench.get(`/api/5/cohorts/request/${id}/file`)).text).toContain('"user-1001","4"\n');
  });

  test('refuses property names in brackets', async () => {
    expect((await bench.get('/api/5/cohorts/request/small?props=1&propKeys[]=email')).status).toBe(400);
  });

  test('can be fetched for seven days', async () => {
    const id = await requestExport('small');
    await bench.clock.advance(7 * DAY);
    expect((await bench.get(`/api/5/cohorts/request/${id}/file`)).status).toBe(200);
    await bench.clock.advance(SECOND);
    expect((await bench.get(`/api/5/cohorts/request/${id}/file`)).status).toBe(404);
  });

  test('of an unknown cohort or with an unknown id is not found', async () => {
    expect((await bench.get('/api/5/cohorts/request/none')).status).toBe(404);
    expect((await bench.get('/api/5/cohorts/request-status/none')).status).toBe(404);
    expect((await bench.get('/api/5/cohorts/request/none/file')).status).toBe(404);
  });
});

describe('the file of a large cohort', () => {
  const location = async (id: string): Promise<string> => {
    const reply = await bench.get(`/api/5/cohorts/request/${id}/file`);
    expect(reply.status).toBe(302);
    return reply.headers.get('location') ?? '';
  };
  const finished = async (): Promise<string> => {
    const id = await requestExport('large');
    await bench.clock.advance(45 * SECOND);
    return id;
  };

  test('is at another address, compressed', async () => {
    const url = await location(await finished());
    expect(new URL(url).origin).toBe(bench.amplitude.files.url);
    expect(new URL(url).origin).not.toBe(bench.amplitude.url);
    const response = await fetch(url);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(rowsOf(await response.text())).toHaveLength(5);
  });

  test('refuses credentials that are brought along', async () => {
    const url = await location(await finished());
    const response = await fetch(url, { headers: { authorization: basic(apiKey, secretKey) } });
    expect(response.status).toBe(400);
    expect(bench.amplitude.files.calls).toMatchObject([
      { call: { headers: { authorization: expect.any(String) } }, answer: { status: 400 } },
    ]);
  });

  test('is there for a minute, after which a new address can be had', async () => {
    const id = await finished();
    const url = await location(id);
    await bench.clock.advance(61 * SECOND);
    expect((await fetch(url)).status).toBe(403);
    const second = await location(id);
    expect(second).not.toBe(url);
    expect((await fetch(second)).status).toBe(200);
  });
});

describe('the limits of exports', () => {
  test('four run at once', async () => {
    for (let index = 0; index < 4; index += 1) await requestExport('small');
    expect((await bench.get('/api/5/cohorts/request/small')).status).toBe(429);
    await bench.clock.advance(45 * SECOND);
    await requestExport('small');
  });

  test('sixty in ten minutes', async () => {
    const quick = await startBench({ cohorts: { jobMilliseconds: 0 } });
    quick.amplitude.putCohort(apiKey, { id: 'small', name: 'Small', members: [] });
    for (let index = 0; index < 60; index += 1) await quick.get('/api/5/cohorts/request/small');
    expect((await quick.get('/api/5/cohorts/request/small')).status).toBe(429);
    await quick.clock.advance(600 * SECOND);
    expect((await quick.get('/api/5/cohorts/request/small')).status).toBe(202);
    await quick.amplitude.close();
  });

  test('500 a month, of which the usage tells; the list costs nothing', async () => {
    const use = async () => (await bench.get('/api/3/cohorts/usage')).json;
    await bench.get('/api/3/cohorts');
    expect(await use()).toEqual({ rest_download: { limit: 500, usage: 0, resets_at: '2026-06-01T00:00:00.000Z' } });
    for (let index = 0; index < 500; index += 1) {
      await requestExport('small');
      await bench.clock.advance(45 * SECOND);
    }
    expect(await use()).toMatchObject({ rest_download: { usage: 500 } });
    expect((await bench.get('/api/5/cohorts/request/small')).status).toBe(429);
    await bench.clock.advance(8 * DAY);
    expect(await use()).toMatchObject({ rest_download: { usage: 0 } });
    await requestExport('small');
  });
});
