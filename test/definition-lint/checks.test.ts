import { checks, lintDefinition } from '../../packages/zapier-definition-lint/lint.ts';
import { at, changed, definitionOf, exceptions, privateApp, publicApp } from './real-app.ts';

const start = 'creates.start_interview';
const find = 'searches.find_interview';
const send = 'creates.send_interview_event';
const instant = 'triggers.interview_analysis_ready';
const polling = 'triggers.new_interview_analysis';
const startFields = `${start}.operation.inputFields`;
const sendFields = `${send}.operation.inputFields`;
const findFields = `${find}.operation.inputFields`;
const text = (label: string, more: object = {}) => ({ label, type: 'string', required: false, ...more });

let app: unknown;
beforeAll(async () => {
  app = await definitionOf(publicApp);
});

/** Each check that finds something in a copy of the app with something else in one place, and where. */
const foundWith = (path: string, to: unknown): string[] =>
  lintDefinition(changed(app, path, typeof to === 'function' ? to() : to), { exceptions }).findings.map(
    ({ check, where }) => `${check} ${where}`,
  );

describe('the app', () => {
  test.each([
    ['public', publicApp],
    ['private', privateApp],
  ])('%s build passes every check, and needs every exception made for it', async (build, raw) => {
    const { findings, unused } = lintDefinition(await definitionOf(raw), { exceptions, build });
    expect({ findings, unused }).toEqual({ findings: [], unused: [] });
  });
});

const breaks: [id: string, what: string, path: string, to: unknown, where: string][] = [
  [
    'D001',
    'a step that asks for an API key',
    `${startFields}.amplitude_api_key`,
    { key: 'amplitude_api_key', ...text('Amplitude API Key') },
    `${start}.inputFields.amplitude_api_key`,
  ],
  [
    'D001',
    'a step with a hidden text',
    `${startFields}.pin`,
    { key: 'pin', ...text('Pin', { type: 'password' }) },
    `${start}.inputFields.pin`,
  ],
  [
    'D001',
    'a credential named in camelCase',
    `${startFields}.accessToken`,
    { key: 'accessToken', ...text('Access Token') },
    `${start}.inputFields.accessToken`,
  ],
  [
    'D002',
    'a pasted key without a link to it',
    'authentication.fields.koji_api_key.helpText',
    'It is in the settings.',
    'authentication.fields.koji_api_key',
  ],
  [
    'D002',
    'a pasted key without help',
    'authentication.fields.amplitude_secret_key.helpText',
    undefined,
    'authentication.fields.amplitude_secret_key',
  ],
  [
    'D003',
    'a connection without a label',
    'authentication.connectionLabel',
    undefined,
    'authentication.connectionLabel',
  ],
  [
    'D003',
    'one label for every connection',
    'authentication.connectionLabel',
    'Koji',
    'authentication.connectionLabel',
  ],
  [
    'D003',
    'a label that shows the key',
    'authentication.connectionLabel',
    '{{koji_api_key}}',
    'authentication.connectionLabel',
  ],
  [
    'D004',
    'an id without a dropdown',
    `${startFields}.study_id`,
    { key: 'study_id', ...text('Study') },
    `${start}.inputFields.study_id`,
  ],
  [
    'D004',
    'an id by its label alone',
    `${startFields}.study`,
    { key: 'study', ...text('Study ID') },
    `${start}.inputFields.study`,
  ],
  [
    'D005',
    'a dropdown of a trigger that is not there',
    `${findFields}.interview_id.dynamic`,
    'no_list.id.name',
    `${find}.inputFields.interview_id`,
  ],
  ['D006', 'an instant trigger without a list', `${instant}.operation.performList`, undefined, instant],
  [
    'D007',
    'an address without TLS',
    `${startFields}.language.helpText`,
    'Such as `http://example.com`.',
    `${startFields}.5.helpText`,
  ],
  [
    'D008',
    'a bare address',
    `${startFields}.language.helpText`,
    'See https://example.com for all.',
    `${start}.inputFields.language`,
  ],
  [
    'D008',
    'a link with a missing bracket',
    `${start}.display.description`,
    'Starts an [interview(https://example.com).',
    `${start}.display.description`,
  ],
  [
    'D008',
    'a link to no address',
    `${startFields}.language.helpText`,
    'See [all](example.com).',
    `${start}.inputFields.language`,
  ],
  ['D009', 'a search without a field', findFields, [], find],
  ['D010', 'a polling sample without an id', `${polling}.operation.sample.id`, undefined, `${polling}.sample.id`],
  [
    'D010',
    'a polling sample without its primary key',
    `${polling}.operation.outputFields.revision`,
    { key: 'revision', label: 'Revision', primary: true },
    `${polling}.sample.revision`,
  ],
  [
    'D011',
    'help that repeats the label',
    `${startFields}.language.helpText`,
    'language.',
    `${start}.inputFields.language`,
  ],
  ['D012', 'an empty sample', `${start}.operation.sample`, {}, `${start}.sample`],
  ['D012', 'no sample', `${start}.operation.sample`, undefined, `${start}.sample`],
  [
    'D013',
    'a search step that is not there',
    `${findFields}.interview_id.search`,
    'no_search.id',
    `${find}.inputFields.interview_id`,
  ],
  [
    'D014',
    'a search step without a dropdown',
    `${findFields}.respondent_id.search`,
    'find_interview.id',
    `${find}.inputFields.respondent_id`,
  ],
  ['D014', 'a search step for a list', `${sendFields}.interview_id.list`, true, `${send}.inputFields.interview_id`],
  [
    'D014',
    'a search step for a yes or no',
    `${sendFields}.interview_id.type`,
    'boolean',
    `${send}.inputFields.interview_id`,
  ],
  [
    'D015',
    'find or create with a create that is not there',
    'searchOrCreates.find_interview',
    { key: 'find_interview', search: 'find_interview', create: 'nothing' },
    'searchOrCreates.find_interview',
  ],
  [
    'D015',
    "find or create under a key that is not its search's",
    'searchOrCreates.any',
    { key: 'any', search: 'find_interview', create: 'start_interview' },
    'searchOrCreates.any',
  ],
  ['D017', 'a hook that cannot unsubscribe', `${instant}.operation.performUnsubscribe`, undefined, instant],
  ['D018', 'a label in small letters', `${start}.display.label`, 'Start interview', `${start}.display.label`],
  [
    'D021',
    'a trigger described otherwise',
    `${instant}.display.description`,
    'Triggers whenever an interview is ready.',
    `${instant}.display.description`,
  ],
  [
    'D021',
    'a trigger described without a full stop',
    `${instant}.display.description`,
    'Triggers when an interview is ready',
    `${instant}.display.description`,
  ],
  ['D022', 'a create whose fields are all dynamic', startFields, ['$func$2$f$'], start],
  ['D023', 'a date in words', `${start}.operation.sample.study_link`, '24 May 2026', `${start}.sample.study_link`],
  [
    'D023',
    'a time without an offset',
    `${start}.operation.sample.started_at`,
    '2026-05-24T11:29:05',
    `${start}.sample.started_at`,
  ],
  [
    'D024',
    'a sample value of another type',
    `${polling}.operation.sample.quality_score`,
    '4',
    `${polling}.sample.quality_score`,
  ],
  ['D024', 'text where a date should be', `${start}.operation.sample.started_at`, 'soon', `${start}.sample.started_at`],
  [
    'D024',
    'one value where a list should be',
    `${polling}.operation.sample.themes`,
    'pricing',
    `${polling}.sample.themes`,
  ],
  [
    'D024',
    'a wrong value in a line item',
    `${polling}.operation.sample.answers`,
    [{ question: 1 }],
    `${polling}.sample.answers.question`,
  ],
  [
    'D024',
    'a required value that is missing',
    `${start}.operation.outputFields.study_name`,
    { key: 'study_name', label: 'Study Name', required: true },
    `${start}.sample.study_name`,
  ],
  [
    'D025',
    'an address that runs code',
    `${startFields}.language.placeholder`,
    'javascript:alert(1)',
    `${startFields}.5.placeholder`,
  ],
  [
    'D025',
    'data in a sample that a browser would open',
    `${start}.operation.sample.study_link`,
    'data:text/html;base64,PHNjcmlwdD4=',
    `${start}.operation.sample.study_link`,
  ],
  [
    'D026',
    'a host that people choose',
    'authentication.fields.koji_domain',
    { key: 'koji_domain', ...text('Domain') },
    'authentication.fields.koji_domain',
  ],
  [
    'D026',
    'a value put into a form of address',
    'authentication.fields.team.inputFormat',
    'https://{{input}}.example.com',
    'authentication.fields.team',
  ],
  ['D028', 'inputs that Zapier cleans', 'flags.cleanInputData', undefined, 'flags.cleanInputData'],
  ['D028', 'one step whose input Zapier cleans', `${start}.operation.cleanInputData`, true, `${start}.cleanInputData`],
  [
    'X001',
    'a dropdown by a key that its trigger does not give',
    `${findFields}.interview_id.dynamic`,
    'interview_list.id.title',
    `${find}.inputFields.interview_id`,
  ],
  [
    'X001',
    'a search step by a key that it does not give',
    `${findFields}.interview_id.search`,
    'find_interview.number',
    `${find}.inputFields.interview_id`,
  ],
  [
    'X002',
    'a sample with an object that core may run',
    `${start}.operation.sample.metadata`,
    { source: 'newsletter' },
    `${start}.operation.sample.metadata`,
  ],
  [
    'X003',
    'a create described as a command',
    `${start}.display.description`,
    'Start an interview.',
    `${start}.display.description`,
  ],
  ['X004', 'a search that is not called so', `${find}.display.label`, 'Interview Search', `${find}.display.label`],
  [
    'X004',
    'a search described as a command',
    `${find}.display.description`,
    'Find an interview.',
    `${find}.display.description`,
  ],
  [
    'X005',
    'a required field behind optional ones',
    `${startFields}.language.required`,
    true,
    `${start}.inputFields.language`,
  ],
  [
    'X006',
    'a field label in small letters',
    `${startFields}.language.label`,
    'language',
    `${start}.inputFields.language`,
  ],
  [
    'X006',
    'a field without a label',
    `${start}.operation.outputFields.mode.label`,
    undefined,
    `${start}.outputFields.mode`,
  ],
  [
    'X007',
    'a dropdown filled by a hook',
    `${findFields}.interview_id.dynamic`,
    'interview_analysis_ready.id.study_name',
    `${find}.inputFields.interview_id`,
  ],
];

test.each(breaks)('%s finds %s', (id, _what, path, to, where) => {
  expect(foundWith(path, to)).toEqual([`${id} ${where}`]);
});

test('D016 finds an app that is one static webhook; that it is static at all is D017', () => {
  const { performSubscribe: _, inputFields: _dropdowns, ...operation } = Object(at(app, `${instant}.operation`));
  const only = { interview_analysis_ready: { ...Object(at(app, instant)), operation } };
  const alone = changed(changed(changed(app, 'triggers', only), 'searches', {}), 'creates', {});
  expect(lintDefinition(alone).findings.map(({ check }) => check)).toEqual(['D016', 'D017']);
});

test('X002 finds what core itself made a function of', async () => {
  const trap = changed(app, `${start}.operation.sample.metadata`, { source: 'asked before they return' });
  const serialized = await definitionOf(Object(trap));
  expect(lintDefinition(serialized, { exceptions }).findings).toMatchObject([
    { check: 'X002', where: `${start}.operation.sample.metadata` },
  ]);
});

test('every check over the definition has a test that breaks the app', () => {
  const broken = new Set([...breaks.map(([id]) => id), 'D016']);
  const live = /^[TZ]/;
  expect(checks.map(({ id }) => id).filter((id) => !live.test(id) && !broken.has(id))).toEqual([]);
});

describe('what is right is left alone', () => {
  test.each([
    ['a length of ids', `${startFields}.min_id_length`, { key: 'min_id_length', ...text('Minimum ID Length') }],
    ['an id with choices', `${startFields}.plan_id`, { key: 'plan_id', ...text('Plan ID', { choices: ['a'] }) }],
    ['an address in code', `${startFields}.language.helpText`, 'Such as `https://example.com/x`.'],
    ['an address with brackets', `${startFields}.language.helpText`, 'See [all](https://example.com/a_(b)).'],
    ['a bracket in prose', `${startFields}.language.helpText`, 'Two letters [a to z] (small).'],
    ['small words', `${start}.display.label`, 'Start an Interview in a Study (By the Link)'],
    ['capitals inside', `${start}.display.label`, 'Start iPhone Interview v2'],
    ['words before a colon', `${startFields}.language.helpText`, 'JavaScript: no. Data: none.'],
    ['a date', `${start}.operation.sample.study_link`, '2026-05-24'],
    ['an offset', `${start}.operation.sample.started_at`, '2019-08-01T06:50:30-0500'],
    ['a sentence with a date', `${start}.operation.sample.study_link`, 'Ada Example, 24 May 2026'],
    ['a phone number', `${start}.operation.sample.study_link`, '12-34-5678901'],
    ['an unencrypted address of a customer', `${start}.operation.sample.study_link`, 'http://customer.example'],
    ['a label that a function gives', 'authentication.connectionLabel', '$func$2$f$'],
    ['a source among many keys', `${start}.operation.sample.metadata`, { source: 'a', medium: 'b', term: 'c' }],
    [
      'a nested output field',
      `${start}.operation.outputFields.metadata__plan`,
      { key: 'metadata__plan', label: 'Plan' },
    ],
    ['a trigger that nobody sees', `${instant}.display`, { label: 'x', description: 'y', hidden: true }],
  ])('%s', (_what, path, to) => {
    expect(foundWith(path, to)).toEqual([]);
  });
});
