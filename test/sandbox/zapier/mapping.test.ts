import type { Item } from '../../../sandbox/zapier/definition.ts';
import { applyFields, fillTemplates } from '../../../sandbox/zapier/mapping.ts';
import { type Setting, START, startSetting } from './setting.ts';

const trigger = {
  email: 'ada@example.com',
  score: 4,
  analyzed: true,
  nothing: null,
  themes: ['price', 'speed'],
  answers: [
    { question: 'q1', value: 'yes' },
    { question: 'q2', value: 'no' },
  ],
  metadata: { plan: 'pro' },
};
const fill = (value: unknown) => fillTemplates({ field: value }, { trigger, steps: [{ id: 'interview 1' }] }).field;

test.each([
  ['{{trigger.email}}', 'ada@example.com'],
  ['{{ steps.0.id }}', 'interview 1'],
  ['{{trigger.score}}', '4'],
  ['{{trigger.analyzed}}', 'true'],
  ['{{trigger.nothing}}', undefined],
  ['{{trigger.unheard_of}}', undefined],
  ['{{steps.7.id}}', undefined],
  ['{{trigger.themes}}', ['price', 'speed']],
  ['{{trigger.themes.1}}', 'speed'],
  ['{{trigger.answers.value}}', ['yes', 'no']],
  ['{{trigger.metadata}}', { plan: 'pro' }],
  ['{{trigger.metadata.plan}}', 'pro'],
  ['<{{trigger.email}}> {{trigger.nothing}}{{trigger.themes}}', '<ada@example.com> price,speed'],
  [
    ['{{trigger.themes}}', '{{trigger.nothing}}', 'x'],
    ['price', 'speed', 'x'],
  ],
  [{ a: '{{trigger.score}}', b: '{{trigger.nothing}}' }, { a: '4' }],
  [7, 7],
])('%j becomes %j', (template, value) => {
  expect(fill(template)).toEqual(value);
});

test('a value that looks like a reference is not followed again', () => {
  const sources = { trigger: { text: '{{trigger.secret}}', secret: 'no' }, steps: [] };
  expect(fillTemplates({ field: 'said {{trigger.text}}' }, sources)).toEqual({ field: 'said {{trigger.secret}}' });
});

test('a reference to neither the trigger nor a step is a mistake in the Zap', () => {
  expect(() => fill('{{email}}')).toThrow('begins neither with trigger nor with steps');
});

test.each([
  ['integer', '4', 4],
  ['integer', '4.7 points', 4],
  ['integer', 'about 3', 3],
  ['number', '$1234.50', 1234.5],
  ['number', 'none', 0],
  ['boolean', 'Nope', false],
  ['boolean', 'yes', true],
  ['boolean', 'whatever', true],
  ['string', 12, '12'],
  ['text', ['a', 'b'], 'a,b'],
  ['text', { a: 1 }, '{"a":1}'],
  ['json', '{"a":1}', '{"a":1}'],
  ['datetime', '2026-01-31T10:30:00.123+01:00', '2026-01-31T09:30:00+00:00'],
  ['datetime', '2026-01-31T09:30', '2026-01-31T09:30:00+00:00'],
  ['datetime', '1769851800', '2026-01-31T09:30:00+00:00'],
  ['datetime', 'some day', '2026-11-23T12:00:00+00:00'],
])('for a field of type %s, %j is %j', (type, value, expected) => {
  expect(applyFields({ field: value }, [{ key: 'field', type }], START)).toEqual({ field: expected });
});

test.each<[Item, unknown]>([
  [{ field: ['1', '2'] }, [1, 2]],
  [{ field: '3' }, [3]],
  [{ field: [] }, [9]],
  [{ field: '' }, [9]],
])('a list field makes of %j the list %j', (input, expected) => {
  const field = { key: 'field', type: 'integer', list: true, default: '9' };
  expect(applyFields(input, [field], START).field).toEqual(expected);
});

test('a dictionary stays one', () => {
  const input = { extra: { a: 'b' } };
  expect(applyFields(input, [{ key: 'extra', dict: true }], START)).toEqual(input);
});

test('a field the form does not have is a mistake in the Zap', () => {
  expect(() => applyFields({ too: 'x' }, [{ key: 'to' }], START)).toThrow('The form has no field too; it has to.');
});

describe('in a run', () => {
  let setting: Setting;
  beforeEach(async () => {
    setting = await startSetting();
  });
  afterEach(() => setting.close());

  const run = async (inputData: Item, key = 'send') => {
    const zap = setting.zapier.zap({ trigger: { key: 'new_note' }, steps: [{ key, inputData }] });
    await zap.turnOn();
    await setting.post(zap.targetUrl(), { notes: [{ id: 'n1', ...trigger }] });
    await setting.clock.runUntilIdle();
    return zap.runs()[0];
  };

  test('the app gets typed values, defaults for empty fields, and what was mapped beside them', async () => {
    await run({
      to: '{{trigger.email}}',
      score: '{{trigger.score}}',
      urgent: 'no',
      tags: '{{trigger.themes}}',
      mode: '',
    });
    expect(setting.bundlesOf('send')[0]).toMatchObject({
      inputData: { to: 'ada@example.com', score: 4, urgent: false, tags: ['price', 'speed'], mode: 'text' },
      inputDataRaw: { to: 'ada@example.com', score: '4', urgent: 'no', tags: ['price', 'speed'] },
    });
  });

  test('a required field that stays empty stops the run before the app is called', async () => {
    expect(await run({ to: '{{trigger.nothing}}' })).toMatchObject({
      status: 'errored',
      failure: { name: 'RequiredFieldMissing', message: 'Required field "Recipient" (to) is missing.' },
    });
    expect(setting.bundlesOf('send')).toEqual([]);
  });

  test('fields that depend on others are asked for', async () => {
    const result = await run({ kind: 'apple', apple_count: '12' }, 'dynamic');
    expect(result).toMatchObject({ status: 'success', outputs: [{ kind: 'apple', apple_count: 12 }] });
  });
});
