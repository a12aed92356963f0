/** Lines on charts that each platform refuses in the same words: what is wrong with one, its fields, and the words. */
export const refusedLines: [what: string, fields: object, words: string][] = [
  ['has a whole report for a label', { label: 'x'.repeat(1_025) }, 'the field Label holds '],
  ['is for a chart named null', { chart_id: 'NULL' }, 'the field Chart ID holds a placeholder such as null or n/a'],
  ['is in a category named n/a', { category: ' N/A ' }, 'the field Category holds a placeholder such as null or n/a'],
  [
    'is for a chart that was never saved',
    { chart_id: 'https://app.amplitude.com/analytics/acme/chart/new/abc123' },
    "the field Chart ID must be a saved chart's id, or its address in Amplitude",
  ],
  [
    'is for a chart whose address stands within other text',
    { chart_id: 'see https://app.amplitude.com/analytics/acme/chart/abc123' },
    "the field Chart ID must be a saved chart's id, or its address in Amplitude",
  ],
  [
    'is for a dashboard',
    { chart_id: 'https://app.amplitude.com/analytics/acme/dashboard/abc123' },
    "the field Chart ID must be a saved chart's id, or its address in Amplitude",
  ],
  [
    'is for a chart of another service',
    { chart_id: 'https://example.com/amplitude.com/chart/abc123' },
    "the field Chart ID must be a saved chart's id, or its address in Amplitude",
  ],
];
