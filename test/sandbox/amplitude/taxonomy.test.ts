import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { newTallies, newTenant } from '../../../sandbox/amplitude/server.ts';
import { answerTaxonomy } from '../../../sandbox/amplitude/taxonomy.ts';
import { apiKey, type Bench, basic, HOUR, secretKey, startBench } from './amplitude.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.amplitude.close());

const create = (kind: string, form: Record<string, string>) =>
  bench.postForm(`/api/2/taxonomy/${kind}`, form, basic(apiKey, secretKey));
const event = { event_type: 'koji.interview_completed', description: 'An interview was completed.' };

test('an event is made and found in the list', async () => {
  const reply = await create('event', event);
  expect(reply.status).toBe(200);
  expect(reply.json).toEqual({ success: true });
  expect((await bench.get('/api/2/taxonomy/event')).json).toEqual({
    success: true,
    data: [{ ...event, category: null }],
  });
  expect(bench.amplitude.trackingPlan(apiKey).events).toEqual([event]);
});

test('an event that is there is a conflict that says so', async () => {
  await create('event', event);
  expect(await create('event', event)).toMatchObject({
    status: 409,
    json: { success: false, errors: [{ message: '"koji.interview_completed" already exists.' }] },
  });
});

test('an event of a category that is not there is a conflict of another kind', async () => {
  expect(await create('event', { ...event, category: 'Koji' })).toMatchObject({
    status: 409,
    json: { success: false, errors: [{ message: expect.stringContaining('does not exist') }] },
  });
  expect(bench.amplitude.trackingPlan(apiKey).events).toEqual([]);
});

test('an event of a category that is there names it', async () => {
  expect((await create('category', { category_name: 'Koji' })).status).toBe(200);
  await create('event', { ...event, category: 'Koji', is_active: 'false' });
  expect((await bench.get('/api/2/taxonomy/category')).json).toMatchObject({ data: [{ name: 'Koji' }] });
  expect((await bench.get('/api/2/taxonomy/event')).json).toMatchObject({
    data: [{ category: { name: 'Koji' }, is_active: false }],
  });
});

test('a property belongs to an event of the plan and is there once', async () => {
  const property = { event_property: 'quality_score', event_type: event.event_type, type: 'number' };
  expect((await create('event-property', property)).status).toBe(409);
  await create('event', event);
  expect((await create('event-property', property)).status).toBe(200);
  expect((await create('event-property', property)).json).toMatchObject({
    errors: [{ message: expect.stringContaining('already exists') }],
  });
  const listed = await bench.get(`/api/2/taxonomy/event-property?event_type=${event.event_type}`);
  expect(listed.json).toMatchObject({ data: [property] });
});

test('a property of a type that does not exist is refused', async () => {
  expect((await create('user-property', { user_property: 'last_interview_at', type: 'date' })).status).toBe(409);
});

test('a user property comes back with its prefix', async () => {
  await create('user-property', { user_property: 'last_interview_themes', type: 'string', is_array_type: 'true' });
  expect((await bench.get('/api/2/taxonomy/user-property')).json).toMatchObject({
    data: [{ user_property: 'gp:last_interview_themes', is_array_type: true }],
  });
});

test('a project without the plan for it is refused', async () => {
  const starter = await startBench({ projects: [{ ...sandboxProject, taxonomy: false }] });
  expect(await starter.get('/api/2/taxonomy/event')).toMatchObject({
    status: 403,
    json: { error: { http_code: 403, metadata: { details: 'Taxonomy is not available on your plan' } } },
  });
  await starter.amplitude.close();
});

test('7,200 an hour are allowed, a change costing two', () => {
  let now = Date.UTC(2026, 4, 24, 12);
  const amplitude = { now: () => now, spent: newTallies() };
  const tenant = newTenant(sandboxProject);
  const call = (method: string, body = '') => {
    const request = {
      method,
      path: '',
      query: new URLSearchParams(),
      headers: {},
      address: '',
      bytes: Buffer.from(body),
      body,
    };
    const answer = answerTaxonomy(amplitude, tenant, request, method === 'GET' ? 'event' : 'category');
    return typeof answer === 'object' ? answer.status : answer;
  };
  const create = (name: string) => call('POST', `category_name=${name}`);

  // Not over the wire, which has the tests above: thousands of requests tell no more than thousands of calls.
  const created = Array.from({ length: 3599 }, (_, index) => create(`Category ${index}`));
  expect(new Set(created)).toEqual(new Set([200]));
  expect(call('GET')).toBe(200);
  expect(create('one too many')).toBe(429);
  expect(call('GET')).toBe(200);
  expect(call('GET')).toBe(429);
  now += HOUR;
  expect(create('an hour later')).toBe(200);
});
