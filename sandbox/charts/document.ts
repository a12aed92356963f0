/** docs/charts.md: the same charts, for a real project. */
import { COST_IN_FIVE_MINUTES } from '../amplitude/charts.ts';
import { type Chart, shown } from './chart.ts';
import { charts } from './charts.ts';
import { costOfQuery } from './page.ts';

const themes = ['pricing confusion', 'onboarding friction', 'fast setup'];

const list = (items: string[], mark: (place: number) => string): string =>
  items.map((item, place) => `${mark(place)} ${item}`).join('\n');

const sectionOf = ({ title, steps, pitfalls, queries }: Chart): string =>
  [
    `## ${title}`,
    list(steps, (place) => `${place + 1}.`),
    '### Over the API',
    ...queries(themes).map((query) => `\`\`\`\n${shown(query)}\n\`\`\`\n\nCost: ${costOfQuery(query)}.`),
    '### Mind',
    list(pitfalls, () => '-'),
  ].join('\n\n');

const intro = `# Charts

Four charts that Amplitude can draw once interviews are written to it. \`npm start\` draws them from the answers of the local
Amplitude, into \`build/charts.html\`; the queries below are the ones it asks. This page is made by \`npm run charts:docs\`.

The queries go to \`https://amplitude.com\` (EU: \`https://analytics.eu.amplitude.com\`) with Basic authorization, the API key
and the secret key. They are shown here before they are encoded. Days are the project's own, in its time zone.

What a query costs is days × (segments and the conditions in them) × its type: the events of a segmentation, twice the
events of a funnel, 8 for retention, 4 more for each group by. A project has ${COST_IN_FIVE_MINUTES.toLocaleString('en-US')} in five minutes and 108,000 an hour;
beyond that Amplitude answers 429. So ask when a person asks, and never in a loop. Filters of an event cost nothing;
use them where a segment would say the same.
`;

/** The document's text. */
export const chartsDocument = (): string => `${intro}\n${charts.map(sectionOf).join('\n\n')}\n`;
