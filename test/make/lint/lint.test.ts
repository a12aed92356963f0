import { apps } from '../../../make/build/apps.ts';
import { folderOf, readBuilt } from '../../../make/build/built.ts';
import { filesOf } from '../../../make/build/files.ts';
import { checks, lint } from '../../../make/lint/lint.ts';
import { ORIGINS_FILE, readOrigins } from '../../../make/origins/origins.ts';

/** One text of one file becomes another. */
type Edit = [path: string, from: string | RegExp, to: string];

const built = readBuilt(folderOf('koji-amplitude'));
/** A copy of the built files of both services' app, with something broken in it. */
const broken = (...edits: Edit[]): Map<string, string> => {
  const files = new Map(built);
  for (const [path, from, to] of edits) {
    const before = files.get(path) ?? '';
    // What is put in may hold $, which stands for nothing here.
    const after = before.replace(from, () => to);
    expect(after).not.toBe(before);
    files.set(path, after);
  }
  return files;
};

const found = (files: Map<string, string>): string[] => [
  ...new Set(lint(files).map(({ check, message }) => `${check}: ${message}`)),
];

test.each(apps)('$target has nothing to mend', ({ target }) => {
  expect(lint(readBuilt(folderOf(target)))).toEqual([]);
});

const MANIFEST = 'makecomapp.json';
const BASE = 'general/base.iml.json';
const GROUPS = 'modules/groups.json';
const COHORTS = 'webhooks/cohort-members/cohort-members.params.iml.json';
const connectionFile = (id: string, code: string): string => `connections/${id}/${id}.${code}.iml.json`;
const moduleFile = (id: string, code: string): string => `modules/${id}/${id}.${code}.iml.json`;
const RPC = 'rpcs/list-interviews/list-interviews.communication.iml.json';
const GET = moduleFile('get-interview', 'communication');
const ANY_CALL = moduleFile('make-an-api-call', 'communication');

/** Puts a manifest's origins in the place of those that are there. */
const origin = (changed: object): Edit => {
  const valid = {
    apikeyFile: '.secrets/apikey',
    appId: 'koji-a1b2c3',
    appVersion: 1,
    baseUrl: 'https://eu1.make.com/api',
  };
  return [MANIFEST, /"origins": .*$/s, `"origins": ${JSON.stringify([{ ...valid, ...changed }])}}`];
};

const rows: [check: string, what: string, message: string, ...edits: Edit[]][] = [
  // The manifest and what it names.
  ['origins', 'an app ID that is none', 'appId is not an ID of Make’s.', origin({ appId: 'Koji' })],
  ['origins', 'an address that is no API', 'baseUrl must be https://…/api.', origin({ baseUrl: 'https://make.com' })],
  ['origins', 'an origin without a version', 'appVersion is missing.', origin({ appVersion: undefined })],
  [
    'ids',
    'an ID that Make does not take',
    'Make does not take cohort_members.',
    [MANIFEST, /"cohortMembers"/g, '"cohort_members"'],
  ],
  ['codes', 'a file that is not JSON', 'It is not JSON.', ['connections/koji/koji.common.json', '{}', '{']],
  [
    'codes',
    'a form that is no list',
    'See npm run make:check: this is not its form.',
    ['rpcs/list-interviews/list-interviews.params.iml.json', '[]', '{}'],
  ],
  [
    'references',
    'a connection that is not there',
    'There is no connection other.',
    [MANIFEST, '"connection": "amplitude"', '"connection": "other"'],
  ],
  [
    'references',
    'a webhook that is not there',
    'There is no webhook other.',
    [MANIFEST, '"webhook": "cohortMembers"', '"webhook": "other"'],
  ],
  [
    'references',
    'an RPC that is not there',
    'There is no rpc other.',
    [moduleFile('get-interview', 'mappable-params'), 'rpc://listInterviews', 'rpc://other?page=1'],
  ],

  // Credentials.
  ['reserved', 'a name of Make’s own', 'Make keeps accountName for itself.', [COHORTS, '"cohort_id"', '"accountName"']],
  ['reserved', 'another one', 'Make keeps teamID for itself.', [COHORTS, '"cohort_id"', '"teamID"']],
  [
    'secrets',
    'a key that is shown',
    'koji_api_key must be a password.',
    [connectionFile('koji', 'params'), '"password"', '"text"'],
  ],
  [
    'secrets',
    'a key that can’t be changed',
    'koji_api_key must be editable.',
    [connectionFile('koji', 'params'), '"editable": true,', ''],
  ],
  [
    'secrets',
    'a webhook’s secret that is shown',
    'amplitude_webhook_secret must be a password.',
    [COHORTS, '"password"', '"text"'],
  ],
  [
    'connectionName',
    'a connection like all others',
    'response.metadata is missing.',
    [connectionFile('koji', 'communication'), '"metadata"', '"meta"'],
  ],
  ['sanitize', 'nothing sanitized in base', 'log.sanitize is missing.', [BASE, '"log"', '"logs"']],
  [
    'sanitize',
    'an empty list in a connection',
    'log.sanitize is missing.',
    [connectionFile('amplitude', 'communication'), /"sanitize": \[[^\]]*\]/, '"sanitize": []'],
  ],
  [
    'sanitize',
    'a key that base shows',
    'log.sanitize must name request.headers.authorization.',
    [BASE, '"request.headers.authorization",', ''],
  ],
  [
    'sanitize',
    'a key that a connection shows',
    'log.sanitize must name request.headers.authorization.',
    [connectionFile('amplitude', 'communication'), '"request.headers.authorization",', ''],
  ],
  [
    'sanitize',
    'a key that a module’s own list shows',
    'log.sanitize must name request.headers.authorization.',
    [moduleFile('find-user', 'communication'), '"method"', '"log": { "sanitize": ["request.qs.user"] }, "method"'],
  ],
  [
    'sanitize',
    'a module that takes nothing of base’s list',
    'log.sanitize must name request.headers.authorization.',
    [moduleFile('find-user', 'communication'), '"method"', '"log": { "sanitize": [] }, "method"'],
  ],
  [
    'baseHeaders',
    'one service’s key for both',
    'Headers in base reach every service: each request needs its own.',
    [BASE, '"log"', '"headers": { "authorization": "Bearer {{connection.koji_api_key}}" }, "log"'],
  ],

  // Requests and their answers.
  ['errors', 'no error handling in base', 'Error handling is missing.', [BASE, '"error"', '"errors"']],
  [
    'errors',
    'no error handling in a connection',
    'Error handling is missing.',
    [connectionFile('koji', 'communication'), '"error": {', '"errors": {'],
  ],
  ['errors', 'a range of statuses', 'Make knows no range such as 4xx.', [GET, '"404": {', '"4xx": {']],
  ['errors', 'an error without a message', 'An error without a message.', [BASE, '"message"', '"text"']],
  [
    'messages',
    'a default without the status',
    'The status in brackets comes first.',
    [BASE, '[{{statusCode}}] {{if(', '{{if('],
  ],
  [
    'messages',
    'an error that is but a text, without the status',
    'The status in brackets comes first.',
    [BASE, /"error": \{.*?\n {4}\}/s, '"error": "Koji refused this."'],
  ],
  [
    'messages',
    'a status without the status',
    'The status in brackets comes first.',
    [GET, '[{{statusCode}}] Your Koji plan', 'Your Koji plan'],
  ],
  [
    'messages',
    'an answer that is not valid, without the status',
    'The status in brackets comes first.',
    [moduleFile('watch-interviews', 'epoch'), '[{{statusCode}}] {{if(statusCode >= 300', '{{if(statusCode >= 300'],
  ],
  [
    'messages',
    'a whole answer',
    'No message shows a whole answer.',
    [BASE, /"message": "[^"]*"/, '"message": "[{{statusCode}}] {{body}}"'],
  ],
  ['errorKinds', 'a kind of error of our own', 'Make knows no error KeyError.', [GET, '"RuntimeError"', '"KeyError"']],
  [
    'errorKinds',
    'one that an expression chooses',
    'Make knows no error RedirectError.',
    [GET, "'RuntimeError', 'ConnectionError'", "'RedirectError', 'ConnectionError'"],
  ],
  [
    'lengths',
    'a long address',
    '513 characters; Make takes 512.',
    [GET, /"url": "[^"]*"/, `"url": "${'u'.repeat(513)}"`],
  ],
  [
    'lengths',
    'a long message',
    '1025 characters; Make takes 1024.',
    [BASE, /"message": "[^"]*"/, `"message": "[{{statusCode}}]${'m'.repeat(1009)}"`],
  ],
  [
    'lengths',
    'a long date of a trigger',
    '513 characters; Make takes 512.',
    [
      moduleFile('watch-interviews', 'communication'),
      /(?<="id": "\{\{item.interview_id\}\}",\s+)"date": "[^"]*"/,
      `"date": "${'d'.repeat(513)}"`,
    ],
  ],
  [
    'lengths',
    'a long list of a webhook’s',
    '513 characters; Make takes 512.',
    [
      'webhooks/cohort-members/cohort-members.communication.iml.json',
      /"container": "[^"]*"/,
      `"container": "${'c'.repeat(513)}"`,
    ],
  ],
  [
    'actions',
    'an action that gives several bundles',
    'An action must not iterate.',
    [GET, '"response": {', '"response": { "iterate": "{{body.interviews}}",'],
  ],
  [
    'actions',
    'an action that turns pages',
    'An action must not turn pages.',
    [GET, '"method"', '"pagination": { "qs": { "page": 2 } }, "method"'],
  ],
  [
    'trust',
    'a delivery that is believed',
    'response.valid is missing: whose interview is this?',
    [moduleFile('watch-analyzed-interviews', 'communication'), '"valid": {', '"valid": true, "invalid": {'],
  ],
  [
    'results',
    'a search without its limit',
    'response.limit must be {{parameters.limit}}.',
    [moduleFile('search-cohorts', 'communication'), '"limit": "{{parameters.limit}}",', ''],
  ],
  [
    'results',
    'a polling trigger with a limit of its own',
    'response.limit must be {{parameters.limit}}.',
    [moduleFile('watch-interviews', 'communication'), '"{{parameters.limit}}"', '10'],
  ],
  ['results', 'an RPC without a limit', 'response.limit must be from 1 to 500.', [RPC, '"limit": "100",', '']],
  ['results', 'an RPC of too many', 'response.limit must be from 1 to 500.', [RPC, '"limit": "100"', '"limit": 501']],

  // What people see.
  [
    'limit',
    'another default of limit',
    'The last field must be limit: an unsigned integer, 10 by default.',
    [moduleFile('search-cohorts', 'mappable-params'), '"default": 10', '"default": 100'],
  ],
  [
    'universal',
    'no universal module',
    'One module must be Make an API call.',
    [MANIFEST, '"moduleType": "universal"', '"moduleType": "action"'],
  ],
  [
    'universal',
    'an address that people choose',
    'url must begin with a fixed host, or join base’s.',
    [ANY_CALL, '"https://koji.so/api/v1{{parameters.url}}"', '"{{parameters.url}}"'],
  ],
  [
    'hosts',
    'a host that what follows can change',
    'A slash must part the host from what people choose.',
    [ANY_CALL, '"https://koji.so/api/v1{{parameters.url}}"', '"https://koji.so{{parameters.url}}"'],
  ],
  [
    'hosts',
    'an address that leads elsewhere',
    'The pattern of url must refuse other hosts.',
    [moduleFile('make-an-api-call', 'mappable-params'), /"pattern": "[^"]*"/, '"pattern": "^/"'],
  ],
  [
    'hosts',
    'a pattern that is none',
    'The pattern of url must refuse other hosts.',
    [moduleFile('make-an-api-call', 'mappable-params'), /"pattern": "[^"]*"/, '"pattern": "("'],
  ],
  [
    'hosts',
    'an address without a pattern',
    'The pattern of url must refuse other hosts.',
    [moduleFile('make-an-api-call', 'mappable-params'), '"pattern"', '"patterns"'],
  ],
  ['universal', 'a body as JSON', 'type must be text.', [ANY_CALL, '"type": "text"', '"type": "json"']],
  [
    'universal',
    'an answer without its status',
    'output must be body, headers, statusCode.',
    [ANY_CALL, /,\s+"statusCode": "\{\{statusCode\}\}"/, ''],
  ],
  [
    'interfaces',
    'a module that does not say what it gives',
    'The interface is empty.',
    [moduleFile('get-interview', 'interface'), /^.*$/s, '[]'],
    [moduleFile('get-interview', 'samples'), /^.*$/s, '{}'],
  ],
  [
    'samples',
    'a sample with more than there is',
    'more is not in the interface.',
    [moduleFile('get-interview', 'samples'), '{', '{ "more": true,'],
  ],
  [
    'samples',
    'a sample with less than there is',
    'study_id is missing.',
    [moduleFile('get-interview', 'samples'), /"study_id": "[^"]*",/, ''],
  ],
  [
    'dates',
    'a date as text',
    'started_at must be a date.',
    [moduleFile('get-interview', 'interface'), '"type": "date"', '"type": "text"'],
  ],
  [
    'labels',
    'a module in title case',
    '“Get an Interview” is not in sentence case.',
    [MANIFEST, 'Get an interview', 'Get an Interview'],
  ],
  [
    'labels',
    'a field in title case',
    '“Email Property” is not in sentence case.',
    [COHORTS, '"Email property"', '"Email Property"'],
  ],
  [
    'labels',
    'an output in title case',
    '“Study Name” is not in sentence case.',
    [moduleFile('get-interview', 'interface'), '"Study name"', '"Study Name"'],
  ],
  [
    'descriptions',
    'a description in other words',
    'The description is not in Make’s pattern.',
    [MANIFEST, 'Returns an interview by its ID.', 'Fetches an interview.'],
  ],
  [
    'help',
    'help that begins with a verb',
    '“Choose your own.” begins with a verb.',
    [COHORTS, /"help": "A word[^"]*"/, '"help": "Choose your own."'],
  ],
  [
    'help',
    'help without a period',
    '“A word of your own” ends without a period.',
    [COHORTS, /"help": "A word[^"]*"/, '"help": "A word of your own"'],
  ],
  ['groups', 'a module in no group', 'getInterview is in 0 groups.', [GROUPS, '"getInterview",', '']],
  [
    'groups',
    'a module twice',
    'getInterview is in 2 groups.',
    [GROUPS, '"getInterview",', '"getInterview", "getInterview",'],
  ],
  [
    'groups',
    'a module that is not there',
    'There is no module other.',
    [GROUPS, '"getInterview",', '"getInterview", "other",'],
  ],
  ['groups', 'the groups in another order', 'Triggers come first, Other last.', [GROUPS, '"Triggers"', '"Starts"']],
  [
    'plain',
    'a long expression',
    '257 characters; 250 at most: put a part of it into temp.',
    [GET, '{{ifempty(temp.interview.summary, null)}}', `{{ifempty('${'x'.repeat(240)}', null)}}`],
  ],
  [
    'patterns',
    'a long regular expression',
    'A regular expression of 61 characters.',
    [GET, '{{ifempty(temp.interview.summary, null)}}', `{{replace('a', '/${'x'.repeat(61)}/g', '')}}`],
  ],
  [
    'patterns',
    'a long regular expression in temp',
    'A regular expression of 61 characters.',
    [GET, '{{ifempty(temp.interview.summary, null)}}', `/${'x'.repeat(61)}/g`],
  ],
  [
    'patterns',
    'a regular expression that looks behind',
    'A regular expression that looks behind.',
    [GET, '{{ifempty(temp.interview.summary, null)}}', "{{replace('a', '/(?<=b)a/g', '')}}"],
  ],
  [
    'functions',
    'a function that no document of Make’s lists',
    "No document of Make's in make/lint/functions.ts lists isArray.",
    [GET, '{{ifempty(temp.interview.summary, null)}}', '{{isArray(temp.interview)}}'],
  ],
  [
    'characters',
    'half of a character',
    'Half of a character.',
    [GET, '{{ifempty(temp.interview.summary, null)}}', '\\ud83d'],
  ],
];

test.each(rows)('%s: finds %s', (check, _what, message, ...edits) => {
  expect(found(broken(...edits))).toEqual([`${check}: ${message}`]);
});

test('every check is seen to fail', () => {
  expect(new Set(rows.map(([check]) => check))).toEqual(new Set(checks.map(([check]) => check)));
});

test('a finding names the file and the place in it', () => {
  expect(lint(broken([GET, '"404": {', '"4xx": {']))).toMatchObject([{ path: `${GET}#/response/error` }]);
});

test('takes where a deploy put the app', () => {
  expect(found(broken(origin({ label: 'eu1.make.com' })))).toEqual([]);
});

test('finds no app where the manifest is none', () => {
  expect(found(broken([MANIFEST, '{', '[']))).toEqual(['manifest: It is no manifest of an app.']);
});

test('asks a webhook that attaches itself for what base does not give it', () => {
  const attach = {
    url: 'https://koji.so/api/v1/webhooks',
    headers: { Authorization: 'Bearer {{connection.koji_api_key}}' },
  };
  const files = broken([
    MANIFEST,
    /("params": "webhooks\/cohort-members)/,
    '"attach": "attach.iml.json", "params": "webhooks/cohort-members',
  ]);
  expect(found(new Map(files).set('attach.iml.json', JSON.stringify(attach)))).toEqual([
    'sanitize: log.sanitize is missing.',
    'errors: Error handling is missing.',
  ]);
});

test('the committed folders are what the source makes', () => {
  const origins = readOrigins(ORIGINS_FILE);
  for (const app of apps) {
    const built = readBuilt(folderOf(app.target));
    const made = filesOf(app, origins[app.target]);
    expect([...built.keys()].sort()).toEqual([...made.keys()].sort());
    for (const [path, content] of made) expect(`${path}\n${built.get(path)}`).toBe(`${path}\n${content}`);
  }
});

test('the app for Make’s review names Amplitude nowhere', () => {
  const text = [...readBuilt(folderOf('koji'))]
    .filter(([path]) => /communication/.test(path))
    .map(([, content]) => content);
  expect(text.join('\n')).not.toMatch(/amplitude\.com|amplitude_/);
});
