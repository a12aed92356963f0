/** Serves the page on loopback: the page itself, what changes as it changes, and what is done on it. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import { sentiments } from '../../koji/contract.ts';
import type { Scene } from '../story/story.ts';
import { zapNames } from '../zapier/loop.ts';
import { type Choice, factsOf, interviewsToPlay } from './facts.ts';
import { deliveries, faults, type Playground, serviceNames } from './playground.ts';
import { script } from './script.ts';
import { pageOf, partsOf, type Shown } from './view.ts';

/** The names by which the page may be asked for. */
const LOCAL_HOSTS = ['127.0.0.1', 'localhost'];
/** A page hears what has changed at most so often, in milliseconds. */
const BETWEEN_CHANGES = 250;
/** And looking takes at most this share of the process's time, which the loop needs. */
const LARGEST_SHARE = 0.1;

/** Which people a page shows, as its address has it; and what was said of what was done, where no script could say it. */
const addressSchema = z.object({
  find: z.string().trim().max(100).catch(''),
  from: z.coerce.number().int().min(1).catch(1),
  said: z.string().max(300).catch(''),
});

/** The page's address again, showing the same people, with the sentence. `before`: the address that it was sent from. */
const addressAfter = (before: string | undefined, said: string): string => {
  const query = before !== undefined && URL.canParse(before) ? new URL(before).searchParams : [];
  const { find, from } = addressSchema.parse(Object.fromEntries(query));
  return `/?${new URLSearchParams({ find, from: String(from), said })}#status`;
};

/** What a form sends for a score and a sentiment that Koji may give, or for none. */
const none = z.literal('').transform(() => null);
const quality = none.or(z.coerce.number().int().min(1).max(5));
const sentiment = none.or(z.enum(sentiments));

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
      return `The clock was moved ${minutes === 1 ? '1 minute' : `${minutes} minutes`}.`;
    }),
    finish: action(
      { interview, quality, sentiment, themes, anonymous: z.string().optional() },
      async ({ interview: id, anonymous, ...how }) => {
        playground.finish(id, { ...how, isAnonymous: anonymous !== undefined });
        await move(1);
        return `${id} was answered and analyzed.`;
      },
    ),
    deliver: action(
      { interview, how: z.enum(['again', 'late', 'wrong-secret', 'changed-byte']) },
      async ({ interview: id, how }) => {
        if (playground.wouldReach(id, how) === 0)
          return `Nothing was delivered of ${id}: the webhook it could go to is gone. A Zap that is turned off takes its webhook along, and has a new one once it is on again.`;
        if (how === 'late') await move(6 * 60);
        await playground.deliver(id, how);
        await move(1);
        return `${id} was delivered ${deliveries[how].said}. What became of it stands below.`;
      },
    ),
    fail: action(
      { service: z.enum(['koji', 'amplitude']), fault: z.enum(['throttled', 'unavailable', 'hang']) },
      ({ service, fault }) => {
        playground.failNext(service, fault);
        return `The next call to ${serviceNames[service]} gets ${faults[fault].label}.`;
      },
    ),
    turn: action(
      { name: z.enum(['asking', 'writing', 'warning']), on: z.enum(['yes', 'no']) },
      async ({ name, on }) => {
        await playground.turn(name, on === 'yes');
        return `The Zap “${zapNames[name]}” is ${on === 'yes' ? 'on' : 'off'}.`;
      },
    ),
  };
};

export type PageServer = { url: string; close: () => Promise<void> };

/** Serves a loop that is looked at, or one to play with. Rejects when the port is taken. */
export const servePage = async (scene: Scene | Playground, port: number): Promise<PageServer> => {
  const playground = 'zaps' in scene ? scene : null;
  const todo = playground === null ? null : actions(playground);
  const shown = (choice: Choice): Shown => ({
    facts: factsOf(scene, choice),
    play: playground === null ? null : { zaps: playground.zaps(), ...interviewsToPlay(playground) },
  });
  // Another site's page must not be able to play here.
  const isOurs = (origin: string | undefined, host: string | undefined): boolean =>
    origin === undefined || origin === `http://${host}`;
  const app = new Hono()
    .use(async (context, next) => {
      // A name that somebody points here would be another site to the browser, with this page's content.
      if (!LOCAL_HOSTS.includes(new URL(context.req.url).hostname)) return context.text('Not by this name.', 403);
      return next();
    })
    .get('/', async (context) => {
      const { said, ...choice } = addressSchema.parse(context.req.query());
      return context.html(await pageOf(shown(choice), said));
    })
    .get('/page.js', (context) => context.body(script, 200, { 'content-type': 'text/javascript' }))
    .get('/changes', (context) =>
      streamSSE(context, async (stream) => {
        let before: Record<string, string> = {};
        while (!stream.aborted) {
          const began = performance.now();
          const parts = await partsOf(shown(addressSchema.parse(context.req.query())));
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
      return context.redirect(addressAfter(context.req.header('referer'), said), 303);
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
