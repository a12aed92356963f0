/** M002, M004 and M006: what the app directory shows of an app, checked before it is sent in. */
import { type Problem, zapierChecks } from './check.ts';

export type Listing = { title: string; description: string; homepage: string; logo: Buffer };

type ListingCheck = { id: string; title: string; source: string; run: (listing: Listing) => Problem[] };

const found = (where: string, wrong: [boolean, string][]): Problem[] =>
  wrong.filter(([is]) => is).map(([, message]) => ({ where, message }));

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const RGBA = 6;

/** What the first chunk of a PNG says, or null for what is no PNG. */
const headerOf = (png: Buffer): { width: number; height: number; colors: number } | null =>
  png.length >= 26 && png.subarray(0, 8).equals(signature) && png.toString('latin1', 12, 16) === 'IHDR'
    ? { width: png.readUInt32BE(16), height: png.readUInt32BE(20), colors: png.readUInt8(25) }
    : null;

const isHttps = (address: string): boolean => URL.canParse(address) && new URL(address).protocol === 'https:';

export const listingChecks: ListingCheck[] = [
  {
    id: 'M002',
    title: 'Description Is Invalid',
    source: `${zapierChecks}#M002`,
    run: ({ title, description }) =>
      found('description', [
        [description.length < 40 || description.length > 140, `has ${description.length} characters, not 40 to 140.`],
        [/zapier/i.test(description), 'names Zapier.'],
        [
          !/^ is an? /.test(description.startsWith(title) ? description.slice(title.length) : ''),
          `must begin with "${title} is a".`,
        ],
        [/\bsync(s|ed|ing|hroni[sz]\w*)?\b/i.test(description), 'speaks of syncing, which is about the integration.'],
      ]),
  },
  {
    id: 'M004',
    title: 'Invalid Logo',
    source: `${zapierChecks}#M004`,
    run: ({ logo }) => {
      const header = headerOf(logo);
      if (header === null) return [{ where: 'logo', message: 'is no PNG.' }];
      const { width, height, colors } = header;
      return found('logo', [
        [width !== height, `is ${width} by ${height}, not square.`],
        [Math.min(width, height) < 256, `is ${width} by ${height}, below 256.`],
        [colors !== RGBA, `has the color type ${colors}, not 6 (RGBA).`],
      ]);
    },
  },
  {
    id: 'M006',
    title: 'Homepage URL Must Be Present',
    source: `${zapierChecks}#M006`,
    run: ({ homepage, title }) => [
      ...found('homepage', [[!isHttps(homepage), 'must be an https address.']]),
      ...found('title', [[title.trim() === '' || /zapier/i.test(title), 'is empty or names Zapier.']]),
    ],
  },
];

/** Lints an app's entry in the directory. */
export const lintListing = (listing: Listing): (Problem & { check: string })[] =>
  listingChecks.flatMap(({ id, run }) => run(listing).map((problem) => ({ check: id, ...problem })));
