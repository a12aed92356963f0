import type { ExportJob } from '../../amplitude/cohort-export.ts';
import { currentMembers, type ExportMemory, type MembersQuestion } from '../../amplitude/cohort-members.ts';
import { sampleCohort } from '../../amplitude/cohorts.ts';
import type { Download, OutgoingRequest, Reply } from '../../boundary/send.ts';
import { clockAt } from '../support/clock.ts';
import { expectToBeReadInFull, failureOf } from '../support/failures.ts';
import { reply } from '../support/wire.ts';

const NOW = Date.UTC(2026, 4, 24, 12);
const HOUR = 3_600_000;

/** What Amplitude answers to each kind of call; the last answer stays. */
type Answers = { usage?: Reply[]; request?: (Reply | Error)[]; status?: Reply[]; file?: number };

const running = reply(202, { async_status: 'JOB INPROGRESS' });
const ready = reply(200, { async_status: 'JOB COMPLETED' });
const accepted = reply(202, { request_id: 'r2' });
const NOT_FOUND = JSON.stringify({ error: { http_code: 404, metadata: { details: 'Not found' } } });

const amplitudeWith = (given: Answers) => {
  const left = {
    usage: given.usage ?? [reply(404, {})],
    request: given.request ?? [accepted],
    status: given.status ?? [ready],
  };
  const calls: string[] = [];
  const send = async ({ url }: OutgoingRequest): Promise<Reply> => {
    const kind = url.endsWith('/usage') ? 'usage' : url.includes('request-status') ? 'status' : 'request';
    calls.push(kind);
    const [next = new Error('Nothing is left.'), ...rest] = left[kind];
    if (rest.length > 0) Object.assign(left, { [kind]: rest });
    if (next instanceof Error) throw next;
    return next;
  };
  const timeouts: (number | undefined)[] = [];
  const download = async ({ timeoutMilliseconds }: OutgoingRequest): Promise<Download> => {
    calls.push('file');
    timeouts.push(timeoutMilliseconds);
    return {
      status: given.file ?? 200,
      header: () => null,
      bytes: (async function* () {
        yield Buffer.from(given.file === undefined ? 'amplitude_id,user_id\n1,ada\n' : NOT_FOUND);
      })(),
    };
  };
  return { amplitude: { host: 'https://amplitude.com', send, download, holdsSecret: () => false }, calls, timeouts };
};

const memoryWith = (first: ExportJob | null | 'no answer', changes: Partial<ExportMemory> = {}) => {
  const written: ExportJob[] = [];
  const log: string[] = [];
  const memory: ExportMemory = {
    read: async () => first,
    claim: async () => {
      log.push('claim');
      return true;
    },
    release: async () => {
      log.push('release');
    },
    write: async (job) => {
      written.push(job);
      return true;
    },
    ...changes,
  };
  return { memory, written, log };
};

const job = (changes: Partial<ExportJob> = {}): ExportJob => ({
  request_id: 'r1',
  cohort_computed_at: sampleCohort.cohort_computed_at,
  requested_at: NOW - 60_000,
  delivered_at: null,
  read_by: {},
  failed: false,
  ...changes,
});

const ask = (
  { amplitude }: ReturnType<typeof amplitudeWith>,
  { memory }: ReturnType<typeof memoryWith>,
  question: Partial<MembersQuestion> = {},
  clock = clockAt(NOW),
) =>
  currentMembers(amplitude, memory, clock.timing, {
    cohort: { ...sampleCohort, type: null },
    properties: [],
    everyHours: 3,
    reader: '1',
    purpose: 'poll',
    isWanted: () => true,
    most: { people: 10, characters: 1_000 },
    startedAt: NOW,
    ...question,
  });

test('without an export one is asked for, remembered, waited for and read', async () => {
  const amplitude = amplitudeWith({ status: [running, ready] });
  const memory = memoryWith(null);
  await expect(ask(amplitude, memory)).resolves.toEqual({
    state: 'members',
    computedAt: sampleCohort.cohort_computed_at,
    members: [{ userId: 'ada', properties: {} }],
    withoutUserId: 0,
    missingProperties: [],
    badRows: [],
    isCutOff: false,
  });
  expect(amplitude.calls).toEqual(['usage', 'request', 'status', 'status', 'file']);
  expect(memory.written).toEqual([
    job({ request_id: 'r2', requested_at: NOW }),
    job({ request_id: 'r2', requested_at: NOW, delivered_at: NOW + 4_000, read_by: { 1: NOW + 4_000 } }),
  ]);
  expect(memory.log).toEqual(['claim', 'release']);
});

test.each([
  ['poll', 18_000],
  ['sample', 18_000],
  ['turn on', 12_000],
] as const)('a %s waits less than %i ms for an export', async (purpose, longest) => {
  const clock = clockAt(NOW);
  const amplitude = amplitudeWith({ status: [running] });
  await expect(ask(amplitude, memoryWith(null), { purpose }, clock)).resolves.toEqual({ state: 'preparing' });
  expect(clock.timing.now()).toBeLessThan(NOW + longest);
  expect(clock.timing.now()).toBeGreaterThan(NOW + longest - 5_000);
});

test.each([
  ['poll', 24_000],
  ['sample', 24_000],
  ['turn on', 19_000],
] as const)('a %s gives the file what is left of %i ms', async (purpose, whole) => {
  const amplitude = amplitudeWith({});
  await ask(amplitude, memoryWith(job()), { purpose, startedAt: NOW - 5_000 });
  expect(amplitude.timeouts).toEqual([whole - 5_000]);
});

test('what is shown in the editor does not count as read: the Zap still gets it', async () => {
  const memory = memoryWith(job());
  await expect(ask(amplitudeWith({}), memory, { purpose: 'sample' })).resolves.toMatchObject({ state: 'members' });
  expect(memory.written).toEqual([job({ delivered_at: NOW, read_by: {} })]);
});

test('a pending export is gone on with, and not asked for again, though another step may be asking', async () => {
  const amplitude = amplitudeWith({});
  const memory = memoryWith(job(), { claim: async () => false });
  await expect(ask(amplitude, memory)).resolves.toMatchObject({ state: 'members' });
  expect(amplitude.calls).toEqual(['status', 'file']);
  expect(memory.written).toEqual([job({ delivered_at: NOW, read_by: { 1: NOW } })]);
});

test('an export that was delivered before keeps the time of its first delivery', async () => {
  const memory = memoryWith(job({ delivered_at: NOW - 30_000, read_by: { 1: NOW - 30_000 } }));
  await expect(ask(amplitudeWith({}), memory)).resolves.toMatchObject({ state: 'members' });
  expect(memory.written).toEqual([]);
});

test.each([
  ['is not due', job({ delivered_at: NOW - HOUR, read_by: { 1: NOW - HOUR } }), 'no new export is due'],
  ['failed', job({ failed: true }), 'the last export failed, the next is not due'],
])('an export that %s is left alone', async (_name, known, because) => {
  const amplitude = amplitudeWith({});
  const memory = memoryWith(known);
  await expect(ask(amplitude, memory)).resolves.toEqual({ state: 'none', because });
  expect([...amplitude.calls, ...memory.log]).toEqual([]);
});

describe('nothing is asked for', () => {
  const readings = (...answers: (ExportJob | null | 'no answer')[]): Partial<ExportMemory> => ({
    read: async () => answers.shift() ?? null,
  });

  test('while the memory does not answer', async () => {
    const amplitude = amplitudeWith({});
    const none = { state: 'none', because: expect.stringContaining('does not answer') };
    await expect(ask(amplitude, memoryWith('no answer'))).resolves.toEqual(none);
    await expect(ask(amplitude, memoryWith(null, readings(null, 'no answer')))).resolves.toEqual(none);
    expect(amplitude.calls).toEqual([]);
  });

  test('while another step is asking', async () => {
    const amplitude = amplitudeWith({});
    await expect(ask(amplitude, memoryWith(null, { claim: async () => false }))).resolves.toMatchObject({
      state: 'none',
      because: expect.stringContaining('another step'),
    });
    expect(amplitude.calls).toEqual([]);
  });

  test('when another step has asked a moment ago: its export is gone on with', async () => {
    const amplitude = amplitudeWith({});
    const memory = memoryWith(null, readings(null, job()));
    await expect(ask(amplitude, memory)).resolves.toMatchObject({ state: 'members' });
    expect(amplitude.calls).toEqual(['status', 'file']);
    expect(memory.log).toEqual(['claim', 'release']);
  });

  test('when another step has asked a moment ago, and its export has failed already', async () => {
    const amplitude = amplitudeWith({});
    const memory = memoryWith(null, readings(null, job({ failed: true })));
    await expect(ask(amplitude, memory)).resolves.toMatchObject({ state: 'none' });
    expect(amplitude.calls).toEqual([]);
  });

  test('when the quota is used up', async () => {
    const amplitude = amplitudeWith({ usage: [reply(200, { limit: 500, count: 500 })] });
    const memory = memoryWith(null);
    await expect(ask(amplitude, memory, { purpose: 'turn on' })).resolves.toEqual({ state: 'quota', until: null });
    expect(memory.log).toEqual(['claim', 'release']);
    const resets_at = '2026-06-01T00:00:00.000Z';
    const dated = amplitudeWith({ usage: [reply(200, { limit: 500, count: 500, resets_at })] });
    await expect(ask(dated, memoryWith(null))).resolves.toEqual({ state: 'quota', until: resets_at });
  });

  test('by a poll whose memory is empty, when the month has given more than its share', async () => {
    const usage = [reply(200, { limit: 500, count: 499, resets_at: '2026-06-13T00:00:00.000Z' })];
    const amplitude = amplitudeWith({ usage });
    const memory = memoryWith(null);
    await expect(ask(amplitude, memory)).resolves.toEqual({
      state: 'quota',
      until: new Date(Date.UTC(2026, 5, 13) - (31 * 24 * HOUR) / 500).toISOString(),
    });
    expect(amplitude.calls).toEqual(['usage']);
    expect(memory.log).toEqual(['claim', 'release']);
  });

  test('by a poll when what is left has to last; a person at the screen gets one', async () => {
    const usage = [reply(200, { limit: 500, count: 498, resets_at: new Date(NOW + 20 * HOUR).toISOString() })];
    const old = job({
      requested_at: NOW - 4 * HOUR,
      delivered_at: NOW - 3 * HOUR,
      read_by: { 1: NOW - 3 * HOUR },
      cohort_computed_at: null,
    });
    await expect(ask(amplitudeWith({ usage }), memoryWith(old))).resolves.toEqual({
      state: 'quota',
      until: new Date(NOW + 6 * HOUR).toISOString(),
    });
    await expect(ask(amplitudeWith({ usage }), memoryWith(old), { purpose: 'turn on' })).resolves.toMatchObject({
      state: 'members',
    });
  });
});

test('an export is asked for at the very moment from which the quota allows it', async () => {
  const usage = [reply(200, { limit: 500, count: 499, resets_at: new Date(NOW + 4 * HOUR).toISOString() })];
  const earlier = NOW - 4 * HOUR;
  const old = job({ requested_at: earlier, delivered_at: earlier, read_by: { 1: earlier }, cohort_computed_at: null });
  const amplitude = amplitudeWith({ usage });
  await expect(ask(amplitude, memoryWith(old))).resolves.toMatchObject({ state: 'members' });
  expect(amplitude.calls).toEqual(['usage', 'request', 'status', 'file']);
});

describe('an export that could not be', () => {
  test('remembered keeps its claim, so that the next steps ask for none', async () => {
    const memory = memoryWith(null, { write: async () => false });
    await expect(ask(amplitudeWith({}), memory)).resolves.toMatchObject({ state: 'members' });
    expect(memory.log).toEqual(['claim']);
  });

  test.each([
    ['refused', reply(429, {}), ['claim', 'release']],
    ['not understood', reply(400, {}), ['claim', 'release']],
    ['answered for', new Error('read ECONNRESET'), ['claim']],
    ['started by a broken Amplitude', reply(500, ''), ['claim']],
  ])('%s gives its claim back only when none can be under way', async (_name, reply, log) => {
    const memory = memoryWith(null);
    await failureOf(ask(amplitudeWith({ request: [reply] }), memory));
    expect(memory.log).toEqual(log);
  });

  test.each([
    ['prepared', { status: [reply(200, { async_status: 'JOB FAILED' })] }],
    ['found', { file: 404 }],
  ])('%s is remembered as failed, in words', async (_name, answers) => {
    const memory = memoryWith(job());
    const cohort = { ...sampleCohort, type: null, name: 'n'.repeat(300) };
    const failure = await failureOf(ask(amplitudeWith(answers), memory, { cohort }));
    expect(failure.details).toMatchObject({ kind: 'retry', code: 'export_failed' });
    expectToBeReadInFull(failure.message);
    expect(memory.written).toEqual([job({ failed: true })]);
  });
});
