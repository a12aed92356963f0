/** The page as HTML: each part by its id, so that one that changes can be sent alone. */
import { html, raw } from 'hono/html';
import { drawLoop } from '../charts/loop-picture.ts';
import { earlierStatus } from '../koji/interviews.ts';
import { type Facts, faults, type Person, zapNames } from './playground.ts';

type Html = ReturnType<typeof html>;

/** More people than this are not shown at once; the newest are. */
export const MOST_PEOPLE = 50;

const style = `
  :root { color-scheme: light dark; }
  * { box-sizing: border-box; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 0 auto; padding: 1rem; }
  .scrolls { overflow-x: auto; }
  svg { max-width: 100%; height: auto; border-radius: 0.5rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid GrayText; vertical-align: top; overflow-wrap: anywhere; }
  form { display: inline-flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin: 0 1rem 0.75rem 0; }
  form, label { max-width: 100%; min-width: 0; }
  label { display: inline-flex; flex-direction: column; }
  label.flag { flex-direction: row; gap: 0.4rem; align-items: center; }
  input, select, button { font: inherit; padding: 0.2rem 0.5rem; max-width: 100%; }
  fieldset { border: 1px solid GrayText; border-radius: 0.5rem; margin: 0 0 1rem; min-width: 0; }
  #status { min-height: 1.5em; }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }`;

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');

const text = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));

const personRow = ({ userId, email, stage, interview, events, properties }: Person): Html => html`<tr>
<td>${userId}</td><td>${email ?? '–'}</td><td>${stage}</td>
<td>${interview === null ? '–' : `${interview.interview_id}: ${interview.status}, quality ${interview.quality_score ?? '–'}, ${interview.sentiment ?? 'no sentiment'}, ${text(interview.themes ?? [])}`}</td>
<td>${events} ${events === 1 ? 'event' : 'events'}${Object.entries(properties)
  .filter(([name]) => name.startsWith('last_interview'))
  .map(([name, value]) => html`<br>${name}: ${text(value)}`)}</td>
</tr>`;

const tableOf = (
  label: string,
  heads: string[],
  rows: Html[],
): Html => html`<div class="scrolls" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;

const loopPart = async ({ counts }: Facts): Promise<Html> =>
  html`${raw(
    await drawLoop(
      [
        { name: 'Entered the cohort, on five days', seen: counts.entered },
        { name: 'Started on an interview', seen: counts.started },
        { name: 'Link mailed', seen: counts.mailed },
        { name: 'Analyzed by Koji', seen: counts.analyzed },
        { name: 'Events that Amplitude holds', seen: counts.written },
        { name: 'Account owners told of one', seen: counts.warned },
      ],
      'What has gone over each arrow so far',
    ),
  )}<p>${counts.entered} entered the cohort, ${counts.started} started, ${counts.mailed} mailed, ${counts.finished} answered,
${counts.analyzed} analyzed, ${counts.delivered} delivered, ${counts.triggered} triggered the Zap, ${counts.written} written,
${counts.warned} told of.</p>`;

const zapsPart = ({ zaps }: Facts): Html[] =>
  zaps.map(
    ({ name, isOn, runs }) => html`<form method="post" action="/turn"><input type="hidden" name="name" value="${name}">
<button name="on" value="${isOn ? 'no' : 'yes'}">Turn ${isOn ? 'off' : 'on'}: ${zapNames[name]}</button>
<span>${isOn ? 'on' : 'off'}, ${runs} ${runs === 1 ? 'run' : 'runs'}</span></form>`,
  );

const peoplePart = ({ people }: Facts): Html => {
  const rest = people.length - MOST_PEOPLE;
  return html`${tableOf('People', ['User', 'Email', 'Stage', 'At Koji', 'At Amplitude'], people.slice(0, MOST_PEOPLE).map(personRow))}
${rest > 0 ? html`<p>And ${rest} more who came before.</p>` : ''}`;
};

const optionsOf = (interviews: { id: string; who: string }[]): Html[] | Html =>
  interviews.length === 0
    ? html`<option value="">nobody yet</option>`
    : interviews.map(({ id, who }) => html`<option value="${id}">${who} (${id})</option>`);

const interviewsOf = ({ people }: Facts, isOpen: boolean) =>
  people.flatMap(({ userId, interview }) =>
    interview !== null && (interview.status === earlierStatus.open) === isOpen
      ? [{ id: interview.interview_id, who: userId }]
      : [],
  );

const happeningsPart = ({ happenings }: Facts): Html =>
  tableOf(
    'What happens',
    ['When', 'Who', 'What', 'Why'],
    happenings.map(
      ({ at, who, what, reason }) =>
        html`<tr><td>${timeOf(at)}</td><td>${who}</td><td>${what}</td><td>${reason}</td></tr>`,
    ),
  );

const requestsPart = ({ requests }: Facts): Html =>
  tableOf(
    'Requests',
    ['To', 'Request', 'Answer'],
    requests.map(
      ({ service, method, path, status }) =>
        html`<tr><td>${service}</td><td>${method} ${path}</td><td>${status}</td></tr>`,
    ),
  );

/** Every part that changes, by the id of where it stands. */
export const partsOf = async (facts: Facts): Promise<Record<string, string>> => ({
  loop: String(await loopPart(facts)),
  clock: `${timeOf(facts.now)} UTC`,
  zaps: zapsPart(facts).join(''),
  people: String(peoplePart(facts)),
  open: [optionsOf(interviewsOf(facts, true))].flat().join(''),
  finished: [optionsOf(interviewsOf(facts, false))].flat().join(''),
  happenings: String(happeningsPart(facts)),
  requests: String(requestsPart(facts)),
});

const choice = (name: string, label: string, values: string[]): Html =>
  html`<label>${label}<select name="${name}">${values.map((value) => html`<option>${value}</option>`)}</select></label>`;

/** The whole page. */
export const pageOf = async (facts: Facts): Promise<string> => {
  const parts = await partsOf(facts);
  const part = (id: string): Html => html`${raw(parts[id] ?? '')}`;
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The loop, to play with</title><style>${raw(style)}</style><link rel="icon" href="data:,"></head><body>
<main><h1>The loop, to play with</h1>
<p>A local Koji, a local Amplitude and three Zaps on Zapier’s runtime. Nothing leaves this machine. The clock shows
<strong id="clock">${part('clock')}</strong>.</p>
<p id="status" role="status"></p>
<div id="loop">${part('loop')}</div>
<h2>Play</h2>
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
${choice('quality', 'Quality', ['4', '5', '3', '2', '1'])}${choice('sentiment', 'Sentiment', ['negative', 'neutral', 'positive'])}
<label>Themes<input name="themes" value="pricing, missing export"></label>
<label class="flag"><input type="checkbox" name="anonymous">anonymous</label><button>Finish</button></form></fieldset>
<fieldset><legend>Koji delivers once more</legend>
<form method="post" action="/deliver"><label>Interview<select name="interview" id="finished" required>${part('finished')}</select></label>
<button name="how" value="again">Deliver twice</button><button name="how" value="late">Deliver late</button>
<button name="how" value="wrong-secret">Deliver forged</button><button name="how" value="changed-byte">Deliver altered</button></form></fieldset>
<fieldset><legend>A service fails at its next call</legend>
${(['koji', 'amplitude'] as const).map(
  (service) => html`<form method="post" action="/fail"><input type="hidden" name="service" value="${service}">
${Object.keys(faults).map((fault) => html`<button name="fault" value="${fault}">${service === 'koji' ? 'Koji' : 'Amplitude'}: ${fault}</button>`)}</form>`,
)}</fieldset>
<fieldset><legend>Zaps</legend><div id="zaps">${part('zaps')}</div></fieldset>
<h2>People</h2><div id="people">${part('people')}</div>
<h2>What happens</h2><div id="happenings">${part('happenings')}</div>
<h2>Requests</h2><p>Keys travel in headers and bodies, which are not shown.</p><div id="requests">${part('requests')}</div>
</main><script src="/page.js"></script></body></html>`);
};
