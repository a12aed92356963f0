/** The page for whoever runs the service: HTML as it is sent, without a script. */
import { html, raw } from 'hono/html';
import { skipReasons } from '../../amplitude/interview-event.ts';
import { fill } from '../../boundary/error-table.ts';
import { durationInWords } from '../../boundary/text.ts';
import { type Counts, type DeadJob, pausedSeconds, type Retry, type Tally } from '../engine.ts';
import { hashOf, type Job } from '../jobs.ts';

/** What the page tells. `now` in milliseconds. */
type PageFacts = {
  now: number;
  counts: Counts;
  retries: Retry[];
  /** The last {@link HOURS} hours. */
  tallies: Tally[];
  dead: DeadJob[];
  spacingMilliseconds: number;
  /** Whether people are shown by name. */
  showsPeople: boolean;
};

export const HOURS = 24;
/** So many of the dead are listed. */
export const MOST_DEAD = 100;

const style = `
  :root { color-scheme: light dark; background: light-dark(#fff, #121212); color: light-dark(#121212, #f4f4f4); }
  a { color: light-dark(#0b4fb3, #9cc4ff); }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid GrayText; vertical-align: top; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  button { font: inherit; padding: 0.2rem 0.8rem; }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
  .scrolls { overflow-x: auto; }
  @media (max-width: 40rem) {
    .stacks thead { position: absolute; clip-path: inset(50%); }
    .stacks tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid GrayText; }
    .stacks td { display: block; padding: 0; border: 0; overflow-wrap: anywhere; }
  }`;

const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

const timeOf = (milliseconds: number) => {
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
};

const waitingOf = ({ now, counts, retries, spacingMilliseconds }: PageFacts) => {
  const { start, read, write } = counts.waiting;
  const seconds = pausedSeconds(counts, 'Koji') + ((start + read) * spacingMilliseconds) / 1_000;
  return html`
    <p>${plural(start, 'person waits', 'people wait')} to be started${
      start === 0
        ? ''
        : html`: at Koji's pace that takes ${durationInWords(Math.ceil(seconds))}, until ${timeOf(now + seconds * 1_000)}`
    }.</p>
    <p>${plural(read, 'interview waits', 'interviews wait')} to be read from Koji, and ${plural(write, 'waits', 'wait')}
      to be written to Amplitude.</p>
    ${counts.pauses.map(
      ({ service, seconds, why }) =>
        html`<p><strong>${service} is left alone for ${durationInWords(seconds)}.</strong> ${why}</p>`,
    )}
    ${retries.map(
      ({ jobs, next, why }) => html`<p><strong>Of these, ${plural(jobs, 'waits', 'wait')} for another try, the next at
        ${timeOf(next.getTime())}.</strong> ${why}</p>`,
    )}`;
};

/** A skip's reasons, in which a setting has its name here. */
const sentences = new Map(
  Object.entries(skipReasons).map(([reason, says]) => [
    `skipped: ${reason}`,
    fill(says, { 'field:identify_by': 'IDENTIFY_BY' }),
  ]),
);
/** What happened, with the sentence of its reason. */
const wordsOf = (what: string): string => [what, sentences.get(what)].filter(Boolean).join('. ');

const HOUR = 3_600_000;

const happenedOf = ({ now, tallies }: PageFacts) => {
  if (tallies.length === 0) return html`<p>Nothing in the last ${HOURS} hours.</p>`;
  const within = (what: string, hours: number): number =>
    tallies
      .filter((tally) => tally.what === what && tally.hour.getTime() > now - hours * HOUR)
      .reduce((sum, { times }) => sum + times, 0);
  const spans = [1, 6, HOURS];
  const whats = [...new Set(tallies.map(({ what }) => what))].sort();
  return html`<div class="scrolls"><table>
    <thead><tr><th scope="col">What</th>
      ${spans.map((hours) => html`<th scope="col" class="number">${plural(hours, 'hour', 'hours')}</th>`)}</tr></thead>
    <tbody>${whats.map(
      (what) => html`<tr><th scope="row">${wordsOf(what)}</th>
        ${spans.map((hours) => html`<td class="number">${within(what, hours).toLocaleString('en-US')}</td>`)}</tr>`,
    )}</tbody></table></div>`;
};

const purposes: Record<Job['kind'], string> = {
  start: 'start',
  read: 'read from Koji',
  write: 'write to Amplitude',
};

/** Whom a job is about: by name, or by eight letters of a hash. */
const whomOf = (job: Job, showsPeople: boolean): string => {
  if (!showsPeople) return hashOf(job);
  if (job.kind === 'read') return job.interviewId;
  const person = job.kind === 'start' ? job.input : job.interview;
  return [person.respondent_id, person.respondent_email, person.interview_id].filter(Boolean).join(', ');
};

const button = (id: string, words: string, label: string) =>
  html`<form method="post" action="/again"><input type="hidden" name="id" value="${id}">
    <button aria-label="${label}">${words}</button></form>`;

const deadOf = ({ dead, counts, showsPeople }: PageFacts) => {
  if (dead.length === 0) return html`<p>Nobody.</p>`;
  return html`
    ${button('all', `Try all ${counts.dead.toLocaleString('en-US')} again`, `Try all ${counts.dead} again`)}
    <p>${
      showsPeople
        ? html`<a href="/">Show people by a hash</a>`
        : html`<a href="/?people=shown">Show who these people are</a>`
    }</p>
    <table class="stacks">
      <thead><tr><th scope="col">Who</th><th scope="col">What</th><th scope="col">When</th><th scope="col">Why</th>
        <th scope="col">Again?</th></tr></thead>
      <tbody>${dead.map(({ id, at, job, why }) => {
        const whom = whomOf(job, showsPeople);
        return html`<tr><td>${whom}</td><td>${purposes[job.kind]}</td><td>${timeOf(at.getTime())}</td><td>${why}</td>
          <td>${button(id, 'Try again', `Try again: ${whom}`)}</td></tr>`;
      })}</tbody></table>
    ${counts.dead > dead.length ? html`<p>The newest ${dead.length} of ${counts.dead.toLocaleString('en-US')}.</p>` : ''}`;
};

/** The whole page. */
export const pageOf = (facts: PageFacts) => html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Koji forwarder</title>
  <link rel="icon" href="data:,">
  <style>${raw(style)}</style>
</head>
<body>
<main>
  <h1>Koji forwarder</h1>
  <p>As of ${timeOf(facts.now)}.</p>
  <h2>Waiting</h2>
  ${waitingOf(facts)}
  <h2>What happened</h2>
  ${happenedOf(facts)}
  <h2>Given up</h2>
  ${deadOf(facts)}
</main>
</body>
</html>`;
