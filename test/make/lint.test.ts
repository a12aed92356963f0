import { apps } from '../../make/apps.ts';
import { filesOf } from '../../make/files.ts';
import { lint } from '../../make/lint.ts';

const [koji, both] = apps;
if (koji === undefined || both === undefined) throw new Error('There are two apps.');
const good = () => filesOf(both, [], '');

/** A copy of the app's files in which one text of one file is another. */
const broken = (path: string, from: string | RegExp, to: string) => {
  const files = good();
  const before = files.get(path) ?? '';
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  return files.set(path, after);
};

test.each(apps)('$target has nothing to mend', (app) => {
  expect(lint(filesOf(app, [], ''))).toEqual([]);
});

const MANIFEST = 'makecomapp.json';
const GET = 'modules/get-interview/get-interview';

test.each<[check: string, what: string, path: string, from: string | RegExp, to: string]>([
  ['ids', 'an id that Make does not take', MANIFEST, '"getInterview":', '"get-interview":'],
  ['components', 'a kind of component left out', MANIFEST, '"endpoint": {},', ''],
  ['files', 'a file that is not there', MANIFEST, `${GET}.communication.iml.json`, 'nowhere.json'],
  ['references', 'a connection that is not there', MANIFEST, '"connection": "amplitude"', '"connection": "other"'],
  ['references', 'a webhook that is not there', MANIFEST, '"webhook": "cohortMembers"', '"webhook": "other"'],
  [
    'references',
    'an RPC that is not there',
    `${GET}.mappable-params.iml.json`,
    '"label": "Interview ID"',
    '"label": "rpc://other"',
  ],
  [
    'errors',
    'an error without a message',
    `${GET}.communication.iml.json`,
    '"message": "[{{statusCode}}] {{if(statusCode >= 500',
    '"text": "[{{statusCode}}] {{if(statusCode >= 500',
  ],
  ['errors', 'a range of statuses', `${GET}.communication.iml.json`, '"404": {', '"4xx": {'],
  ['errors', 'no error handling in base', 'general/base.iml.json', '"error"', '"errors"'],
  [
    'condition',
    'a condition inside response',
    `${GET}.communication.iml.json`,
    '"temp": {',
    '"condition": "{{true}}", "temp": {',
  ],
  ['sanitize', 'nothing sanitized in base', 'general/base.iml.json', '"log"', '"logs"'],
  [
    'sanitize',
    'nothing sanitized in a connection',
    'connections/amplitude/amplitude.communication.iml.json',
    '"log"',
    '"logs"',
  ],
  ['secrets', 'a key that is shown', 'connections/koji/koji.params.iml.json', '"type": "password"', '"type": "text"'],
  ['labels', 'a label in title case', MANIFEST, 'Get an interview', 'Get an Interview'],
  [
    'descriptions',
    'a description in other words',
    MANIFEST,
    'Returns an interview by its ID.',
    'Fetches an interview.',
  ],
  [
    'labels',
    'a label of a field in title case',
    'webhooks/cohort-members/cohort-members.params.iml.json',
    '"Email property"',
    '"Email Property"',
  ],
  ['labels', 'a label of an output in title case', `${GET}.interface.iml.json`, '"Study name"', '"Study Name"'],
  ['help', 'help that begins with a verb', `${GET}.mappable-params.iml.json`, '"The modules', '"Choose the modules'],
  ['help', 'help without a period', `${GET}.mappable-params.iml.json`, 'give it."', 'give it"'],
  [
    'limit',
    'another default of limit',
    'modules/search-cohorts/search-cohorts.mappable-params.iml.json',
    '"default": 10',
    '"default": 100',
  ],
  ['dates', 'a date as text', `${GET}.interface.iml.json`, '"type": "date"', '"type": "text"'],
  ['samples', 'a sample of what is not in the interface', `${GET}.samples.iml.json`, '"study_id"', '"study"'],
  ['groups', 'a module in no group', 'modules/groups.json', '"getInterview",', ''],
  ['groups', 'the groups in another order', 'modules/groups.json', '"Triggers"', '"Starts"'],
  ['universal', 'no universal module', MANIFEST, '"moduleType": "universal"', '"moduleType": "action"'],
])('%s: finds %s', (check, _what, path, from, to) => {
  expect(lint(broken(path, from, to)).map((finding) => finding.check)).toContain(check);
});

test('the committed folders are what the source makes', async () => {
  const { readFileSync } = await import('node:fs');
  for (const app of apps) {
    for (const [path, content] of filesOf(app, [], '')) {
      if (path !== 'README.md' && path !== 'makecomapp.json') {
        expect(readFileSync(`make/app/${app.target}/${path}`, 'utf8')).toBe(content);
      }
    }
  }
});

test('the app for Make’s review names Amplitude nowhere', () => {
  const text = [...filesOf(koji, [], '').entries()]
    .filter(([path]) => /communication/.test(path))
    .map(([, content]) => content);
  expect(text.join('\n')).not.toMatch(/amplitude\.com|amplitude_/);
});
