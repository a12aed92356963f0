import * as z from 'zod';
import { type Bench, DAY, eventWith, startBench } from './amplitude.ts';

const MONDAY = Date.UTC(2026, 2, 2);
const at = (day: number, hour = 12): number => MONDAY + day * DAY + hour * 3_600_000;

let bench: Bench;
let uploads = 0;
beforeEach(async () => {
  bench = await startBench();
  await bench.clock.advanceTo(at(60));
});
afterEach(() => bench.amplitude.close());

/** Somebody does something on that day, with properties of the event and, perhaps, of the person. */
const does = async (user: string, event_type: string, day: number, event_properties = {}, user_properties = {}) => {
  uploads += 1;
  await bench.send(
    eventWith({ user_id: user, event_type, time: at(day), insert_id: `${uploads}`, event_properties, user_properties }),
  );
};
const ask = async (endpoint: string, parameters: [string, unknown][]) => {
  const query = parameters.map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return bench.get(`/api/2/${endpoint}?${new URLSearchParams(query)}`);
};
const days = (start: string, end: string): [string, unknown][] => [
  ['start', start],
  ['end', end],
];
const refusal = z.object({ error: z.object({ metadata: z.object({ details: z.string() }) }) });

describe('event segmentation', () => {
  test('counts people a day, or what they did', async () => {
    await does('user-1', 'Opened', 0);
    await does('user-1', 'Opened', 0);
    await does('user-2', 'Opened', 1);
    await does('user-2', 'Other', 1);
    const reply = await ask('events/segmentation', [
      ['e', { event_type: 'Opened' }],
      ...days('20260302', '20260303'),
      ['m', 'uniques'],
    ]);
    expect(reply.json).toEqual({
      data: {
        series: [[1, 1]],
        seriesLabels: [0],
        seriesCollapsed: [[{ value: 2 }]],
        xValues: ['2026-03-02', '2026-03-03'],
      },
    });
  });

  test('a property of the person counts as it was at the event’s time', async () => {
    await does('user-1', 'Opened', 0);
    await does('user-1', 'Interview', 1, {}, { mood: 'negative' });
    await does('user-1', 'Opened', 2);
    const reply = await ask('events/segmentation', [
      ['e', { event_type: 'Opened' }],
      ...days('20260302', '20260304'),
      ...['(none)', 'negative'].map((mood): [string, unknown] => [
        's',
        [{ prop: 'gp:mood', op: 'is', values: [mood] }],
      ]),
    ]);
    expect(reply.json).toMatchObject({
      data: {
        series: [
          [1, 0, 0],
          [0, 0, 1],
        ],
      },
    });
  });

  test('groups have their values as labels, the largest first', async () => {
    await does('user-1', 'Interview', 0, { theme: 'price' });
    await does('user-2', 'Interview', 0, { theme: 'سعر' });
    await does('user-3', 'Interview', 0, { theme: 'سعر' });
    await does('user-4', 'Interview', 0);
    const reply = await ask('events/segmentation', [
      ['e', { event_type: 'Interview', group_by: [{ type: 'event', value: 'theme' }] }],
      ...days('20260302', '20260302'),
    ]);
    expect(reply.json).toMatchObject({
      data: { seriesLabels: ['سعر', 'price', '(none)'], series: [[2], [1], [1]] },
    });
  });

  test('a rolling window counts who did it within it', async () => {
    await does('user-1', 'Interview', 0);
    await does('user-2', 'Interview', 2);
    const reply = await ask('events/segmentation', [
      ['e', { event_type: 'Interview' }],
      ...days('20260302', '20260306'),
      ['rollingWindow', '3'],
    ]);
    expect(reply.json).toMatchObject({ data: { series: [[1, 1, 2, 1, 1]] } });
  });
});

describe('segments of people', () => {
  const asked = (segment: unknown) =>
    ask('events/segmentation', [['e', { event_type: '_active' }], ...days('20260302', '20260302'), ['s', segment]]);

  test('who did something, before or after', async () => {
    await does('user-1', 'Opened', 0);
    await does('user-2', 'Opened', 0);
    await does('user-1', 'Interview', 5, { theme: 'price' });
    const did = { op: '>=', type: 'event', event_type: 'Interview', filters: [], value: 1, time_type: 'allTime' };
    expect((await asked([did])).json).toMatchObject({ data: { series: [[1]] } });
  });
});

describe('funnels', () => {
  const e = (name: string): [string, unknown] => ['e', { event_type: name }];

  test('count in the given order and within the window', async () => {
    for (const user of ['user-1', 'user-2', 'user-3', 'user-4']) await does(user, 'A', 0);
    await does('user-1', 'B', 1);
    await does('user-1', 'C', 2);
    await does('user-2', 'C', 1);
    await does('user-2', 'B', 2);
    await does('user-3', 'B', 9);
    await does('user-5', 'B', 1);
    const reply = await ask('funnels', [
      e('A'),
      e('B'),
      e('C'),
      ...days('20260302', '20260302'),
      ['cs', `${7 * 86_400}`],
    ]);
    expect(reply.json).toMatchObject({
      data: [
        {
          meta: { segmentIndex: 0 },
          events: ['A', 'B', 'C'],
          cumulativeRaw: [4, 2, 1],
          cumulative: [1, 0.5, 0.25],
          stepByStep: [1, 0.5, 0.5],
          medianTransTimes: [0, 2 * DAY, DAY],
          avgTransTimes: [0, 1.5 * DAY, DAY],
        },
      ],
    });
  });

  test('have one answer for each segment, in the order asked', async () => {
    await does('user-1', 'A', 0, {}, { arm: 'control' });
    await does('user-2', 'A', 0, {}, { arm: 'treatment' });
    await does('user-2', 'B', 1);
    const s = (arm: string): [string, unknown] => ['s', [{ prop: 'gp:arm', op: 'is', values: [arm] }]];
    const reply = await ask('funnels', [e('A'), e('B'), ...days('20260302', '20260302'), s('control'), s('treatment')]);
    expect(reply.json).toMatchObject({
      data: [{ cumulativeRaw: [1, 0] }, { meta: { segmentIndex: 1 }, cumulativeRaw: [1, 1] }],
    });
  });

  test('of nobody are zeros, not a fault', async () => {
    const reply = await ask('funnels', [e('A'), e('B'), ...days('20260302', '20260302')]);
    expect(reply.json).toMatchObject({ data: [{ cumulativeRaw: [0, 0], cumulative: [0, 0], stepByStep: [0, 0] }] });
  });
});

describe('retention', () => {
  const asked = (...more: [string, unknown][]) =>
    ask('retention', [['se', { event_type: 'Interview' }], ['re', { event_type: '_active' }], ...more]);

  test('counts who came back in each week from their own start on', async () => {
    await does('user-1', 'Interview', 0);
    await does('user-1', 'Opened', 7);
    await does('user-2', 'Interview', 3);
    await does('user-2', 'Opened', 9);
    await does('user-3', 'Opened', 8);
    expect((await asked(...days('20260302', '20260315'), ['i', '7'])).json).toEqual({
      data: {
        series: [
          {
            combined: [
              { count: 2, outof: 2, incomplete: false },
              { count: 2, outof: 2, incomplete: false },
              { count: 1, outof: 2, incomplete: false },
            ],
          },
        ],
        seriesMeta: [{ segmentIndex: 0, eventIndex: 0 }],
      },
    });
  });

  test('says which weeks have not ended for everybody', async () => {
    await does('user-1', 'Interview', 81);
    expect((await asked(...days('20260522', '20260604'), ['i', '7'])).json).toMatchObject({
      data: { series: [{ combined: [{}, { incomplete: true }, { incomplete: true }] }] },
    });
  });
});

describe('what is asked for', () => {
  const segmentation = (...parameters: [string, unknown][]) => ask('events/segmentation', parameters);
  const e: [string, unknown] = ['e', { event_type: 'Opened' }];

  test.each<[string, [string, unknown][], string]>([
    ['no event', days('20260302', '20260303'), 'e'],
    ['an event that is no JSON', [['e', '{'], ...days('20260302', '20260303')], 'e'],
    [
      'an operator that is not built here',
      [
        [
          'e',
          {
            event_type: 'x',
            filters: [{ subprop_type: 'event', subprop_key: 'a', subprop_op: 'contains', subprop_value: ['b'] }],
          },
        ],
        ...days('20260302', '20260303'),
      ],
      'e',
    ],
    ['new users, who are not built here', [['e', { event_type: '_new' }], ...days('20260302', '20260303')], 'e'],
    ['no day', [e], 'start'],
    ['a day that there is not', [e, ...days('20261399', '20261401')], 'start'],
    ['an end before the start', [e, ...days('20260303', '20260302')], 'end'],
    ['a metric that is not built here', [e, ...days('20260302', '20260303'), ['m', 'totals']], 'm'],
    ['an unknown interval', [e, ...days('20260302', '20260303'), ['i', '2']], 'i'],
    ['a segment that is none', [e, ...days('20260302', '20260303'), ['s', [{ prop: 'x' }]]], 's'],
    [
      'a cohort, which is not built here',
      [e, ...days('20260302', '20260303'), ['s', [{ prop: 'userdata_cohort', op: 'is', values: ['one'] }]]],
      's',
    ],
    ['a group that is not built here', [e, ...days('20260302', '20260303'), ['g', 'gp:x']], 'g'],
  ])('%s is refused by its name', async (_what, parameters, name) => {
    const reply = await segmentation(...parameters);
    expect([reply.status, refusal.parse(reply.json).error.metadata.details]).toEqual([
      400,
      `Invalid parameter: ${name}`,
    ]);
  });

  test('a funnel of one step is refused', async () => {
    expect((await ask('funnels', [e, ...days('20260302', '20260303')])).status).toBe(400);
  });

  test('without the keys nothing is told', async () => {
    expect((await bench.get('/api/2/funnels?start=20260302', null)).status).toBe(403);
  });

  test('queries over 1,000 cost in five minutes are refused, and five minutes later they are not', async () => {
    const dear = () =>
      ask('retention', [
        ['se', { event_type: '_active' }],
        ['re', { event_type: '_active' }],
        ...days('20260302', '20260410'),
      ]);
    // 40 days × 1 segment × 8.
    for (let round = 0; round < 3; round += 1) expect((await dear()).status).toBe(200);
    const refused = await dear();
    expect(refused.status).toBe(429);
    expect(refusal.parse(refused.json).error.metadata.details).toContain('this query costs 320');
    await bench.clock.advance(5 * 60_000);
    expect((await dear()).status).toBe(200);
  });

  test('conditions count, filters of an event do not', async () => {
    const filters = [{ subprop_type: 'event', subprop_key: 'a', subprop_op: 'is', subprop_value: ['b'] }];
    const query = (...more: [string, unknown][]) =>
      ask('retention', [
        ['se', { event_type: 'Interview', filters }],
        ['re', { event_type: '_active' }],
        ...days('20260302', '20260505'),
        ...more,
      ]);
    // 65 days × 8 = 520, and twice that with a condition.
    expect((await query()).status).toBe(200);
    await bench.clock.advance(5 * 60_000);
    expect((await query(['s', [{ prop: 'gp:a', op: 'is', values: ['b'] }]])).status).toBe(429);
  });
});
