import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import packageJson from '../../package.json' with { type: 'json' };
import { type ServiceEnv, serveRoutes } from '../../sandbox/server.ts';
import { decide, type Operation } from '../../scripts/release.ts';
import { runCommand, startCommand } from '../support/command.ts';

const start: Operation = { key: 'start_interview', kind: 'create', status: 'public' };
const manual: Operation = { key: 'interview_analysis_ready_manual', kind: 'trigger', status: 'private' };
const ready: Operation = {
  key: 'interview_analysis_ready',
  kind: 'trigger',
  status: 'awaiting',
  lifts: 'Koji documents adding webhooks over its API (K7)',
};
const decided = (listed: Operation[], althoughAwaiting = false) =>
  decide({ version: '1.2.3', operations: listed, althoughAwaiting });

describe('whether a version may be promoted', () => {
  test('it may when nothing awaits; a private operation is in another build', () => {
    expect(decided([start, manual])).toEqual({
      command: ['promote', '1.2.3', '--yes'],
      says: ['Nothing awaits: 1.2.3 may be promoted.'],
    });
  });

  test('it may not while an operation awaits, and it is said which and what would lift it', () => {
    const { command, says } = decided([start, ready]);
    expect(command).toBeNull();
    expect(says.join('\n')).toMatch(/interview_analysis_ready awaits: Koji documents adding webhooks/);
    expect(says.join('\n')).toMatch(/--although-awaiting/);
  });

  test('it may when somebody says so, and what awaits is said all the same', () => {
    const { command, says } = decided([start, ready], true);
    expect(command).toEqual(['promote', '1.2.3', '--yes']);
    expect(says.join('\n')).toMatch(/interview_analysis_ready awaits/);
  });
});

/** Just enough of Zapier for the CLI's own versions and promote commands; remembers what was asked of it. */
const zapierWith = async (
  state: string,
  run: (environment: NodeJS.ProcessEnv, asked: () => string[]) => Promise<void>,
) => {
  const zapier = new Hono<ServiceEnv>()
    .basePath('/api/platform/cli')
    .get('/apps/7', ({ var: { reply } }) => reply({ status: 200, body: { id: 7, title: 'Koji', status: 'public' } }))
    .get('/apps/7/versions', ({ var: { reply } }) => {
      const version = { version: packageJson.version, lifecycle: { status: state }, user_count: 0 };
      return reply({ status: 200, body: { objects: [version] } });
    })
    .all('*', ({ var: { reply } }) => reply({ status: 200, body: {} }));
  const server = await serveRoutes(zapier);
  const asked = () => server.calls.map(({ call }) => `${call.method} ${call.path.replace('/api/platform/cli', '')}`);
  const folder = mkdtempSync(join(tmpdir(), 'koji-promote-'));
  writeFileSync(join(folder, 'app.json'), '{"id": 7}');
  try {
    const environment = {
      ...process.env,
      NODE_ENV: 'production',
      DISABLE_ZAPIER_ANALYTICS: '1',
      ZAPIER_BASE_ENDPOINT: server.url,
      ZAPIER_CURRENT_APP_FILE: join(folder, 'app.json'),
      ZAPIER_DEPLOY_KEY: 'made_up_for_tests',
    };
    await run(environment, asked);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
};

const promote = (env: NodeJS.ProcessEnv, ...words: string[]) =>
  startCommand('scripts/promote.ts', words, { env }).ended;

describe("the promote step, with Zapier's own CLI", () => {
  test('promotes a version that was only pushed', async () => {
    await zapierWith('private', async (environment, asked) => {
      const { out, code } = await promote(environment, '--although-awaiting');
      expect(out).toMatch(/Promotion successful/);
      expect(code).toBe(0);
      expect(asked()).toContain('POST /apps/7/migrations');
    });
  });

  test('can be run again: a version that was promoted is left alone', async () => {
    await zapierWith('promoted', async (environment, asked) => {
      const { out, code } = await promote(environment, '--although-awaiting');
      expect(out).toMatch(/was promoted before: nothing to do/);
      expect(code).toBe(0);
      expect(asked()).not.toContain('POST /apps/7/migrations');
    });
  });

  test('a dry run says what it would run and asks nothing of Zapier', async () => {
    await zapierWith('private', async (environment, asked) => {
      const words = ['--although-awaiting', '--dry-run'];
      const { out } = await runCommand('scripts/promote.ts', words, { env: environment });
      expect(out).toMatch(`Would run: zapier-platform promote ${packageJson.version} --yes`);
      expect(asked()).toEqual([]);
    });
  });
});
