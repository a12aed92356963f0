/** Charts as SVG, drawn by ECharts without a browser. */
import { type EChartsOption, init, setPlatformAPI } from 'echarts/dist/echarts.esm.min.mjs';
import { html } from 'hono/html';

export const size = { width: 860, height: 400 } as const;

/** Told apart without colors, too, by their darkness; each has 3:1 and more on white. */
const COLORS = ['#1e3a8a', '#b45309', '#0f766e', '#a21caf', '#4d7c0f'];

/** Without a browser nobody knows how wide a text is: room for a wide font. */
setPlatformAPI({
  measureText: (text, font) => ({ width: text.length * 0.62 * Number(/(\d+)px/.exec(font ?? '')?.[1] ?? 12) }),
});

/** The drawing, with what it says for those who can't see it. What hover and script would need is left out: nobody hovers over a picture. */
export const draw = (drawing: EChartsOption, says: string): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({
    animation: false,
    color: COLORS,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'system-ui, sans-serif', color: '#1f2937' },
    legend: { bottom: 0, textStyle: { color: '#1f2937' } },
    grid: { left: 32, right: 40, top: 40, bottom: 48, containLabel: true },
    ...drawing,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  const spoken = String(html`<svg role="img" aria-label="${says}" `);
  return svg
    .replace('<svg ', () => spoken)
    .replace(/<style ?>[\s\S]*?<\/style>/, '')
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '');
};
