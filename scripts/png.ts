import { Resvg } from '@resvg/resvg-js';

/** The logo's width and height in pixels; Zapier asks for 256 at least, Make for 512. */
export const SIZE = 512;

/** A square drawing as a PNG, in RGBA. Without fonts, so that it is the same on every machine. */
export const pngOf = (svg: string): Buffer =>
  new Resvg(svg, { fitTo: { mode: 'width', value: SIZE }, font: { loadSystemFonts: false } }).render().asPng();
