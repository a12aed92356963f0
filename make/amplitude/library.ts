import packageJson from '../../package.json' with { type: 'json' };

/** How this platform is named in Amplitude's debugger. */
export const LIBRARY = `koji-make/${packageJson.version}`;
