/** The page as it comes from the server, with a thousand people on it; no browser is needed for that. */
import { get } from 'node:http';
import { sandboxProject } from '../../../sandbox/amplitude/projects.ts';
import { type AmplitudeSandbox, startAmplitude } from '../../../sandbox/amplitude/server.ts';
import { VirtualClock } from '../../../sandbox/clock.ts';
import { type KojiSandbox, startKoji } from '../../../sandbox/koji/server.ts';
import { type PageServer, servePage } from '../../../sandbox/page/server.ts';
import type { Happening } from '../../../sandbox/story/story.ts';

const PEOPLE = 1_000;
const happenings: Happening[] = [];
let clock: VirtualClock;
let koji: KojiSandbox;
let amplitude: AmplitudeSandbox;
let page: PageServer;
/** How often somebody looked. */
let looks = 0;
const people = Array.from({ length: PEOPLE }, (_, number) => ({
  userId: `user_${String(number + 1).padStart(4, '0')}`,
  email: `person.${number + 1}@example.com`,
  name: number === 41 ? 'Zoë Example' : null,
}));

beforeAll(async () => {
  clock = new VirtualClock(Date.UTC(2026, 3, 27));
  koji = await startKoji({ clock });
  amplitude = await startAmplitude({ now: clock.now });
  for (const { userId, email } of people) {
    koji.openLink({ respondent: { external_id: userId }, respondent_email: email });
    amplitude.putUser(sandboxProject.apiKey, userId, { last_interview_themes: ['فوترة', '<b>pricing</b>'] });
  }
  page = await servePage(
    {
      world: { clock, koji, amplitude },
      people: () => [...people],
      startOutputs: () => [],
      counts: () => {
        looks += 1;
        return { 'Entered the cohort': PEOPLE };
      },
      happenings: () => [...happenings],
    },
    0,
  );
});
afterAll(() => Promise.all([page.close(), koji.close(), amplitude.close()]));

const read = async (address: string): Promise<string> => (await fetch(`${page.url}${address}`)).text();
const usersOn = (html: string): string[] =>
  [...html.matchAll(/data-head="Who">(user_\d+)/g)].map(([, user]) => user ?? '');
const linkOn = (html: string, label: string): string | undefined =>
  new RegExp(`<a href="([^"]+)">${label}</a>`).exec(html)?.[1]?.replaceAll('&amp;', '&');

test('the newest 50 come first, in less than 100 kB', async () => {
  const html = await read('/');
  expect(usersOn(html)[0]).toBe('user_1000');
  expect(usersOn(html)).toHaveLength(50);
  expect(html).toContain('1 to 50 of 1,000, the newest first.');
  expect(linkOn(html, 'Previous')).toBeUndefined();
  expect(Buffer.byteLength(html)).toBeLessThan(100_000);
});

test('following “Next” leads past everybody once, and “Previous” leads back', async () => {
  const seen: string[] = [];
  let html = '';
  for (let next: string | undefined = '/'; next !== undefined; next = linkOn(html, 'Next')) {
    html = await read(next);
    seen.push(...usersOn(html));
  }
  expect(seen).toEqual(people.map(({ userId }) => userId).reverse());
  expect(html).toContain('951 to 1,000 of 1,000');
  const back = await read(linkOn(html, 'Previous') ?? '');
  expect(back).toContain('901 to 950 of 1,000');
});

test('somebody is found by a part of the id, the name or the email, whatever the capitals', async () => {
  expect(usersOn(await read('/?find=USER_0007'))).toEqual(['user_0007']);
  expect(usersOn(await read('/?find=zoë'))).toEqual(['user_0042']);
  const html = await read('/?find=person.99');
  expect(html).toContain('1 to 11 of 11 found among 1,000');
  expect(await read('/?find=nobody-like-that')).toContain('Nobody found among 1,000.');
});

test.each(['/?from=0', '/?from=-3', '/?from=x', '/?from=1.5', '/?from=1&from=2', `/?find=${'a'.repeat(101)}`])(
  'an address that makes no sense shows the first ones: %s',
  async (address) => {
    expect(usersOn(await read(address))[0]).toBe('user_1000');
  },
);

test('beyond the last person there is nobody, and a way back', async () => {
  const html = await read('/?from=5000');
  expect(html).toContain('The list ends before that: there are 1,000.');
  expect(usersOn(await read(linkOn(html, 'Previous') ?? ''))).toHaveLength(50);
});

test('what somebody is called or looked for is text, in whatever script', async () => {
  const html = await read(`/?find=${encodeURIComponent('"><script>alert(1)</script>')}`);
  expect(html).not.toContain('<script>alert');
  const one = await read('/?find=user_0001');
  expect(one).toContain('last_interview_themes: <bdi>فوترة</bdi>, <bdi>&lt;b&gt;pricing&lt;/b&gt;</bdi>');
});

test('a loop that is only looked at takes no orders', async () => {
  const html = await read('/');
  expect(html).not.toContain('method="post"');
  const answer = await fetch(`${page.url}/person`, { method: 'POST', body: new URLSearchParams({ name: 'Ana' }) });
  expect(answer.status).toBe(404);
});

test('a page that was closed is not looked at for any more', async () => {
  const ended = new AbortController();
  const { body } = await fetch(`${page.url}/changes`, { signal: ended.signal });
  await body?.getReader().read();
  ended.abort();
  await new Promise((resolve) => setTimeout(resolve, 600));
  const before = looks;
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(before).toBeGreaterThan(0);
  expect(looks).toBe(before);
});

test('a page hears of what changed and of nothing else, at most four times a second', async () => {
  const ended = new AbortController();
  const changes: { at: number; parts: string[] }[] = [];
  const { body } = await fetch(`${page.url}/changes`, { signal: ended.signal });
  const reading = (async () => {
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (!text.startsWith('data:')) continue;
      changes.push({
        at: performance.now(),
        parts: [...text.matchAll(/"(\w+)":"(?=<|\d{4}-|1)/g)].map(([, id]) => id ?? ''),
      });
    }
  })().catch(() => {});
  const began = performance.now();
  // Where a look takes long, the next comes later.
  while (performance.now() < began + 1_500 || changes.length < 2) {
    happenings.push({ at: Date.UTC(2026, 3, 28), who: 'Zapier', what: `run ${happenings.length}`, reason: '' });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const quarters = Math.ceil((performance.now() - began) / 250);
  ended.abort();
  await reading;
  expect(changes[0]?.parts).toEqual(['loop', 'clock', 'place', 'people', 'happenings', 'requests']);
  expect(new Set(changes.slice(1).flatMap(({ parts }) => parts))).toEqual(new Set(['happenings']));
  expect(changes.length).toBeLessThanOrEqual(1 + quarters + 1);
});

/** Node's `fetch` sets the host itself. */
const askedAs = (host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(page.url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });

test('the page answers to this machine’s own names alone', async () => {
  const { port } = new URL(page.url);
  expect(await askedAs(`127.0.0.1:${port}`)).toBe(200);
  expect(await askedAs(`localhost:${port}`)).toBe(200);
  expect(await askedAs(`rebound.example.com:${port}`)).toBe(403);
});

test('requests to both services stand in one order, the newest first, with their time', async () => {
  clock.pass(60_000);
  await fetch(`${amplitude.url}/one`);
  clock.pass(60_000);
  await fetch(`${koji.url}/two`);
  await fetch(`${amplitude.url}/three`);
  const table = (await read('/')).split('aria-label="Requests"')[1] ?? '';
  const rows = [...table.matchAll(/<tr><td[^>]*>([^<]+)<\/td><td[^>]*>([^<]+)<\/td><td[^>]*>GET [^<]*\/(\w+)</g)].map(
    (row) => row.slice(1),
  );
  expect(rows).toEqual([
    ['2026-04-27 00:02:00', 'Amplitude', 'three'],
    ['2026-04-27 00:02:00', 'Koji', 'two'],
    ['2026-04-27 00:01:00', 'Amplitude', 'one'],
  ]);
});
