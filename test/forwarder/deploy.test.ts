/** What each host is given, and what its page shows, holds every setting that the forwarder reads. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { readConfig, settingNames } from '../../forwarder/config.ts';

const read = (path: string): string => readFileSync(`${import.meta.dirname}/../../${path}`, 'utf8');

/** The settings of a process on a machine of its own; what goes with the timeout in the template; and what a sandbox is for. */
const NOT_ON_LAMBDA = [
  'FORWARDER_FOLDER',
  'HOST',
  'PORT',
  'WORK_MILLISECONDS',
  'KOJI_API_URL',
  'AMPLITUDE_INGESTION_URL',
  'AMPLITUDE_REST_URL',
];

const template = read('forwarder/deploy/lambda/template.yaml');
const variables = [...template.matchAll(/^ +([A-Z_]+): !Ref (\w+)$/gm)].map(([, name = '', parameter = '']) => ({
  name,
  parameter,
}));

test('the template for Lambda hands on every setting there is, from a parameter of its own', () => {
  expect(variables.map(({ name }) => name).sort()).toEqual(
    settingNames.filter((name) => !NOT_ON_LAMBDA.includes(name)).sort(),
  );
  for (const { parameter } of variables) expect(template).toContain(`\n  ${parameter}: { Type: String`);
});

// SAM asks again for a key or a secret that is left empty, and takes a space.
test.each(['', ' '])('a parameter that is left empty (“%s”) takes the forwarder’s default', (given) => {
  const needed = {
    KOJI_API_KEY: 'pk_live_made_up',
    KOJI_WEBHOOK_SECRET: 'a-secret-that-koji-gave',
    AMPLITUDE_API_KEY: 'a'.repeat(32),
  };
  const empty = Object.fromEntries(variables.map(({ name }) => [name, given]));
  expect(readConfig({ ...empty, ...needed })).toEqual(readConfig(needed));
});

test('forwarder/README.md says what every setting is for', () => {
  const page = read('forwarder/README.md');
  expect(settingNames.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('in a container it listens on all interfaces, and the port is published to this machine alone', () => {
  const dockerfile = read('forwarder/deploy/node/Dockerfile');
  expect(dockerfile).toMatch(/^ENV (\S+ )*HOST=0\.0\.0\.0$/m);
  expect(dockerfile).toContain('-p 127.0.0.1:8787:8787');
});

test('a deploy to Cloudflare keeps what was set in the dashboard, and its log no address that may hold a secret', () => {
  const path = 'forwarder/deploy/cloudflare/wrangler.jsonc';
  expect(ts.parseConfigFileTextToJson(path, read(path)).config).toMatchObject({
    keep_vars: true,
    observability: { enabled: true, logs: { invocation_logs: false } },
  });
});

/** What each project has of its own: in another region Amplitude does not know its keys. */
const keys = settingNames.filter((name) => /_KEY$|_SECRET$|_PASSWORD$|_REGION$/.test(name));

test.each(['docs/forwarder/README.md', 'docs/forwarder/cloudflare.md', 'docs/forwarder/vercel.md'])(
  '%s shows every key and secret, and the region, among what is set',
  (path) => {
    const commands = [...read(path).matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join('');
    expect(keys.filter((name) => !commands.includes(name))).toEqual([]);
  },
);
