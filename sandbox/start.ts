/**
 * `npm start`: runs the whole loop on this machine and shows what came of it. Exit code 1 if a single figure is not as
 * the scenario says.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { builtApp, bundle } from '../scripts/bundle.ts';
import { commandLine } from '../scripts/command-line.ts';
import { chartsPage } from './charts/page.ts';
import { runForwarderLoop } from './forwarder/loop.ts';
import { runMakeLoop } from './make/loop.ts';
import { openInBrowser } from './page/browser.ts';
import { type PageServer, servePage } from './page/server.ts';
import { placeOptions, targetIsOfMake } from './place.ts';
import { FEWEST_PEOPLE, MOST_PEOPLE } from './story/cast.ts';
import type { Figure } from './story/figures.ts';
import type { OnScene, PersonAtTheEnd, Stage } from './story/story.ts';
import { runLoop } from './zapier/loop.ts';

const {
  people,
  platform,
  target = 'koji-amplitude',
  open,
} = commandLine({
  called: 'npm start',
  does: 'Runs the whole loop on this machine and checks what came of it.',
  takes: z
    .object({
      ...placeOptions,
      people: z.coerce.number().int().min(FEWEST_PEOPLE).max(MOST_PEOPLE).default(40),
      open: z.boolean().default(false).describe('shows it on a page while it runs, and after, until Ctrl-C'),
    })
    .superRefine(targetIsOfMake),
});

const terminal = process.stdout.isTTY === true;
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const BAR = 30;
const CHARTS = 'build/charts.html';

const showProgress = (stage: Stage, done: number, of: number): void => {
  if (terminal) {
    const filled = Math.round((BAR * done) / of);
    process.stdout.write(
      `\r${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done}/${of} ${stage}\u001b[K${done === of ? '\n' : ''}`,
    );
  } else if (done === of) {
    print(`${of} ${stage}`);
  }
};

const table = (figures: Figure[]): string[] => {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const row = (name: string, expected: string, seen: string, mark: string) =>
    `${name.padEnd(width)}  ${expected.padStart(8)}  ${seen.padStart(8)}  ${mark}`;
  return [
    row('', 'expected', 'seen', ''),
    ...figures.map(({ name, expected, seen }) =>
      row(name, String(expected), String(seen), expected === seen ? 'ok' : 'NOT AS EXPECTED'),
    ),
  ];
};

const portrait = ({ userId, story, events, properties }: PersonAtTheEnd): string[] => [
  `${userId} (${story}): ${events} event${events === 1 ? '' : 's'}`,
  ...Object.entries(properties).map(
    ([name, value]) => `    ${name}: ${Array.isArray(value) ? value.join(', ') : value}`,
  ),
  ...(Object.keys(properties).length === 0 ? ['    no user properties'] : []),
];

let page: PageServer | undefined;
const onScene: OnScene = async (scene) => {
  if (!open) return;
  page = await servePage(scene, 0);
  print(`The loop to look at: ${page.url}`);
  openInBrowser(page.url);
};
const onZapier = async () => {
  await bundle('public');
  return runLoop(await builtApp('public'), people, showProgress, onScene);
};
const onMake = () => runMakeLoop(target, people, showProgress, onScene);
const onForwarder = () => runForwarderLoop(people, showProgress, onScene);
const runs = { zapier: onZapier, make: onMake, forwarder: onForwarder };
const name = { zapier: 'Zapier', make: 'Make', forwarder: 'the forwarder’s queue' }[platform];

print(
  `The loop with ${people} people, on local stand-ins of Koji, Amplitude and ${name}. Nothing leaves this machine.`,
);
const began = performance.now();
const result = await runs[platform]();
print('');
for (const line of table(result.figures)) print(line);
print('\nWhat Amplitude now holds of three of them:');
for (const person of result.people) for (const line of portrait(person)) print(line);

const wrong = result.figures.filter(({ expected, seen }) => expected !== seen);
const seconds = ((performance.now() - began) / 1000).toFixed(1);
print(
  `\n${wrong.length === 0 ? 'Every figure is as the scenario says' : `${wrong.length} figures are NOT as the scenario says`} (${seconds} s).`,
);
mkdirSync('build', { recursive: true });
writeFileSync(CHARTS, await chartsPage(result.charts));
print('\nWhat the loop makes visible:');
for (const { reading } of result.charts) print(`- ${reading.sentence}`);
print(`The charts: ${pathToFileURL(CHARTS)}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
if (page !== undefined) {
  const { close, url } = page;
  const stop = () => {
    void close();
    // npm hands Ctrl-C on a second time, which would kill a process that is about to end.
    setTimeout(() => process.exit(), 500);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  print(`The page stays until Ctrl-C: ${url}`);
}
