import zapier, { defineApp } from 'zapier-platform-core';
import { authentication } from './authentication.ts';
import { operationsOf } from './operations.ts';
import packageJson from './package.json' with { type: 'json' };
import { currentBuild } from './zapier/edition.ts';
import { includeCredentials } from './zapier/middleware.ts';

export default defineApp({
  version: packageJson.version,
  platformVersion: zapier.version,
  authentication,
  beforeRequest: [includeCredentials],
  ...operationsOf(currentBuild()),
  flags: { cleanInputData: false },
});
