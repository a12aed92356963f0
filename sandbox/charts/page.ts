/** The charts as one page that needs nothing else: no script, no other file, no network. */
import { html, raw } from 'hono/html';
import { COST_IN_FIVE_MINUTES, queryCost } from '../amplitude/charts.ts';
import { type Query, shown } from './chart.ts';
import type { ReadChart } from './charts.ts';
import { draw } from './draw.ts';

const style = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { max-width: 58rem; margin: 0 auto; padding: 1rem; }
section { margin: 3rem 0; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; height: auto; border-radius: .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid #8888; }
.wide { overflow-x: auto; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8888; border-radius: .5rem; font-size: .8rem; }
.says { font-size: 1.15rem; }
`;

/** `*words*` and code in backquotes, as docs/charts.md has them. */
const marked = (text: string) =>
  text
    .split(/(\*[^*]+\*|`[^`]+`)/)
    .map((part) =>
      part.startsWith('*')
        ? html`<em>${part.slice(1, -1)}</em>`
        : part.startsWith('`')
          ? html`<code>${part.slice(1, -1)}</code>`
          : html`${part}`,
    );

/** What a query takes from the budget. */
export const costOfQuery = ({ endpoint, parameters }: Query): number =>
  queryCost(endpoint, new URLSearchParams(parameters));

const section = ({ chart, reading }: ReadChart) => {
  const { sentence, columns, rows, drawing, queries } = reading;
  const cost = queries.reduce((sum, query) => sum + costOfQuery(query), 0);
  return html`<section>
  <h2 id="${chart.id}">${chart.title}</h2>
  <p class="says">${sentence}</p>
  <figure>${raw(draw(drawing, `${chart.title}. ${sentence}`))}</figure>
  <details open><summary>The numbers</summary><div class="wide" tabindex="0" role="region" aria-label="${`The numbers of ${chart.title}`}"><table>
    <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ([first, ...others]) =>
        html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>`,
    )}</tbody>
  </table></div></details>
  <details><summary>The same chart in Amplitude</summary><ol>${chart.steps.map((step) => html`<li>${marked(step)}</li>`)}</ol></details>
  <details><summary>Mind</summary><ul>${chart.pitfalls.map((pitfall) => html`<li>${marked(pitfall)}</li>`)}</ul></details>
  <details><summary>Over the API: ${queries.length === 1 ? '1 query' : `${queries.length} queries`}, ${cost} of ${COST_IN_FIVE_MINUTES} in five minutes</summary>
  ${queries.map((query) => html`<pre tabindex="0">${shown(query)}</pre>`)}</details>
</section>`;
};

/** The page. Everything that people said or are called is text in it. */
export const chartsPage = async (read: ReadChart[]): Promise<string> =>
  String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What the loop makes visible</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>What the loop makes visible</h1>
<p>Four charts from the answers of the local Amplitude, after what <code>npm start</code> told. Each stands in <code>docs/charts.md</code>, too.</p>
${read.map(section)}
</main>
</body>
</html>
`,
  );
