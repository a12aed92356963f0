/** Serves the page on loopback: the page itself, what changes as it changes, and what is done on it. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import type { Scene } from '../story/story.ts';
import { factsOf } from './facts.ts';
import type { Playground } from './playground.ts';
import { script } from './script.ts';
import { pageOf, partsOf, type Shown } from './view.ts';

/** A page hears what has changed at most so often, in milliseconds. */
const BETWEEN_CHANGES = 250;
/** And looking takes at most this share of the process's time, which the loop needs. */
const LARGEST_SHARE = 0.1;

/** Which people a page shows, as its address has it. */
const choiceSchema = z.object({
  find: z.string().trim().max(100).catch(''),
  from: z.coerce.number().int().min(1).catch(1),
});

const themes = z.string().transform((given) =>
  given
    .split(',')
    .map((theme) => theme.trim())
    .filter((theme) => theme !== ''),
);

const actionNames = z.enum(['person', 'clock', 'finish', 'deliver', 'fail', 'turn']);

/** What can be done, by its address: what a form sends, and what is said once it is done. */
const actions = (playground: Playground) => {
  const { move } = playground;
  const action =
    <Shape extends z.ZodRawShape>(
      shape: Shape,
      act: (given: z.infer<z.ZodObject<Shape>>) => Promise<string> | string,
    ) =>
    async (form: unknown): Promise<string> => {
      const given = z.object(shape).safeParse(form);
      if (!given.success)
        return `Not done: ${given.error.issues.map(({ path }) => path.join('.')).join(', ')} can not be used.`;
      try {
        return await act(given.data);
      } catch (error) {
        return `Not done: ${error instanceof Error ? error.message : 'it went wrong'}`;
      }
    };
  const interview = z.string().min(1);
  return {
    person: action({ name: z.string().trim().min(1).max(100) }, async ({ name }) => {
      await playground.addPerson(name);
      return `${name} entered the cohort. Move the clock two hours: Amplitude exports once an hour.`;
    }),
    clock: action({ minutes: z.coerce.number().int().min(1).max(1_440) }, async ({ minutes }) => {
      await move(minutes);
      return `The clock was moved ${minutes} minutes.`;
    }),
    finish: action(
      { interview, quality: z.coerce.number(), sentiment: z.string(), themes, anonymous: z.string().optional() },
      async ({ interview: id, anonymous, ...how }) => {
        playground.finish(id, { ...how, isAnonymous: anonymous !== undefined });
        await move(1);
        return `${id} was answered and analyzed.`;
      },
    ),
    deliver: action(
      { interview, how: z.enum(['again', 'late', 'wrong-secret', 'changed-byte']) },
      async ({ interview: id, how }) => {
        if (how === 'late') await move(6 * 60);
        await playground.deliver(id, how === 'late' ? 'again' : how);
        await move(1);
        return `Delivered: ${how}. What happened stands below.`;
      },
    ),
    fail: action(
      { service: z.enum(['koji', 'amplitude']), fault: z.enum(['throttled', 'unavailable', 'hang']) },
      ({ service, fault }) => {
        playground.failNext(service, fault);
        return `The next call to ${service} is answered with ${fault}.`;
      },
    ),
    turn: action(
      { name: z.enum(['asking', 'writing', 'warning']), on: z.enum(['yes', 'no']) },
      async ({ name, on }) => {
        await playground.turn(name, on === 'yes');
        return `The Zap is ${on === 'yes' ? 'on' : 'off'}.`;
      },
    ),
  };
};

export type PageServer = { url: string; close: () => Promise<void> };

/** Serves a loop that is looked at, or one to play with. Rejects when the port is taken. */
export const servePage = async (scene: Scene | Playground, port: number): Promise<PageServer> => {
  const playground = 'zaps' in scene ? scene : null;
  const todo = playground === null ? null : actions(playground);
  const shown = (query: Record<string, string>): Shown => ({
    facts: factsOf(scene, choiceSchema.parse(query)),
    zaps: playground?.zaps() ?? null,
  });
  // Another site's page must not be able to play here.
  const isOurs = (origin: string | undefined, host: string | undefined): boolean =>
    origin === undefined || origin === `http://${host}`;
  const app = new Hono()
    .get('/', async (context) => context.html(await pageOf(shown(context.req.query()))))
    .get('/page.js', (context) => context.body(script, 200, { 'content-type': 'text/javascript' }))
    .get('/changes', (context) =>
      streamSSE(context, async (stream) => {
        let before: Record<string, string> = {};
        while (!stream.aborted) {
          const began = performance.now();
          const parts = await partsOf(shown(context.req.query()));
          const took = performance.now() - began;
          const changed = Object.entries(parts).filter(([id, text]) => before[id] !== text);
          if (changed.length > 0) await stream.writeSSE({ data: JSON.stringify(Object.fromEntries(changed)) });
          before = parts;
          await stream.sleep(Math.max(BETWEEN_CHANGES, took / LARGEST_SHARE));
        }
      }),
    )
    .post('/:action', async (context) => {
      if (!isOurs(context.req.header('origin'), context.req.header('host'))) return context.text('Not from here.', 403);
      const name = actionNames.safeParse(context.req.param('action'));
      if (!name.success || todo === null) return context.text('There is nothing like that to do.', 404);
      const said = await todo[name.data](await context.req.parseBody());
      if (context.req.header('accept') === 'text/plain') return context.text(said);
      return context.redirect('/', 303);
    });
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
