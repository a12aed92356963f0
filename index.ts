import zapier, { defineApp } from 'zapier-platform-core';
import { authentication } from './authentication.ts';
import { currentBuild } from './build.ts';
import { includeCredentials } from './middleware.ts';
import { operationsOf } from './operations.ts';
import packageJson from './package.json' with { type: 'json' };

export default defineApp({
  version: packageJson.version,
  platformVersion: zapier.version,
  authentication,
  beforeRequest: [includeCredentials],
  ...operationsOf(currentBuild()),
  flags: { cleanInputData: false },
});
