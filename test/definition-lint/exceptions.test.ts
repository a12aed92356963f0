import { exceptionsSchema, lintDefinition } from '../../packages/zapier-definition-lint/lint.ts';
import { report } from '../../packages/zapier-definition-lint/report.ts';

const app = {
  creates: {
    send: {
      display: { label: 'Send Thing', description: 'Sends a thing.' },
      operation: { inputFields: [{ key: 'user_id', label: 'User' }], sample: { id: 1 } },
    },
  },
  flags: { cleanInputData: false },
};
const where = 'creates.send.inputFields.user_id';
const exception = { check: 'D004', where, reason: 'No dropdown can offer these ids.' };

test('a finding fails the run', () => {
  const outcome = lintDefinition(app);
  expect(outcome.findings).toMatchObject([{ check: 'D004', where }]);
  expect(report(outcome)).toMatchObject({ passed: false, text: expect.stringContaining(`✗ ${where}: asks for an id`) });
});

test('a finding with an exception passes, and its reason is shown', () => {
  const outcome = lintDefinition(app, { exceptions: [exception] });
  expect(outcome).toMatchObject({ findings: [], unused: [], excused: [{ check: 'D004', where }] });
  expect(report(outcome)).toMatchObject({ passed: true, text: expect.stringContaining(exception.reason) });
});

test.each([
  ['of another place', { ...exception, where: 'creates.send.inputFields.team_id' }],
  ['of another check', { ...exception, check: 'D001' }],
])('an exception %s excuses nothing, and that fails too', (_what, idle) => {
  const outcome = lintDefinition(app, { exceptions: [exception, idle] });
  expect(outcome).toMatchObject({ findings: [], unused: [idle] });
  expect(report(outcome)).toMatchObject({ passed: false, text: expect.stringContaining('excuses nothing: remove it') });
});

test('an exception for one build neither excuses nor fails another', () => {
  const ofPrivate = { ...exception, build: 'private' };
  expect(lintDefinition(app, { exceptions: [ofPrivate], build: 'private' }).findings).toEqual([]);
  const elsewhere = lintDefinition(app, { exceptions: [ofPrivate] });
  expect(elsewhere.findings).toMatchObject([{ check: 'D004', where }]);
  expect(elsewhere.unused).toEqual([]);
});

test.each([
  ['no reason', { check: 'D004', where, reason: '' }],
  ['a check that is not there', { ...exception, check: 'D019' }],
  ['a key that is none', { ...exception, because: 'x' }],
])('a list of exceptions with %s is refused', (_what, entry) => {
  expect(exceptionsSchema.safeParse([entry]).success).toBe(false);
});
