/** The page as HTML: each part by its id, so that one that changes can be sent alone. */
import { html, raw } from 'hono/html';
import { sentiments } from '../../koji/contract.ts';
import { drawLoop } from '../charts/loop-picture.ts';
import { zapNames } from '../zapier/loop.ts';
import { type Facts, type interviewsToPlay, PAGE, type Person } from './facts.ts';
import { deliveries, faults, type Playground, serviceNames } from './playground.ts';

type Html = ReturnType<typeof html>;

type Play = { zaps: ReturnType<Playground['zaps']> } & ReturnType<typeof interviewsToPlay>;

/** What a page shows; without anything to play with it is only looked at. */
export type Shown = { facts: Facts; play: Play | null };

const style = `
  :root { color-scheme: light dark; }
  * { box-sizing: border-box; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 0 auto; padding: 1rem; }
  .scrolls { overflow-x: auto; }
  svg { max-width: 100%; height: auto; border-radius: 0.5rem; }
  table { border-collapse: collapse; width: 100%; table-layout: fixed; }
  th, td { text-align: left; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid GrayText; vertical-align: top; overflow-wrap: break-word; }
  #people th:nth-child(2) { width: 20%; }
  #people th:last-child { width: 30%; }
  #happenings th:first-child, #requests th:first-child { width: 12rem; }
  #happenings th:nth-child(2), #requests th:nth-child(2) { width: 8rem; }
  #requests th:last-child { width: 6rem; }
  @media (max-width: 45rem) {
    thead { display: none; }
    tr, td { display: block; padding: 0; border: 0; }
    tr { padding: 0.5rem 0; border-bottom: 1px solid GrayText; }
    td::before { content: attr(data-head) ": "; font-weight: bold; }
  }
  form { display: inline-flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin: 0 1rem 0.75rem 0; }
  form, label { max-width: 100%; min-width: 0; }
  label { display: inline-flex; flex-direction: column; }
  label.flag { flex-direction: row; gap: 0.4rem; align-items: center; }
  input, select, button { font: inherit; padding: 0.2rem 0.5rem; max-width: 100%; }
  fieldset { border: 1px solid GrayText; border-radius: 0.5rem; margin: 0 0 1rem; min-width: 0; }
  #clock { white-space: nowrap; }
  #status { min-height: 1.5em; }
  a { color: inherit; }
  .counts { columns: 20rem; column-gap: 2.5rem; padding-left: 1.25rem; }
  .counts li { break-inside: avoid; }
  @media (prefers-color-scheme: dark) { svg { filter: invert(1) hue-rotate(180deg); } }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }`;

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');

/** Each value in its own direction, so that an Arabic one does not turn the order of a list round. */
const text = (value: unknown): Html[] =>
  [value].flat().map((one, place) => html`${place === 0 ? '' : ', '}<bdi>${String(one)}</bdi>`);

/** A person's interview as Koji holds it. */
const interviewIn = ({ interview }: Person): Html | string =>
  interview === null
    ? '–'
    : html`${interview.interview_id}<br>${interview.status}, quality ${interview.quality_score ?? '–'}, ${interview.sentiment ?? 'no sentiment'}<br>${text(interview.themes ?? [])}`;

const personRow = (person: Person): Cell[] => {
  const { userId, email, name, stage, events, properties } = person;
  const last = Object.entries(properties).filter(([property]) => property.startsWith('last_interview'));
  return [
    html`${userId}${[name, email].map((known) => (known === null ? '' : html`<br><bdi>${known}</bdi>`))}`,
    stage,
    interviewIn(person),
    html`${events} ${events === 1 ? 'event' : 'events'}${last.map(([property, value]) => html`<br>${property}: ${text(value)}`)}`,
  ];
};

/** What stands in one place of a table. */
type Cell = Html | string;

/** On a narrow screen each cell has its head before it, and the row stands as a block. */
const tableOf = (heads: string[], rows: Cell[][]): Html => html`<table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, place) => html`<td data-head="${heads[place]}">${cell}</td>`)}</tr>`)}</tbody></table>`;

const loopPart = async ({ counts }: Facts): Promise<Html> => {
  const figures = Object.entries(counts).map(([name, seen]) => ({ name, seen }));
  return html`${raw(await drawLoop(figures, 'What has gone over each arrow so far'))}
<ul class="counts">${figures.map(({ name, seen }) => html`<li>${name}: <b>${seen}</b></li>`)}</ul>`;
};

const zapsPart = (zaps: Play['zaps']): Html[] =>
  zaps.map(
    ({ name, isOn, runs }) => html`<form method="post" action="/turn"><input type="hidden" name="name" value="${name}">
<button name="on" value="${isOn ? 'no' : 'yes'}">Turn ${isOn ? 'off' : 'on'}: ${zapNames[name]}</button>
<span>${isOn ? 'on' : 'off'}, ${runs} ${runs === 1 ? 'run' : 'runs'}</span></form>`,
  );

const linkTo = (find: string, from: number, label: string): Html =>
  html`<a href="/?${new URLSearchParams({ find, from: String(from) })}#people-heading">${label}</a>`;

/** Which of the people are shown, and the way to the others. */
const placePart = ({ choice: { find, from }, found, all, people }: Facts): Html => {
  const last = from - 1 + people.length;
  const among = find === '' ? '' : ` found among ${all.toLocaleString('en')}`;
  const of = `${found.toLocaleString('en')}${among}`;
  const place =
    people.length > 0
      ? `${from.toLocaleString('en')} to ${last.toLocaleString('en')} of ${of}, the newest first.`
      : found > 0
        ? `The list ends before that: there are ${of}.`
        : find === ''
          ? 'Nobody yet.'
          : `Nobody${among}.`;
  return html`${place}
${from > 1 ? linkTo(find, Math.max(1, Math.min(from, found + 1) - PAGE), 'Previous') : ''} ${last < found ? linkTo(find, from + PAGE, 'Next') : ''}`;
};

const peoplePart = ({ people }: Facts): Html =>
  tableOf(['Who', 'Stage', 'At Koji', 'At Amplitude'], people.map(personRow));

const optionsOf = (interviews: { id: string; who: string }[]): Html[] | Html =>
  interviews.length === 0
    ? html`<option value="">nobody yet</option>`
    : interviews.map(({ id, who }) => html`<option value="${id}">${who} (${id})</option>`);

const happeningsPart = ({ happenings }: Facts): Html =>
  tableOf(
    ['When', 'Who', 'What', 'Why'],
    happenings.map(({ at, who, what, reason }) => [timeOf(at), who, what, reason]),
  );

const requestsPart = ({ requests }: Facts): Html =>
  tableOf(
    ['When', 'To', 'Request', 'Answer'],
    requests.map(({ at, service, method, path, status }) => [timeOf(at), service, `${method} ${path}`, status]),
  );

/** Every part that changes, by the id of where it stands. */
export const partsOf = async ({ facts, play }: Shown): Promise<Record<string, string>> => ({
  loop: String(await loopPart(facts)),
  clock: `${timeOf(facts.now)} UTC`,
  place: String(placePart(facts)),
  people: String(peoplePart(facts)),
  happenings: String(happeningsPart(facts)),
  requests: String(requestsPart(facts)),
  ...(play === null
    ? {}
    : {
        zaps: zapsPart(play.zaps).join(''),
        open: [optionsOf(play.open)].flat().join(''),
        delivered: [optionsOf(play.delivered)].flat().join(''),
      }),
});

/** A list to choose from; `nothing` is the entry that stands for none of it. */
const choice = (name: string, label: string, values: readonly string[], first: string, nothing: string): Html =>
  html`<label>${label}<select name="${name}">${values.map((value) => html`<option ${value === first ? 'selected' : ''}>${value}</option>`)}<option value="">${nothing}</option></select></label>`;

type Part = (id: string) => Html;

const playPart = (part: Part, said: string): Html => html`<h2>Play</h2>
<p id="status" role="status">${said}</p>
<fieldset><legend>Somebody enters the cohort</legend>
<form method="post" action="/person"><label>Name<input name="name" value="Ana Example" required maxlength="100"></label><button>Add to the cohort</button></form></fieldset>
<fieldset><legend>Time goes by (each Zap looks at its cohort every 15 minutes)</legend>
${[
  [1, '1 minute'],
  [15, '15 minutes'],
  [120, '2 hours'],
  [360, '6 hours'],
].map(
  ([minutes, label]) =>
    html`<form method="post" action="/clock"><button name="minutes" value="${minutes}">Move the clock ${label}</button></form>`,
)}</fieldset>
<fieldset><legend>Somebody finishes the interview</legend>
<form method="post" action="/finish"><label>Who<select name="interview" id="open" required>${part('open')}</select></label>
${choice('quality', 'Quality', ['5', '4', '3', '2', '1'], '4', 'no score')}${choice('sentiment', 'Sentiment', sentiments, 'negative', 'no sentiment')}
<label>Themes<input name="themes" value="pricing, missing export"></label>
<label class="flag"><input type="checkbox" name="anonymous">anonymous</label><button>Finish</button></form></fieldset>
<fieldset><legend>Koji delivers once more</legend>
<form method="post" action="/deliver"><label>Interview<select name="interview" id="delivered" required>${part('delivered')}</select></label>
${Object.entries(deliveries).map(([how, { button }]) => html`<button name="how" value="${how}">${button}</button>`)}</form></fieldset>
<fieldset><legend>A service fails at its next call</legend>
${(['koji', 'amplitude'] as const).map(
  (service) => html`<form method="post" action="/fail"><input type="hidden" name="service" value="${service}">
${Object.entries(faults).map(([fault, { label }]) => html`<button name="fault" value="${fault}">${serviceNames[service]}: ${label}</button>`)}</form>`,
)}</fieldset>
<fieldset><legend>Zaps</legend><div id="zaps">${part('zaps')}</div></fieldset>`;

/** A table that changes in place: the region around it keeps its focus and how far it was scrolled. */
const region = (id: string, label: string, part: Part): Html =>
  html`<div class="scrolls" id="${id}" tabindex="0" role="region" aria-label="${label}">${part(id)}</div>`;

/** The whole page; `said` of what was done just now. */
export const pageOf = async (shown: Shown, said: string): Promise<string> => {
  const parts = await partsOf(shown);
  const part: Part = (id) => html`${raw(parts[id] ?? '')}`;
  const isPlayed = shown.play !== null;
  const title = isPlayed ? 'The loop, to play with' : 'The loop, as it runs';
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${raw(style)}</style><link rel="icon" href="data:,"></head><body>
<main><h1>${title}</h1>
<p>A local Koji, a local Amplitude and ${isPlayed ? 'three Zaps on Zapier’s runtime' : 'the three automations between them'}. Nothing leaves this machine. The clock shows
<strong id="clock">${part('clock')}</strong>.</p>
<div id="loop">${part('loop')}</div>
${isPlayed ? playPart(part, said) : ''}
<h2 id="people-heading">People</h2>
<form method="get" action="/#people-heading"><label>User, name or email has<input name="find" value="${shown.facts.choice.find}" maxlength="100"></label><button>Find</button></form>
<p id="place">${part('place')}</p>${region('people', 'People', part)}
<h2>What happens</h2>${region('happenings', 'What happens', part)}
<h2>Requests</h2><p>Keys travel in headers and bodies, which are not shown.</p>${region('requests', 'Requests', part)}
</main><script src="/page.js"></script></body></html>`);
};
