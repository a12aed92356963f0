/** Zapier's own examples of right and wrong, from its reference of integration checks. */
import { lintDefinition } from '../../packages/zapier-definition-lint/lint.ts';

/** Whether a check finds something in an app that is made of one part. */
const finds = (check: string, app: object): boolean =>
  lintDefinition({ flags: { cleanInputData: false }, ...app }).findings.some((finding) => finding.check === check);

const create = (operation: object, display: object = {}) => ({
  creates: { send: { display: { label: 'Send Thing', description: 'Sends a thing.', ...display }, operation } },
});
const trigger = (operation: object, description = 'Triggers when there is a thing.') => ({
  triggers: { thing: { display: { label: 'New Thing', description }, operation } },
});
const examples: Record<string, { wrong: unknown[]; right: unknown[]; app: (example: unknown) => object }> = {
  D001: {
    wrong: ['api_key', 'api_token', 'user_password'],
    right: ['project_id', 'tag_name', 'user_email_address'],
    app: (key) => create({ inputFields: [{ key, label: 'Any' }] }),
  },
  D002: {
    wrong: ['API key is found on the "API Details" page in settings'],
    right: ['Go to the [API Details](https://my.site.com/manage/api-details) screen to find your API Key.'],
    app: (helpText) => ({ authentication: { fields: [{ key: 'api_key', helpText }], connectionLabel: '{{name}}' } }),
  },
  D003: {
    wrong: ['Slack', 'api_key', 'My token is: 12345', '{{token}}', '{{api_key}}', '{{password}}', 'user token'],
    right: ['{{user}} @ {{team}}', '{{name}} - {{email}}', '{{username}}', '{{user}} ({{email}})'],
    app: (connectionLabel) => ({ authentication: { fields: [], connectionLabel } }),
  },
  D008: {
    wrong: ['See [Google(https://google.com)', 'See https://google.com'],
    right: ['See [Google](https://google.com)', 'See `https://google.com`'],
    app: (description) => create({}, { description }),
  },
  D010: {
    wrong: [
      { sample: { contact_id: 4 } },
      { sample: { id: 4 }, outputFields: [{ key: 'contact_id', primary: true }, { key: 'contact_name' }] },
    ],
    right: [
      { sample: { id: 4 } },
      { sample: { contact_id: 4 }, outputFields: [{ key: 'contact_id', primary: true }, { key: 'contact_name' }] },
    ],
    app: (operation) => trigger(Object(operation)),
  },
  D011: {
    wrong: ['subdomain'],
    right: ['Where you (and your users) can access your forms.'],
    app: (helpText) => create({ inputFields: [{ key: 'subdomain', label: 'Subdomain', helpText }] }),
  },
  D014: {
    wrong: [{ list: true }, { dict: true, dynamic: 'things.id.name' }, { type: 'boolean', dynamic: 'things.id.name' }],
    right: [{ dynamic: 'things.id.name' }, { dynamic: 'things.id.name', type: 'integer' }],
    app: (more) => create({ inputFields: [{ key: 'update_thing', search: 'thing.id', ...Object(more) }] }),
  },
  D018: { wrong: ['new contact'], right: ['New Contact'], app: (label) => create({}, { label }) },
  D021: {
    wrong: ["Whenever there's a new contact, this goes?", "Triggers whenever there's a new contact."],
    right: ["Triggers when there's a new contact."],
    app: (description) => trigger({}, String(description)),
  },
  D023: {
    wrong: ['01 Aug 2023', '01 Aug 2023 06:50:30', '2023-08-01T06:50:30'],
    right: ['2023-08-01', '2023-08-01T06:50:30-0500', '2023-09-15T09:59:59Z'],
    app: (at) => create({ sample: { at } }),
  },
  D024: {
    wrong: [{ id: '1' }],
    right: [{ id: 1, email: 'john@example.com' }],
    app: (sample) =>
      create({
        sample,
        outputFields: [
          { key: 'id', type: 'integer' },
          { key: 'email', type: 'string', required: true },
        ],
      }),
  },
  D025: {
    wrong: ["javascript:alert('XSS');//"],
    right: ['https://example.com'],
    app: (link) => create({ sample: { link } }),
  },
  D028: { wrong: [true], right: [false], app: (cleanInputData) => ({ flags: { cleanInputData } }) },
};

const cases = Object.entries(examples).flatMap(([check, { wrong, right, app }]) => [
  ...wrong.map((example) => ({ check, verdict: 'wrong', example, app })),
  ...right.map((example) => ({ check, verdict: 'right', example, app })),
]);

test.each(cases)('$check: $example is $verdict', ({ check, verdict, example, app }) => {
  expect(finds(check, app(example))).toBe(verdict === 'wrong');
});
