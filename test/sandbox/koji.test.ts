import { ANALYZED_STATUS } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { sandboxKeys, sandboxProjects } from '../../sandbox/koji/projects.ts';
import { call, closeAll, openKoji, start, startBody, startFor } from './koji-helpers.ts';

afterEach(closeAll);

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('keys of the local Koji', () => {
  it('answers 401 unauthorized to a missing, a wrong and a bare key', async () => {
    const { koji } = await openKoji();
    for (const key of [null, 'pk_live_wrong', '']) {
      const reply = await call(koji, `/interviews/${UNKNOWN}`, { key });
      expect(reply.status).toBe(401);
      expect(reply.json).toEqual({ error: 'unauthorized', message: expect.any(String) });
    }
    const bare = await fetch(`${koji.url}/interviews/${UNKNOWN}`, { headers: { authorization: sandboxKeys.full } });
    expect(bare.status).toBe(401);
  });

  it('takes a key of the older form', async () => {
    const { koji } = await openKoji();
    expect((await start(koji, startBody('ada'), sandboxKeys.olderForm)).status).toBe(201);
  });

  it('answers 403 forbidden and names the permission that the key lacks', async () => {
    const { koji } = await openKoji();
    const read = await call(koji, `/interviews/${UNKNOWN}`, { key: sandboxKeys.startOnly });
    expect(read.status).toBe(403);
    expect(read.json).toEqual({ error: 'forbidden', message: expect.stringContaining('interview:read') });

    const begin = await start(koji, startBody('ada'), sandboxKeys.readOnly);
    expect(begin.status).toBe(403);
    expect(begin.json).toEqual({ error: 'forbidden', message: expect.stringContaining('interview:start') });
    expect(koji.interviews()).toEqual([]);
  });

  it('answers 404 in JSON below the API (K5), and a web page elsewhere', async () => {
    const { koji } = await openKoji();
    const inside = await call(koji, `/interviews/${UNKNOWN}`);
    expect(inside.status).toBe(404);
    expect(inside.json).toEqual({ error: 'not_found', message: expect.any(String) });
    expect((await call(koji, '/nothing/here')).json.error).toBe('not_found');
    expect((await call(koji, '/interviews/a%zz')).status).toBe(404);

    const outside = await fetch(koji.url.replace('/api/v1', '/interviews/1'));
    expect(outside.status).toBe(404);
    expect(await outside.text()).toContain('<!doctype html>');
  });

  it.each([
    ['GET', '/interviews/start'],
    ['POST', '/interviews'],
    ['DELETE', '/interviews/int_1'],
    ['GET', '/webhooks'],
    ['GET', '/webhooks/wh_1'],
  ])('answers 405 to %s %s', async (method, path) => {
    const { koji } = await openKoji();
    expect((await call(koji, path, { method })).status).toBe(405);
  });
});

describe('60 requests a minute per key', () => {
  const use = async (koji: Parameters<typeof call>[0], times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let time = 0; time < times; time++) statuses.push((await call(koji, `/interviews/${UNKNOWN}`)).status);
    return statuses;
  };

  it('refuses the 61st with 429 and says how long to wait', async () => {
    const { koji, clock } = await openKoji();
    expect(new Set(await use(koji, 60))).toEqual(new Set([404]));
    await clock.advance(15_000);

    const refused = await call(koji, `/interviews/${UNKNOWN}`);
    expect(refused.status).toBe(429);
    expect(refused.json.error).toBe('rate_limited');
    expect(refused.headers.get('retry-after')).toBe('45');
    // Another key has a minute of its own.
    expect((await call(koji, `/interviews/${UNKNOWN}`, { key: sandboxKeys.readOnly })).status).toBe(404);
  });

  it('lets requests pass again once that time is over', async () => {
    const { koji, clock } = await openKoji();
    await use(koji, 61);
    await clock.advance(59_999);
    expect(await use(koji, 1)).toEqual([429]);
    await clock.advance(1);
    expect(await use(koji, 1)).toEqual([404]);
  });

  it('can leave Retry-After out', async () => {
    const { koji } = await openKoji({ behavior: { retryAfter: false } });
    await use(koji, 60);
    const refused = await call(koji, `/interviews/${UNKNOWN}`);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBeNull();
  });
});

describe('starting an interview', () => {
  it('takes the newest body (K2) and answers 201 without a link', async () => {
    const { koji } = await openKoji();
    const reply = await start(koji, startBody('ada', { mode: 'voice', locale: 'de' }));
    expect(reply.status).toBe(201);
    expect(Object.keys(reply.json)).toEqual(['interview_id', 'session_token', 'initial_message']);
    expect(koji.interviews()).toEqual([
      expect.objectContaining({
        interview_id: reply.json.interview_id,
        status: 'in_progress',
        started_at: '2026-05-24T09:00:00.000Z',
        mode: 'voice',
        language: 'de',
        respondent_email: 'ada@example.com',
        respondent: { external_id: 'user_ada', display_name: 'ada', metadata: { email: 'ada@example.com' } },
      }),
    ]);
  });

  it('takes the older body', async () => {
    const { koji } = await openKoji();
    const reply = await start(koji, {
      project_id: 'prj_sandbox',
      guide_id: 'stu_9c44d2',
      respondent_name: 'Ada',
      respondent_email: 'ada@example.com',
      metadata: { plan: 'team' },
      language: 'fr',
      mode: 'text',
    });
    expect(reply.status).toBe(201);
    expect(koji.interviews()).toEqual([
      expect.objectContaining({
        study_id: 'stu_9c44d2',
        study_name: 'Why teams stay',
        language: 'fr',
        respondent_email: 'ada@example.com',
        respondent: { external_id: null, display_name: 'Ada', metadata: { plan: 'team' } },
      }),
    ]);
  });

  it.each(['interview_url', 'link', 'url'] as const)('can give the link as %s (K4)', async (linkName) => {
    const { koji } = await openKoji({ behavior: { linkName, saysStartedAt: true } });
    expect((await start(koji, startBody('ada'))).json).toMatchObject({
      [linkName]: expect.stringMatching(/^https:\/\/koji\.so\//),
      started_at: '2026-05-24T09:00:00.000Z',
    });
  });

  it('can wrap its answer (K12)', async () => {
    const { koji } = await openKoji({ behavior: { startShape: 'wrapped' } });
    expect((await start(koji, startBody('ada'))).json).toEqual({
      interview: expect.objectContaining({ interview_id: expect.any(String) }),
    });
  });

  it('gives the same respondent the same interview with 200 (K3)', async () => {
    const { koji } = await openKoji();
    const first = await start(koji, startBody('ada'));
    const second = await start(koji, startBody('ada'));
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
    expect(koji.interviews()).toHaveLength(1);
  });

  it('recognizes a respondent by the id alone and by the email alone', async () => {
    const { koji } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    expect((await start(koji, { respondent: { external_id: 'user_ada' } })).json.interview_id).toBe(interviewId);
    expect((await start(koji, { respondent_email: 'ada@example.com' })).json.interview_id).toBe(interviewId);
    expect((await start(koji, { respondent: { external_id: 'ada@example.com' } })).json.interview_id).toBe(interviewId);
    expect((await start(koji, startBody('bob'))).status).toBe(201);
  });

  it('recognizes a respondent after the interview is over', async () => {
    const { koji, clock } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    koji.respond(interviewId, { anonymous: true });
    await clock.runUntilIdle();
    expect(await startFor(koji, 'ada')).toBe(interviewId);
  });

  it('recognizes nobody without id and email, and nobody of another project', async () => {
    const { koji } = await openKoji();
    expect((await start(koji, {})).status).toBe(201);
    expect((await start(koji, {})).status).toBe(201);
    await startFor(koji, 'ada');
    expect((await start(koji, startBody('ada'), sandboxKeys.smallPlan)).status).toBe(201);
    expect(koji.interviews()).toHaveLength(4);
  });

  it('can answer 409, with and without the interview id (K3)', async () => {
    const { koji } = await openKoji({ behavior: { existing: 'conflict' } });
    const interviewId = await startFor(koji, 'ada');
    const bare = await start(koji, startBody('ada'));
    expect(bare.status).toBe(409);
    expect(bare.json).toEqual({ error: 'interview_exists', message: expect.any(String) });

    koji.behave({ existing: 'conflict-with-id' });
    const named = await start(koji, startBody('ada'));
    expect(named.status).toBe(409);
    expect(named.json.interview_id).toBe(interviewId);
  });

  it.each([
    ['a wrong email', { respondent_email: 'ada' }, 'respondent_email'],
    ['an unknown mode', { mode: 'video' }, 'mode'],
    ['an empty id', { respondent: { external_id: '' } }, 'respondent.external_id'],
    ['a list', [], 'body'],
  ])('refuses %s with 422, or 400, and names the field', async (_, body, field) => {
    const { koji } = await openKoji();
    const refused = await start(koji, body);
    expect(refused.status).toBe(422);
    expect(refused.json).toEqual({ error: 'validation_error', message: expect.stringContaining(field) });

    koji.behave({ invalidBody: 400 });
    expect((await start(koji, body)).status).toBe(400);
    expect(koji.interviews()).toEqual([]);
  });

  it('answers 400 to a body that is no JSON or does not say that it is', async () => {
    const { koji } = await openKoji();
    expect((await start(koji, '{')).status).toBe(400);
    const unnamed = await fetch(`${koji.url}/interviews/start`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandboxKeys.full}` },
      body: '{}',
    });
    expect(unnamed.status).toBe(400);
  });

  it('knows neither the project nor the guide of somebody else', async () => {
    const { koji } = await openKoji();
    expect((await start(koji, { project_id: 'prj_small' })).status).toBe(404);
    expect((await start(koji, { guide_id: 'stu_0a77f1' })).status).toBe(404);
  });

  it('refuses a start without credits with 402, or 403, whose code names them (K13)', async () => {
    const [project] = sandboxProjects();
    if (project === undefined) throw new Error('no project');
    project.credits = 2;
    const { koji } = await openKoji({ projects: [project] });
    const refused = await start(koji, startBody('ada', { mode: 'voice' }));
    expect(refused.status).toBe(402);
    expect(refused.json.error).toBe('insufficient_credits');
    expect((await start(koji, startBody('ada', { mode: 'text' }))).status).toBe(201);

    koji.behave({ withoutCredits: 403 });
    expect((await start(koji, startBody('bob', { mode: 'voice' }))).status).toBe(403);
  });

  it('takes credits for an interview of quality 3 or more only', async () => {
    const [project] = sandboxProjects();
    if (project === undefined) throw new Error('no project');
    project.credits = 10;
    const { koji, clock } = await openKoji({ projects: [project] });
    koji.respond(await startFor(koji, 'ada'), { quality_score: 2 });
    await clock.runUntilIdle();
    expect(project.credits).toBe(10);
    koji.respond(await startFor(koji, 'bob'), { quality_score: 3 });
    koji.respond(await startFor(koji, 'cyd', { mode: 'voice' }), { quality_score: 5 });
    await clock.runUntilIdle();
    expect(project.credits).toBe(6);
  });
});

describe('reading an interview', () => {
  it('shows no analysis before it is there (K12)', async () => {
    const { koji, clock } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    const open = await call(koji, `/interviews/${interviewId}`);
    expect(open.status).toBe(200);
    expect(open.json).toMatchObject({ status: 'in_progress', completed_at: null, quality_score: null, themes: [] });

    await clock.advance(90_000);
    koji.respond(interviewId);
    expect((await call(koji, `/interviews/${interviewId}`)).json).toMatchObject({
      status: 'completed',
      completed_at: '2026-05-24T09:01:30.000Z',
      duration_seconds: 90,
      analyzed_at: null,
      quality_score: null,
      sentiment: null,
      summary: null,
      transcript_url: null,
      answers: [],
    });
  });

  it('shows the analysis in the shape of the fixture, 2–5 seconds after completion (K11)', async () => {
    const { koji, clock } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    koji.respond(interviewId, {
      quality_score: 5,
      sentiment: 'mixed',
      themes: ['speed'],
      summary: 'Fast.',
      answers: [{ question_id: 'q1', question: 'Which?', type: 'multiple_choice', value: ['a', 'b'] }],
    });
    await clock.advance(1_999);
    expect((await call(koji, `/interviews/${interviewId}`)).json.status).toBe('completed');
    await clock.advance(3_001);
    const { json } = await call(koji, `/interviews/${interviewId}`);
    expect(json).toMatchObject({
      status: ANALYZED_STATUS,
      quality_score: 5,
      sentiment: 'mixed',
      themes: ['speed'],
      summary: 'Fast.',
      answers: [{ question_id: 'q1', question: 'Which?', type: 'multiple_choice', value: ['a', 'b'] }],
    });
    expect(Object.keys(json).sort()).toEqual(Object.keys(sampleWireInterview).sort());
    expect(json.transcript_url).toContain(interviewId);
  });

  it('takes from 2 to 5 seconds to analyze, whatever the number of interviews', async () => {
    const { koji, clock } = await openKoji();
    for (const name of ['ada', 'bob', 'cyd', 'dee', 'eve', 'fay']) koji.respond(await startFor(koji, name));
    await clock.runUntilIdle();
    for (const { completed_at, analyzed_at } of koji.interviews()) {
      const taken = Date.parse(analyzed_at ?? '') - Date.parse(completed_at ?? '');
      expect(taken).toBeGreaterThanOrEqual(2_000);
      expect(taken).toBeLessThanOrEqual(5_000);
    }
  });

  it('can wrap it', async () => {
    const { koji } = await openKoji({ behavior: { interviewShape: 'wrapped' } });
    const interviewId = await startFor(koji, 'ada');
    expect((await call(koji, `/interviews/${interviewId}`)).json).toEqual({
      interview: expect.objectContaining({ interview_id: interviewId }),
    });
  });

  it('does not find an interview of another project', async () => {
    const { koji } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    expect((await call(koji, `/interviews/${interviewId}`, { key: sandboxKeys.smallPlan })).status).toBe(404);
  });

  it('can carry odd values and fields that no page names', async () => {
    const { koji, clock } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    koji.respond(interviewId, { extra: { quality_score: '4', audio_url: 'https://koji.so/a.mp3' } });
    await clock.runUntilIdle();
    expect((await call(koji, `/interviews/${interviewId}`)).json).toMatchObject({
      quality_score: '4',
      audio_url: 'https://koji.so/a.mp3',
    });
  });

  it('refuses to complete an interview twice', async () => {
    const { koji } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    koji.respond(interviewId);
    expect(() => koji.respond(interviewId)).toThrow('cannot be completed again');
    expect(() => koji.respond('int_none')).toThrow('no interview int_none');
  });
});

describe('anonymous interviews (K14)', () => {
  const analyzed = async (outcome: Parameters<Awaited<ReturnType<typeof openKoji>>['koji']['respond']>[1]) => {
    const { koji, clock } = await openKoji();
    const interviewId = await startFor(koji, 'ada');
    koji.respond(interviewId, outcome);
    await clock.runUntilIdle();
    return (await call(koji, `/interviews/${interviewId}`)).json;
  };
  const ada = { external_id: 'user_ada', display_name: 'ada', metadata: { email: 'ada@example.com' } };
  const nobody = { external_id: null, display_name: null, metadata: {} };

  it('hides all of the respondent in anonymous mode', async () => {
    const json = await analyzed({ anonymous: true });
    expect(json).toMatchObject({ respondent_email: null, respondent: nobody });
    expect(json).not.toHaveProperty('anonymous');
    expect(JSON.stringify(json)).not.toContain('ada@');
  });

  it('hides the respondent as soon as the interview is completed', async () => {
    const { koji } = await openKoji();
    koji.respond(await startFor(koji, 'ada'), { anonymous: true });
    expect(koji.interviews()[0]).toMatchObject({ status: 'completed', respondent_email: null, respondent: nobody });
  });

  it('can say so by a flag on the interview', async () => {
    expect(await analyzed({ anonymous: { flag: 'anonymous', at: 'interview', hides: 'everything' } })).toMatchObject({
      anonymous: true,
      respondent_email: null,
      respondent: nobody,
    });
  });

  it('can say so by a flag on the respondent, and leave id and metadata', async () => {
    expect(await analyzed({ anonymous: { flag: 'is_anonymous', at: 'respondent', hides: 'email' } })).toMatchObject({
      respondent_email: null,
      respondent: { ...ada, is_anonymous: true },
    });
  });

  it('can say so by a flag and hide nothing', async () => {
    expect(await analyzed({ anonymous: { flag: 'is_anonymous', at: 'interview', hides: 'nothing' } })).toMatchObject({
      is_anonymous: true,
      respondent_email: 'ada@example.com',
      respondent: ada,
    });
  });

  it('can withhold the email alone', async () => {
    const json = await analyzed({ withholdEmail: true });
    expect(json).toMatchObject({ respondent_email: null, respondent: ada });
    expect(json).not.toHaveProperty('anonymous');
  });
});

describe('listing interviews (K6)', () => {
  const ids = (json: Record<string, unknown>): unknown[] =>
    Array.isArray(json.interviews) ? json.interviews.map((interview) => interview.interview_id) : [];

  const withThree = async () => {
    const { koji, clock } = await openKoji();
    const ada = await startFor(koji, 'ada');
    const bob = await startFor(koji, 'bob', { guide_id: 'stu_9c44d2' });
    const cyd = await startFor(koji, 'cyd');
    // Analyzed in another order than started.
    for (const interviewId of [bob, cyd, ada]) {
      koji.respond(interviewId);
      await clock.advance(10_000);
    }
    const dee = await startFor(koji, 'dee');
    return { koji, clock, ada, bob, cyd, dee };
  };

  it('gives the newest analyzed first and what is not analyzed last', async () => {
    const { koji, ada, bob, cyd, dee } = await withThree();
    const { status, json } = await call(koji, '/interviews');
    expect(status).toBe(200);
    expect(ids(json)).toEqual([ada, cyd, bob, dee]);
    expect(json.next_cursor).toBeNull();
  });

  it('gives the newest started first where nothing is analyzed', async () => {
    const { koji } = await openKoji();
    const ada = await startFor(koji, 'ada');
    const bob = await startFor(koji, 'bob');
    expect(ids((await call(koji, '/interviews')).json)).toEqual([bob, ada]);
  });

  it('filters by status, respondent and study', async () => {
    const { koji, ada, bob, cyd } = await withThree();
    expect(ids((await call(koji, '/interviews?status=analysis_ready')).json)).toEqual([ada, cyd, bob]);
    expect(ids((await call(koji, '/interviews?respondent_email=bob%40example.com')).json)).toEqual([bob]);
    expect(ids((await call(koji, '/interviews?external_id=user_cyd')).json)).toEqual([cyd]);
    expect(ids((await call(koji, '/interviews?study_id=stu_9c44d2')).json)).toEqual([bob]);
    expect(ids((await call(koji, '/interviews?status=analysis_ready&external_id=user_dee')).json)).toEqual([]);
  });

  it('goes on from the cursor, even when a new interview came in between', async () => {
    const { koji, clock, ada, bob, cyd, dee } = await withThree();
    const first = await call(koji, '/interviews?status=analysis_ready&limit=2');
    expect(ids(first.json)).toEqual([ada, cyd]);
    koji.respond(dee);
    await clock.runUntilIdle();
    const second = await call(koji, `/interviews?status=analysis_ready&limit=2&cursor=${first.json.next_cursor}`);
    expect(ids(second.json)).toEqual([bob]);
    expect(second.json.next_cursor).toBeNull();
  });

  it('refuses a limit out of bounds and an unknown cursor', async () => {
    const { koji } = await openKoji();
    expect((await call(koji, '/interviews?limit=0')).status).toBe(422);
    expect((await call(koji, '/interviews?limit=101')).status).toBe(422);
    expect((await call(koji, '/interviews?cursor=x')).json.error).toBe('invalid_cursor');
  });

  it('lists no interview of another project', async () => {
    const { koji } = await openKoji();
    koji.openLink({}, 'prj_small');
    expect(ids((await call(koji, '/interviews')).json)).toEqual([]);
  });

  it('answers 404 where the plan has no list', async () => {
    const { koji } = await openKoji();
    const reply = await call(koji, '/interviews', { key: sandboxKeys.smallPlan });
    expect(reply.status).toBe(404);
    expect(reply.json.error).toBe('not_found');
  });
});

describe('faults', () => {
  it('answers what it is told to, as often as it is told', async () => {
    const { koji } = await openKoji();
    koji.failNext((request) => request.path.endsWith('/interviews/start'), { status: 503, body: 'down' });
    expect((await start(koji, startBody('ada'))).status).toBe(503);
    expect((await start(koji, startBody('ada'))).status).toBe(201);
    expect(koji.calls).toHaveLength(2);
  });
});
