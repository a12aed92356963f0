import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { MADE_BY_QA } from '../../../make/qa/qa.ts';

type Made = { id: number; name: string; module?: string };

/** A local stand-in for the part of Make's API that the command calls. It runs nothing: it answers as it is told. */
const startMake = async (errors: Record<string, string>, hangs = false) => {
  const scenarios = new Map<number, Made>();
  const connections = new Map<number, Made>();
  let next = 1;
  let started = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const app = new Hono().basePath('/api/v2');
  app.get('/scenarios', (context) => context.json({ scenarios: [...scenarios.values()] }));
  app.post('/scenarios', async (context) => {
    const { blueprint } = await context.req.json();
    const { name, flow } = JSON.parse(blueprint);
    const scenario = { id: next++, name, module: flow[0].module.split(':')[1] };
    scenarios.set(scenario.id, scenario);
    return context.json({ scenario });
  });
  app.post('/scenarios/:id/run', async (context) => {
    started();
    if (hangs) await new Promise(() => {});
    return context.json({ executionId: `run-${context.req.param('id')}` });
  });
  app.get('/scenarios/:id/executions/:run', (context) => {
    const message = errors[scenarios.get(Number(context.req.param('id')))?.module ?? ''];
    return context.json(
      message === undefined ? { status: 'SUCCESS' } : { status: 'ERROR', error: { name: 'DataError', message } },
    );
  });
  app.delete('/scenarios/:id', (context) => {
    scenarios.delete(Number(context.req.param('id')));
    return context.json({});
  });
  app.get('/connections', (context) => context.json({ connections: [...connections.values()] }));
  app.post('/connections', async (context) => {
    const { accountName: name } = await context.req.json();
    const connection = { id: next++, name };
    connections.set(connection.id, connection);
    return context.json({ connection });
  });
  app.delete('/connections/:id', (context) => {
    connections.delete(Number(context.req.param('id')));
    return context.json({});
  });
  const server: ServerType = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    running,
    names: () => [...scenarios.values(), ...connections.values()].map(({ name }) => name),
    keep: (name: string) => scenarios.set(next, { id: next++, name }),
    close: () => server.close(),
  };
};

const start = (url: string) => {
  const options = [
    '--team',
    '12',
    '--app',
    'koji-amplitude-a1b2c3',
    '--koji-account',
    'k1',
    '--amplitude-account',
    'a1',
  ];
  const child = spawn(process.execPath, ['make/qa/run.ts', ...options], {
    env: {
      ...process.env,
      MAKE_API_URL: url,
      MAKE_API_TOKEN: 'made-up',
      KOJI_API_KEY: 'made-up',
      AMPLITUDE_API_KEY: 'made-up',
      AMPLITUDE_SECRET_KEY: 'made-up',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
};

const right = {
  getInterview: '[404] Koji did not find this.',
  startInterview: 'Koji needs to know whom to interview.',
};

test('says of every point that it is confirmed, and leaves nothing behind but what others made', async () => {
  const make = await startMake(right);
  make.keep('Somebody’s own scenario');
  const { code, output } = await start(make.url).ended;
  make.close();
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('confirmed') });
  expect(output.match(/^confirmed\t/gm)).toHaveLength(5);
  expect(make.names()).toEqual(['Somebody’s own scenario']);
});

test('says what it saw of a point that is wrong, and ends with 1', async () => {
  const make = await startMake({ ...right, searchCohorts: 'The function lower is not known.' });
  const { code, output } = await start(make.url).ended;
  make.close();
  expect(code).toBe(1);
  expect(output).toContain(
    'wrong\titerate and its condition run over a list of Amplitude’s\tERROR: The function lower',
  );
});

test('killed in the middle, it leaves what it made, and the next run clears that away', async () => {
  const make = await startMake(right, true);
  const { child, ended } = start(make.url);
  await make.running;
  child.kill('SIGKILL');
  await ended;
  const left = make.names();
  expect(left).toHaveLength(3);
  make.close();
  const next = await startMake(right);
  for (const name of left) next.keep(name);
  const { code } = await start(next.url).ended;
  next.close();
  expect(code).toBe(0);
  expect(next.names().filter((name) => name.includes(MADE_BY_QA))).toEqual([]);
});
